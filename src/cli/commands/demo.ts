import { Command } from "commander";
import { BioXenError, type Dispatched, seededRandom, type WorkloadSpec } from "../../contract/index.ts";
import {
  fluxBalance,
  fluxSampling,
  fluxStatus,
  matrixMultiply,
  motifScan,
  onnxInference,
  reactionKinetics,
  sequenceAlignment,
  sparseMultiply,
  stochasticSimulation,
  telemetryAnomaly,
  usualAlarm,
} from "../../workloads/index.ts";
import { out as pc } from "../colours.ts";
import {
  coreBalances,
  coreFluxes,
  coreKnockOuts,
  globinSearch,
  perceptronBatch,
  perceptronRows,
  polytopeChains,
  promoterScan,
  randomMatrices,
} from "../embedded.ts";
import { progress } from "../progress.ts";
import { figure, metered, seconds } from "../quantities.ts";
import { jsonAnswer, throughput } from "../report.ts";
import { openSession, type Session } from "../session.ts";
import { table } from "../table.ts";

/** Columns of a line; `bioxen probe` tells reasons at length. */
const width = 80;
/** Enough to tell the devices apart; `bioxen calibrate` does it properly. */
const calibrationBudget = 6;

export function command(): Command {
  return new Command("demo")
    .description("run every workload on embedded input, each on the best device here, and say why")
    .option("--json", "answer as one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ bioxen demo\n  $ bioxen demo --json | jq '.runs[] | {workload, device: .device.id}'",
    )
    .action(demo);
}

/** One line of the demo's table, its type parameters forgotten. */
interface Line {
  readonly json: object;
  readonly row: readonly string[];
  readonly found: string;
}

