export { biologyOf } from "./biology.ts";
export { type LivingCell, oneAtATime, type Used } from "./living-cell.ts";
export { LuaProcesses, type LuaProcessesOptions } from "./lua-processes.ts";
export * from "./plain-value.ts";
export type * from "./process.ts";
