/** A picture as text: a self-contained SVG document. */
export type Svg = string;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Colours that stay apart for colour-blind readers (Okabe & Ito 2008). */
export const palette: readonly string[] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

/** Draws with ECharts, without a display. The library is loaded on the first picture. */
export async function draw(option: object, { width, height }: Size): Promise<Svg> {
  const [{ init, use }, charts, components, { SVGRenderer }] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ]);
  const { BarChart, BoxplotChart, CustomChart, LineChart, ScatterChart } = charts;
  const { GridComponent, LegendComponent, TitleComponent } = components;
  use([BarChart, BoxplotChart, CustomChart, LineChart, ScatterChart]);
  use([GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, backgroundColor: "#fff", color: [...palette], ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
