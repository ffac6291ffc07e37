// node dist/bench/cuda.js [--json] [--out FILE] [case ...]
// The gpu-cuda accelerator by device events; answers are checked against oracles or the CPU.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gpuCuda } from "../accelerators/gpu-cuda/index.ts";
import type { DeviceInfo } from "../src/contract/index.ts";
import { measureEnergy } from "./cuda/energy.ts";
import { measureFluxSampling } from "./cuda/flux-sampling.ts";
import { measureMatrixMultiply } from "./cuda/matrix-multiply.ts";
import { measureMotifScan } from "./cuda/motif-scan.ts";
import { measurePace } from "./cuda/pace.ts";
import { measureReactionKinetics } from "./cuda/reaction-kinetics.ts";
import { measureSequenceAlignment } from "./cuda/sequence-alignment.ts";
import { measureStochasticSimulation } from "./cuda/stochastic-simulation.ts";

const cases: Readonly<Record<string, (info: DeviceInfo) => Promise<unknown>>> = {
  pace: measurePace,
  "matrix-multiply": measureMatrixMultiply,
  "sequence-alignment": measureSequenceAlignment,
  energy: measureEnergy,
  "motif-scan": measureMotifScan,
  "flux-sampling": measureFluxSampling,
  "stochastic-simulation": (info) => measureStochasticSimulation(info),
  "reaction-kinetics": measureReactionKinetics,
};

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
const probe = await gpuCuda.probe({ signal: new AbortController().signal, threads: null });
if (probe.status !== "present") {
  const why = probe.status === "absent" ? probe.reason : probe.error.message;
  process.stderr.write(`no GPU to measure: ${why}\n`);
  process.exit(1);
}
const [device] = probe.devices;
const results: Record<string, unknown> = { device };
for (const [name, measure] of Object.entries(cases))
  if (positionals.length === 0 || positionals.includes(name)) results[name] = await measure(device);
const text = `${JSON.stringify(results, null, 2)}\n`;
if (values.out !== undefined) writeFileSync(values.out, text);
process.stdout.write(text);
