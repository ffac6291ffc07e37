import { draw, palette, type Svg } from "./draw.ts";

export interface BoxSample {
  readonly name: string;
  readonly values: readonly number[];
}

/** One box a sample: least, quartiles and median (linear between order statistics), most. */
export function boxPlots(title: string, unit: string, samples: readonly BoxSample[]): Promise<Svg> {
  return draw(
    {
      title: { text: title, left: "center", textStyle: { fontSize: 14 } },
      grid: { left: 90, right: 30, top: 50, bottom: 110 },
      xAxis: {
        type: "category",
        data: samples.map(({ name }) => name),
        axisLabel: { rotate: 40, fontSize: 10, width: 130, overflow: "truncate" },
      },
      yAxis: { type: "value", name: unit, nameLocation: "middle", nameGap: 65, scale: true },
      series: [
        {
          type: "boxplot",
          data: samples.map(({ values }) => fiveNumbers(values)),
          itemStyle: { color: "#e8f1f8", borderColor: palette[0] },
        },
      ],
    },
    { width: 900, height: 440 },
  );
}

/** Least, lower quartile, median, upper quartile, most. */
export function fiveNumbers(values: readonly number[]): readonly [number, number, number, number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  };
  return [at(0), at(0.25), at(0.5), at(0.75), at(1)];
}
