export * from "./checkpoint-store.ts";
