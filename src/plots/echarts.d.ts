// The parts of ECharts in use (`paths` in tsconfig.json leads here): its own types do not compile under this project's
// exactOptionalPropertyTypes.
interface Part {
  readonly echartsPart: never;
}

export function use(parts: readonly Part[]): void;
export function init(
  element: null,
  theme: null,
  options: { renderer: "svg"; ssr: true; width: number; height: number },
): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };

export const BarChart: Part;
export const BoxplotChart: Part;
export const CustomChart: Part;
export const LineChart: Part;
export const ScatterChart: Part;
export const GridComponent: Part;
export const LegendComponent: Part;
export const TitleComponent: Part;
export const SVGRenderer: Part;
