export type { Svg } from "./draw.ts";
export * from "./gantt.ts";
export * from "./histograms.ts";
export * from "./lines.ts";
export * from "./page.ts";
export * from "./ranges.ts";