async function demo({ json = false }: { json?: boolean }): Promise<void> {
  await using session = await openSession();
  const { manager } = session;
  if (manager.calibration.status === "none") await calibrateOnce(session, manager.calibration.reason);

  const search = globinSearch();
  const scan = promoterScan();
  const product = randomMatrices();
  const lines = [
    await run(session, sequenceAlignment, search, ({ scores }) => {
      const best = scores.indexOf(Math.max(...scores));
      return `hemoglobin alpha's best match among ${figure(scores.length)} proteins: ${search.targets.names[best]}, score ${scores[best]}`;
    }),
    await run(session, motifScan, scan, ({ score }) => {
      return `${score.length} sigma-70 promoters in 2 Mb, both strands (${scan.planted} were planted)`;
    }),
    await run(session, matrixMultiply, product, (c) => {
      return `a ${product.m} x ${product.n} product; first element ${c[0]?.toFixed(4)}`;
    }),
    await run(session, fluxBalance, coreKnockOuts(), ({ statuses, objectives }) => {
      const lethal = statuses.filter(
        (status, at) => status !== fluxStatus.optimal || (objectives[at] ?? 0) < 1e-6,
      ).length;
      return `${lethal} of ${statuses.length} reactions of E. coli's core metabolism cannot be missed on glucose`;
    }),
    await run(session, fluxSampling, polytopeChains(), ({ statuses }) => {
      return `${statuses.length} chains of steady states through a random polytope`;
    }),
    await run(session, sparseMultiply, coreBalances(), (balances) => {
      return `what E. coli's core metabolism makes of ${balances.length / coreFluxes} metabolites under ${figure(coreFluxes)} random fluxes`;
    }),
    await run(session, stochasticSimulation, stochasticSimulation.generate(1e6, seededRandom(1)), ({ statuses }) => {
      return `${figure(statuses.length)} stochastic trajectories of a random reaction network`;
    }),
    await run(session, reactionKinetics, reactionKinetics.generate(1e6, seededRandom(1)), ({ statuses }) => {
      return `${figure(statuses.length)} solutions of a random network's rate equations`;
    }),
    await run(session, telemetryAnomaly, telemetryAnomaly.generate(5e7, seededRandom(1)), ({ statuses, scores }) => {
      const anomalies = scores.filter((score) => score >= usualAlarm).length;
      return `${anomalies} anomalies in ${statuses.length} streams of ${figure(scores.length)} measurements in all`;
    }),
  ];
  if (manager.workloads.includes(onnxInference))
    lines.push(
      await run(session, onnxInference, perceptronBatch(), (outputs) => {
        const [name, tensor] = Object.entries(outputs)[0] ?? [];
        return `a small neural network (ONNX) on ${perceptronRows} rows; output ${name} [${tensor?.dims.join(", ")}]`;
      }),
    );
  const absent = manager.inventory.flatMap(({ accelerator, probe }) =>
    probe.status === "present"
      ? []
      : [{ accelerator, status: probe.status, reason: probe.status === "absent" ? probe.reason : probe.error.message }],
  );
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ devices: manager.availableAccelerators, absent, runs: lines.map((line) => line.json) })}\n`,
    );
    return;
  }
  process.stdout.write(`${pc.bold("Devices")}\n`);
  for (const { id, name } of manager.availableAccelerators) process.stdout.write(`  ${pc.green(id)}  ${name}\n`);
  for (const { accelerator, status, reason } of absent) {
    const line = `  ${accelerator}  ${status}: ${reason}`;
    process.stdout.write(pc.dim(`${line.length > width ? `${line.slice(0, width - 3)}...` : line}\n`));
  }
  process.stdout.write(
    `\n${table(
      [
        { title: "Workload", share: 12 },
        { title: "Device and why", share: 17 },
        { title: "Seconds", share: 12 },
        { title: "Rate, energy", share: 14 },
        { title: "Passed over", share: 19 },
      ],
      lines.map(({ row }) => row),
    )}`,
  );
  process.stdout.write("  (times of each second run: the first one starts threads and compiles)\n\n");
  for (const { found } of lines) process.stdout.write(`  ${found}\n`);
}

async function calibrateOnce({ manager, signal }: Session, why: string): Promise<void> {
  process.stderr.write(`${why}: calibrating for about ${calibrationBudget} s\n`);
  using shown = progress();
  await manager.calibrate({
    budget: calibrationBudget,
    signal,
    onProgress: ({ share, device, workload }) => shown.update(share, `${workload} on ${device}`),
  });
}

async function run<I, O>(
  { manager, signal }: Session,
  workload: WorkloadSpec<I, O>,
  input: I,
  found: (output: O) => string,
): Promise<Line> {
  const choice = manager.explain(workload, input);
  let ran: Dispatched<O>;
  try {
    // the first run compiles, starts threads and fills caches; the second shows what the prediction is about
    await manager.run(workload, input, { signal });
    ran = await manager.run(workload, input, { signal });
  } catch (error) {
    // a machine without any device for one workload still shows the others
    if (!(error instanceof BioXenError) || error.code !== "NO_DEVICE") throw error;
    const reasons = choice.rejected.map(({ device, reason }) => `${device}: ${reason}`);
    return {
      json: { workload: workload.id, device: null, rejected: choice.rejected },
      row: [workload.id, pc.dim("no device"), "-", "-", reasons.join("\n") || "nobody"],
      found: `${workload.id}: no device here runs it`,
    };
  }
  const { value, unit } = throughput(workload, workload.size(input).units, ran.measured.seconds);
  // a simulated device is nowhere in the running unless asked for: the JSON answer names it, the table has no room
  const passed = ran.rejected
    .filter(({ reason }) => !reason.startsWith("simulated"))
    .map(({ device, reason }) => `${device}: ${reason}`);
  return {
    json: jsonAnswer(workload, input, ran, { found: found(ran.output) }),
    row: [
      workload.id,
      `${pc.green(ran.device.id)}\n${ran.reason}`,
      `${seconds(ran.predicted.seconds)} predicted\n${seconds(ran.measured.seconds)} measured`,
      `${figure(value)} ${unit}\n${metered(ran.measured)}`,
      passed.join("\n") || "nobody",
    ],
    found: found(ran.output),
  };
}
