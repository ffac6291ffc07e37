import { openCudaDevice } from "../../accelerators/gpu-cuda/cuda-device.ts";
import { nvidiaLibraries } from "../../accelerators/gpu-cuda/libraries.ts";
import type { DeviceInfo, RunContext } from "../../src/contract/index.ts";
import { seededRandom } from "../../src/index.ts";
import { median } from "./median.ts";

const context: RunContext = { signal: new AbortController().signal, threads: null };

/** Rate of c = a b by cuBLAS and by the own kernel, device events only; a sample of both is held against doubles. */
export async function measureMatrixMultiply(info: DeviceInfo, side = 8192): Promise<Record<string, unknown>> {
  await using device = openCudaDevice(info, Number(info.id.split(":")[1]), nvidiaLibraries);
  const cublas = await device.run("matrix-multiply-prepare", null, context);
  const random = seededRandom(1);
  const fill = (): Float32Array => {
    const values = new Float32Array(new SharedArrayBuffer(4 * side * side));
    for (let at = 0; at < values.length; at++) values[at] = 2 * random() - 1;
    return values;
  };
  const [a, b] = [fill(), fill()];
  const rates: Record<string, number> = {};
  for (const by of cublas === "cublas" ? (["cublas", "own"] as const) : (["own"] as const)) {
    const seconds: number[] = [];
    for (let run = 0; run < 6; run++) {
      const c = await device.run("matrix-multiply", { m: side, k: side, n: side, a, b, by }, context);
      if (run > 0) seconds.push(device.times().kernelSeconds);
      else check(a, b, c, side);
    }
    rates[by] = (2 * side ** 3) / median(seconds) / 1e12;
  }
  const { cublas: library, own } = rates;
  return {
    side,
    productsBy: cublas,
    teraflops: rates,
    ownShareOfCublas: library === undefined || own === undefined ? null : own / library,
  };
}

/** Holds 64 elements against sums in doubles. */
function check(a: Float32Array, b: Float32Array, c: Float32Array, side: number): void {
  for (let element = 0; element < 64; element++) {
    const i = (element * 7919 + 13) % side;
    const j = (element * 104_729 + 5) % side;
    let sum = 0;
    for (let p = 0; p < side; p++) sum += (a[i * side + p] ?? 0) * (b[p * side + j] ?? 0);
    if (!(Math.abs(sum - (c[i * side + j] ?? Number.NaN)) < 2e-2))
      throw new Error(`element (${i}, ${j}) is ${c[i * side + j]}, not ${sum}`);
  }
}
