export type { Svg } from "./draw.ts";
export * from "./histograms.ts";
export * from "./lines.ts";
export * from "./log-chart.ts";
export * from "./page.ts";
export * from "./ranges.ts";
export { type ReportCell, type ReportTable, report, type Section } from "./report.ts";
