import { setTimeout as sleep } from "node:timers/promises";
import { BioXenError } from "../contract/index.ts";
import { readHostTelemetry } from "../host/index.ts";
import { type TelemetryAlert, type TelemetrySample, TelemetryWatcher } from "../telemetry/index.ts";
import { telemetryAnomaly } from "../workloads/index.ts";
import { type DispatchFlags, dispatchOptions } from "./options.ts";
import { figure, seconds as readable } from "./quantities.ts";
import { openSession } from "./session.ts";
import { table } from "./table.ts";

interface LiveFlags extends DispatchFlags {
  readonly learning?: number;
  readonly alarm: number;
  readonly seconds: number;
  readonly interval: number;
}

/** Looks to learn from where the command says nothing: 6 seconds at the usual interval. */
const usualLearning = 30;

/** One metric as the summary shows it. */
interface Summary {
  last: number;
  least: number;
  most: number;
  samples: number;
}

/** Watches this machine for some seconds: its load and memory, and how far the scoring itself takes what was predicted. */
export async function liveWatch(flags: LiveFlags): Promise<void> {
  await using session = await openSession(telemetryAnomaly, flags.device);
  const { manager, signal } = session;
  const dispatch = dispatchOptions(flags, signal);
  const slowness: TelemetrySample[] = [];
  const watcher: TelemetryWatcher = new TelemetryWatcher(
    {
      explain: manager.explain.bind(manager),
      run: async (workload, input, options) => {
        const ran = await manager.run(workload, input, options);
        const value = ran.predicted.seconds > 0 ? ran.measured.seconds / ran.predicted.seconds : Number.NaN;
        slowness.push({ source: ran.device.id, metric: "slowness", value, time: Date.now() / 1000 });
        return ran;
      },
    },
    { learning: flags.learning ?? usualLearning, alarm: flags.alarm, dispatch },
  );
  const summaries = new Map<string, Summary>();
  const alerts: TelemetryAlert[] = [];
  const until = performance.now() + 1000 * flags.seconds;
  let next = performance.now();
  while (next <= until) {
    await sleep(Math.max(0, next - performance.now()), undefined, { signal }).catch((cause: unknown) => {
      throw new BioXenError("ABORTED", "watching was interrupted", { cause });
    });
    next = Math.max(next + 1000 * flags.interval, performance.now());
    const time = Date.now() / 1000;
    const looked = Object.entries(await readHostTelemetry()).map(([metric, value]) => {
      return { source: "host", metric, value: value as number, time };
    });
    for (const sample of [...looked, ...slowness.splice(0)]) {
      watcher.record(sample);
      summarise(summaries, sample);
    }
    for (const alert of await watcher.check()) {
      alerts.push(alert);
      if (flags.json !== true) process.stdout.write(`${line(alert)}\n`);
    }
  }
  const metrics = [...summaries].map(([name, { last, least, most, samples }]) => ({
    name,
    samples,
    least,
    most,
    last,
  }));
  if (flags.json === true) {
    process.stdout.write(
      `${JSON.stringify({ workload: telemetryAnomaly.id, seconds: flags.seconds, interval: flags.interval, alarm: flags.alarm, metrics, alerts })}\n`,
    );
    return;
  }
  process.stdout.write(
    table(
      [
        { title: "Metric", share: 34 },
        { title: "Samples", share: 12, right: true },
        { title: "Least", share: 12, right: true },
        { title: "Most", share: 12, right: true },
        { title: "Last", share: 12, right: true },
      ],
      metrics.map(({ name, samples, least, most, last }) => [
        name,
        String(samples),
        figure(least),
        figure(most),
        figure(last),
      ]),
    ),
  );
  process.stdout.write(
    `${alerts.length === 0 ? "nothing" : alerts.length} out of the ordinary in ${readable(flags.seconds)}\n`,
  );
}

function summarise(summaries: Map<string, Summary>, { source, metric, value }: TelemetrySample): void {
  if (Number.isNaN(value)) return;
  const name = `${source} ${metric}`;
  const known = summaries.get(name) ?? { last: value, least: value, most: value, samples: 0 };
  summaries.set(name, {
    last: value,
    least: Math.min(known.least, value),
    most: Math.max(known.most, value),
    samples: known.samples + 1,
  });
}

function line({ source, metric, time, value, score, cause }: TelemetryAlert): string {
  return `${new Date(1000 * time).toISOString()}  ${source} ${metric} ${figure(value)}: ${cause}, score ${score.toFixed(2)}`;
}
