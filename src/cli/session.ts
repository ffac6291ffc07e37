import { builtin } from "../../accelerators/index.ts";
import type {
  Accelerator,
  AnyWorkload,
  Choice,
  Dispatched,
  DispatchOptions,
  Rejection,
  WorkloadSpec,
} from "../contract/index.ts";
import type { HostMeters } from "../energy/index.ts";
import { BioAcceleratorManager } from "../manager/index.ts";
import { openMeters } from "./meters.ts";
import { type DispatchFlags, dispatchOptions } from "./options.ts";
import { loadPlugins } from "./plugins.ts";
import { withPredictedProgress } from "./progress.ts";
import { jsonAnswer, jsonChoice, printChoice } from "./report.ts";

/** One command's manager, with Ctrl-C as an abort that still disposes devices. */
export interface Session extends AsyncDisposable {
  readonly manager: BioAcceleratorManager;
  readonly signal: AbortSignal;
  readonly meters: HostMeters;
  /** Accelerators that have no kernel for the session's workload. */
  readonly unprobed: readonly Rejection[];
}

let pluginsNamed: readonly string[] = [];

/** Has every session of this process load these plugins beside the configured ones: the door's `--accelerator`. */
export function useAccelerators(names: readonly string[]): void {
  pluginsNamed = names;
}

/**
 * Opens the manager with Ctrl-C as an abort. For the workloads of one command only the accelerators with a kernel for
 * one of them are probed, and the one that is asked for by name: a search that takes a tenth of a second should not wait
 * for GPUs to answer.
 */
export async function openSession(
  workload: AnyWorkload | readonly AnyWorkload[] | null = null,
  device?: string,
): Promise<Session> {
  const wanted = workload === null ? null : [workload].flat();
  return openSessionOf(
    ({ id, kernels }) =>
      wanted === null ||
      device?.split(":")[0] === id ||
      kernels.some((kernel) => wanted.some((one) => kernel.workload === one)),
  );
}

/** A session with these accelerators alone. */
export async function openSessionOf(serves: (accelerator: Accelerator) => boolean): Promise<Session> {
  const plugins = await loadPlugins(pluginsNamed);
  const all = [...builtin, ...plugins.accelerators];
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  const meters = await openMeters();
  const manager = await BioAcceleratorManager.open({
    accelerators: all.filter(serves),
    workloads: plugins.workloads,
    meters: meters.meterOf,
    signal: interrupt.signal,
  });
  return {
    manager,
    signal: interrupt.signal,
    meters,
    unprobed: all
      .filter((one) => !serves(one))
      .map(({ id }) => ({ device: id, reason: "no kernel for this workload, so it was not probed" })),
    [Symbol.asyncDispose]: async () => {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onInterrupt);
      meters[Symbol.dispose]();
      await manager[Symbol.asyncDispose]();
    },
  };
}

/** How a command shows one answer: `output` goes into the JSON object, `print` is for people. */
export interface Shown {
  readonly output: unknown;
  readonly print: () => string;
}

/** Says which device would run an input, and does not run it. */
export function explained<I, O>(session: Session, workload: WorkloadSpec<I, O>, input: I, flags: DispatchFlags): void {
  const choice = choiceOf(session, workload, input, flags);
  const { units } = workload.size(input);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(jsonChoice(workload, units, choice))}\n`
      : printChoice(workload, units, choice),
  );
}

function choiceOf<I, O>(session: Session, workload: WorkloadSpec<I, O>, input: I, flags: DispatchFlags): Choice {
  const choice = session.manager.explain(workload, input, dispatchOptions(flags, session.signal));
  return { ...choice, rejected: [...choice.rejected, ...session.unprobed] };
}

/** Runs one input the way its flags say, or only explains the choice, and writes the answer. */
export async function answer<I, O>(
  session: Session,
  workload: WorkloadSpec<I, O>,
  input: I,
  flags: DispatchFlags,
  show: (ran: Dispatched<O>) => Promise<Shown> | Shown,
): Promise<void> {
  const options: DispatchOptions = dispatchOptions(flags, session.signal);
  if (flags.explain === true) return explained(session, workload, input, flags);
  const choice = choiceOf(session, workload, input, flags);
  const predicted = choice.candidates[0]?.predicted.seconds ?? Number.NaN;
  const done = await withPredictedProgress(workload.id, predicted, session.manager.run(workload, input, options));
  const ran: Dispatched<O> = { ...done, rejected: [...done.rejected, ...session.unprobed] };
  const shown = await show(ran);
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(jsonAnswer(workload, input, ran, shown.output))}\n` : shown.print(),
  );
}
