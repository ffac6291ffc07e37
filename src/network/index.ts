export type * from "./expression.ts";
export type * from "./network.ts";
