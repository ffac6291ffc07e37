import { builtin } from "../../accelerators/index.ts";
import {
  BioAcceleratorManager,
  type Choice,
  type Dispatched,
  type DispatchOptions,
  type WorkloadSpec,
} from "../index.ts";
import { type DispatchFlags, dispatchOptions } from "./options.ts";
import { loadPlugins } from "./plugins.ts";
import { withPredictedProgress } from "./progress.ts";
import { jsonAnswer, jsonChoice, printChoice } from "./report.ts";

/** One command's manager, with Ctrl-C as an abort that still disposes devices. */
export interface Session extends AsyncDisposable {
  readonly manager: BioAcceleratorManager;
  readonly signal: AbortSignal;
}

let pluginsNamed: readonly string[] = [];

/** Has every session of this process load these plugins beside the configured ones: the door's `--accelerator`. */
export function useAccelerators(names: readonly string[]): void {
  pluginsNamed = names;
}

export async function openSession(): Promise<Session> {
  const plugins = await loadPlugins(pluginsNamed);
  const interrupt = new AbortController();
  const onInterrupt = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  const manager = await BioAcceleratorManager.open({
    accelerators: [...builtin, ...plugins.accelerators],
    workloads: plugins.workloads,
    signal: interrupt.signal,
  });
  return {
    manager,
    signal: interrupt.signal,
    [Symbol.asyncDispose]: async () => {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onInterrupt);
      await manager[Symbol.asyncDispose]();
    },
  };
}

/** How a command shows one answer: `output` goes into the JSON object, `print` is for people. */
export interface Shown {
  readonly output: unknown;
  readonly print: () => string;
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
  const choice: Choice = session.manager.explain(workload, input, options);
  if (flags.explain === true) {
    const { units } = workload.size(input);
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(jsonChoice(workload, units, choice))}\n`
        : printChoice(workload, units, choice),
    );
    return;
  }
  const predicted = choice.candidates[0]?.predicted.seconds ?? Number.NaN;
  const ran = await withPredictedProgress(workload.id, predicted, session.manager.run(workload, input, options));
  const shown = await show(ran);
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(jsonAnswer(workload, input, ran, shown.output))}\n` : shown.print(),
  );
}
