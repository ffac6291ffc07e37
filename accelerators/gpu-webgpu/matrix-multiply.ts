import { BioXenError, type RunContext, type Seconds } from "../../src/contract/index.ts";
import { type MatrixMultiplyInput, matrixMultiply } from "../../src/workloads/index.ts";
import type { Gpu } from "./gpu.ts";
import type { WebgpuKernel } from "./kernel.ts";
import { leastMagnitudeGroups, leastMagnitudeShader, mayUnderflow } from "./matrix-multiply-magnitudes.ts";
import { matrixMultiplyShader } from "./matrix-multiply-shader.ts";
import { bindingBytes, isSoftware } from "./probe.ts";

/** From this many tiles of 128 x 128 on a GPU of some 40 to 130 multiprocessors is busy with them; below, smaller ones spread better. */
const tilesThatFill = 128;

/** Guesses for a mid-range discrete GPU over PCIe 3, and for SwiftShader on two cores (bench/webgpu.ts). */
const guess = { hardware: { flops: 3e12, bytes: 5e9 }, software: { flops: 2e9, bytes: 1e9 } };
const secondsPerRun: Seconds = 3e-4;
/** Flop of the first submission, before the device's pace is known. */
const firstFlop = { hardware: 2e10, software: 2e8 };

type Block = 4 | 8;

function blockFor({ m, n }: MatrixMultiplyInput): Block {
  return Math.ceil(m / 128) * Math.ceil(n / 128) >= tilesThatFill ? 8 : 4;
}

function pipeline(gpu: Gpu, block: Block, context: RunContext): Promise<GPUComputePipeline> {
  return gpu.pipeline(`matrix-multiply, ${block} x ${block}`, () => matrixMultiplyShader(block), context);
}

function magnitudes(gpu: Gpu, context: RunContext): Promise<GPUComputePipeline> {
  return gpu.pipeline("matrix-multiply, least magnitude", () => leastMagnitudeShader, context);
}

export const matrixMultiplyKernel: WebgpuKernel<MatrixMultiplyInput, Float32Array> = {
  workload: matrixMultiply,
  supports: ({ k, n }, device) => {
    const most = bindingBytes(device);
    const needed = 4 * Math.max(k * n, k, n);
    return needed <= most
      ? { ok: true }
      : { ok: false, reason: `b takes ${needed} bytes, and one binding holds ${most} on this device` };
  },
  prior: ({ units, bytesIn, bytesOut }, device) => {
    const { flops, bytes } = isSoftware(device) ? guess.software : guess.hardware;
    return {
      seconds: secondsPerRun + units / flops + (bytesIn + bytesOut) / bytes,
      joules: null,
      energySource: null,
      basis: "guess",
    };
  },
  prepare: async (gpu, input, context) => {
    await Promise.all([pipeline(gpu, blockFor(input), context), magnitudes(gpu, context)]);
  },
  run: async (gpu, input, context) => {
    const { m, k, n, a, b } = input;
    const block = blockFor(input);
    const [compiled, leastMagnitude] = await Promise.all([pipeline(gpu, block, context), magnitudes(gpu, context)]);
    const tile = 16 * block;
    const pace = gpu.pace(matrixMultiply.id, isSoftware(gpu.info) ? firstFlop.software : firstFlop.hardware);
    // rows whose part of a and of c fit one binding
    const rows = Math.min(m, Math.floor(bindingBytes(gpu.info) / (4 * Math.max(k, n))));
    const c = new Float32Array(m * n);
    await gpu.run(matrixMultiply.id, context, async (run) => {
      const right = run.upload(b);
      const left = run.buffer(4 * rows * k);
      const product = run.buffer(4 * rows * n);
      const least = run.buffer(8);
      run.clear(least, 8);
      const measure = (values: GPUBuffer, count: number, slot: number): void =>
        run.submit({
          pipeline: leastMagnitude,
          parameters: Uint32Array.of(count, slot),
          buffers: [values, least],
          workgroups: [leastMagnitudeGroups(count)],
        });
      measure(right, k * n, 1);
      for (let first = 0; first < m; first += rows) {
        const height = Math.min(rows, m - first);
        run.write(left, a.subarray(first * k, (first + height) * k));
        measure(left, height * k, 0);
        const tiles = Math.ceil(height / tile);
        for (let from = 0; from < tiles; ) {
          const perTile = 2 * tile * k * n;
          const count = Math.max(1, Math.min(tiles - from, Math.floor(pace.units() / perTile)));
          run.submit({
            pipeline: compiled,
            parameters: Uint32Array.of(height, k, n, from * tile),
            buffers: [left, right, product],
            workgroups: [Math.ceil(n / tile), count],
          });
          from += count;
          if (from === tiles) break;
          const startedAt = performance.now();
          await run.done();
          pace.took(count * perTile, (performance.now() - startedAt) / 1000);
        }
        c.set(new Float32Array(await run.read(product, 4 * height * n)), first * n);
      }
      if (mayUnderflow(new Uint32Array(await run.read(least, 8)), input))
        throw new BioXenError("UNSUPPORTED", "products this small may be taken for zero by a GPU");
    });
    return c;
  },
};
