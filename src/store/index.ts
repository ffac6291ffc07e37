export * from "./checkpoint-store.ts";
export { holdStore } from "./hold-store.ts";
