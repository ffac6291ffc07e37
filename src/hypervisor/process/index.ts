export { LuaProcesses, type LuaProcessesOptions } from "./lua-processes.ts";
export * from "./plain-value.ts";
export type * from "./process.ts";
