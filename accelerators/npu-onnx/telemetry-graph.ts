import { type OnnxNode, type OnnxTensor, writeOnnxModel } from "../../src/workloads/index.ts";
import { shape } from "../../src/workloads/telemetry-anomaly/method.ts";

/** Points whose distances one run computes: 0.5 MB an array of squares, within a core's cache. */
export const pointsPerRun = 256;

/** Values of the line before the first point of a run. */
export const overhang: number = shape.length - 1 + shape.length + shape.candidates - 1;

/**
 * The graph of the shape statistic. Input `line`, of `overhang + pointsPerRun` doubles; output `unlikeness`, of
 * `pointsPerRun`: the sum of the distances of the last `shape.length` values from their nearest vectors before. Built of
 * elementwise operators in the oracle's order, so that doubles come out the same bit for bit; a product of matrices would
 * not tell equal vectors from nearly equal ones.
 */
export function telemetryModel(): Uint8Array {
  const { length, neighbours, candidates } = shape;
  const rows = pointsPerRun + length - 1;
  const int64 = (...data: number[]): OnnxTensor => ({
    type: "int64",
    dims: [data.length],
    data: BigInt64Array.from(data, BigInt),
  });
  // row by row: the values `length` to `length + candidates - 1` before the row's own
  const before = new BigInt64Array(rows * candidates);
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < candidates; at++)
      before[row * candidates + at] = BigInt(overhang - (length - 1) + row - length - at);
  const initializers: Record<string, OnnxTensor> = {
    before: { type: "int64", dims: [rows, candidates], data: before },
    now: {
      type: "int64",
      dims: [rows, 1],
      data: BigInt64Array.from({ length: rows }, (_, row) => BigInt(overhang - (length - 1) + row)),
    },
    k: int64(neighbours),
    rowAxis: int64(0),
    lastAxis: int64(1),
    flat: int64(pointsPerRun),
  };
  const nodes: OnnxNode[] = [
    { op: "Gather", inputs: ["line", "before"], outputs: ["past"], attributes: { axis: 0 } },
    { op: "Gather", inputs: ["line", "now"], outputs: ["current"], attributes: { axis: 0 } },
    { op: "Sub", inputs: ["current", "past"], outputs: ["apart"] },
    { op: "Mul", inputs: ["apart", "apart"], outputs: ["squares"] },
  ];
  const slice = (from: string, to: string, axis: string, start: number, end: number): void => {
    initializers[`${to}Start`] = int64(start);
    initializers[`${to}End`] = int64(end);
    nodes.push({ op: "Slice", inputs: [from, `${to}Start`, `${to}End`, axis], outputs: [to] });
  };
  const sum = (parts: readonly string[], name: string): string =>
    parts.reduce((left, right, at) => {
      nodes.push({ op: "Add", inputs: [left, right], outputs: [`${name}${at}`] });
      return `${name}${at}`;
    });
  const terms = Array.from({ length }, (_, by) => {
    slice("squares", `term${by}`, "rowAxis", length - 1 - by, length - 1 - by + pointsPerRun);
    return `term${by}`;
  });
  const distance = sum(terms, "square");
  nodes.push(
    {
      op: "TopK",
      inputs: [distance, "k"],
      outputs: ["least", "places"],
      attributes: { axis: 1, largest: 0, sorted: 1 },
    },
    { op: "Sqrt", inputs: ["least"], outputs: ["nearest"] },
  );
  const ranks = Array.from({ length: neighbours }, (_, rank) => {
    slice("nearest", `rank${rank}`, "lastAxis", rank, rank + 1);
    return `rank${rank}`;
  });
  nodes.push({ op: "Reshape", inputs: [sum(ranks, "rankSum"), "flat"], outputs: ["unlikeness"] });
  return writeOnnxModel({
    name: "telemetry-anomaly",
    nodes,
    inputs: [{ name: "line", type: "float64", dims: [overhang + pointsPerRun] }],
    outputs: [{ name: "unlikeness", type: "float64", dims: [pointsPerRun] }],
    initializers,
  });
}
