import { histogram, histogramChart, lineChart, page, pictureFile, rangeChart } from "bioxen";
import { describe, expect, test } from "vitest";

/** Every opening tag closed, no script, nothing fetched from elsewhere. */
function selfContained(svg: string): void {
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
  expect(svg).not.toMatch(/<script|<image|href="http|@import|url\(http/);
}

describe("rangeChart", () => {
  test("draws a bar a range, to scale", async () => {
    const svg = await rangeChart("ranges", "mmol/gDW/h", [
      { name: "wide", from: 0, to: 10 },
      { name: "half", from: 0, to: 5 },
      { name: "point", from: 5, to: 5 },
    ]);
    selfContained(svg);
    for (const name of ["ranges", "wide", "half", "point", "mmol/gDW/h"]) expect(svg).toContain(name);
    const widths = barsOf(svg);
    expect(widths).toHaveLength(3);
    const [wide = 0, half = 0, point = 0] = widths;
    expect(half / wide).toBeCloseTo(0.5, 2);
    expect(point).toBe(2);
  });

  test("draws an unbounded range to the edge, and one range or none", async () => {
    const svg = await rangeChart("t", "u", [
      { name: "all", from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY },
      { name: "one", from: -1, to: 1 },
    ]);
    const [all = 0, one = 0] = barsOf(svg);
    expect(all / one).toBeCloseTo(1.04, 2);
    selfContained(await rangeChart("t", "u", []));
  });

  test("names from a file are text, never markup", async () => {
    const svg = await rangeChart("<script>x</script>", "u", [{ name: "<b>&\"'", from: 0, to: 1 }]);
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("<b>");
    expect(svg).toContain("&lt;b&gt;&amp;");
  });
});

/** Widths of the filled bars, from their paths. */
function barsOf(svg: string): number[] {
  return [...svg.matchAll(/<path d="M([\d.]+) [\d.]+l([\d.]+) 0[^"]*" fill="#0072B2"/gi)].map(([, , width]) =>
    Number(width),
  );
}

describe("lineChart", () => {
  test("draws lines, a band and a second axis; what is not finite is a gap", async () => {
    const svg = await lineChart("envelope", { x: "O2", y: "growth", right: "acetate" }, [
      { name: "a", x: [0, 1, 2], y: [0, Number.NaN, 2], band: { lower: [-1, 0, 1], upper: [1, 2, 3] } },
      { name: "b", x: [0, 1, 2], y: [5, 1, 4], right: true },
    ]);
    selfContained(svg);
    for (const name of ["envelope", "O2", "growth", "acetate"]) expect(svg).toContain(name);
    expect(svg).toMatch(/fill-opacity="0.2"/);
    expect(svg).not.toContain("NaN");
  });
});

describe("histogramChart", () => {
  test("draws one picture a sample", async () => {
    const values = Float64Array.from({ length: 100 }, (_, at) => at);
    const svg = await histogramChart("samples", "mmol/gDW/h", [
      { name: "first", values },
      { name: "second", values: [] },
    ]);
    selfContained(svg);
    for (const name of ["samples", "first", "second"]) expect(svg).toContain(name);
    expect(svg).not.toContain("NaN");
  });

  test("counts every finite value once, the greatest included", () => {
    const { from, width, counts } = histogram([0, 0.5, 1, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(from).toBe(0);
    expect(width * counts.length).toBeCloseTo(1, 12);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect([counts[0], counts.at(-1)]).toEqual([1, 1]);
    expect(histogram([7, 7]).counts.reduce((sum, count) => sum + count, 0)).toBe(2);
  });
});

describe("pictureFile", () => {
  test("is an SVG or a page by the file's name, and null for what it cannot write", () => {
    expect(pictureFile("a.SVG", "t", "<svg></svg>")).toBe("<svg></svg>");
    expect(pictureFile("a.html", "t<", "<svg></svg>")).toContain("<title>t&#60;</title>");
    expect(pictureFile("a.png", "t", "<svg></svg>")).toBeNull();
    expect(page("t", ["<svg></svg>", "<svg></svg>"]).match(/<svg>/g)).toHaveLength(2);
  });
});
