import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { type Command, InvalidArgumentError } from "commander";
import {
  type AnyWorkload,
  BioXenError,
  type Candidate,
  type Choice,
  type DeviceInfo,
  type Dispatcher,
  type DispatchOptions,
} from "../contract/index.ts";
import { type MetabolicModel, parseMetabolicModel } from "../formats/index.ts";
import {
  type AlgorithmOptions,
  eColiCore,
  exchanges,
  type FluxBounds,
  type FluxSetup,
  mediumOf,
} from "../metabolism/index.ts";
import { pictureFile } from "../plots/index.ts";
import { fluxBalance } from "../workloads/index.ts";
import { positive, positiveInteger } from "./options.ts";
import { type Progress, progress } from "./progress.ts";
import { figure } from "./quantities.ts";
import { openSession } from "./session.ts";

/** What every command about a metabolic model understands. */
export interface StudyFlags {
  readonly medium?: ReadonlyMap<string, number>;
  readonly onlyMedium?: boolean;
  readonly objective?: string;
  readonly bounds?: ReadonlyMap<string, FluxBounds>;
  readonly device?: string;
  readonly threads?: number;
  readonly deadline?: number;
  readonly json?: boolean;
  readonly tsv?: boolean;
  readonly out?: string;
  readonly plot?: string;
}

export function withStudyOptions(command: Command, picture: string | null): Command {
  command
    .argument("[model]", "BiGG JSON or SBML with fbc, .gz too (default: the embedded E. coli core model)")
    .option(
      "--medium <k=v,..>",
      "largest uptakes, mmol/gDW/h, by exchange reaction or metabolite; others stay",
      uptakes,
    )
    .option("--only-medium", "close every uptake that --medium does not name")
    .option("--objective <reaction>", "maximise this reaction instead of the model's objective")
    .option("--bounds <id=lo:hi,..>", "bounds of reactions, e.g. PFK=0:0", boundsByReaction)
    .option("--device <id>", "run on this accelerator or device only, e.g. cpu-simd")
    .option("--threads <n>", "threads a CPU device may use (default: all cores)", positiveInteger)
    .option("--deadline <seconds>", "give up on a batch after this time", positive)
    .option("--json", "answer as one JSON object")
    .option("--tsv", "answer as a table with tabs")
    .option("--out <file>", "also write the answer to a file, whole or not at all: TSV for --tsv or .tsv, else JSON");
  if (picture !== null)
    command.option("--plot <file>", `draw ${picture} into a self-contained .svg or .html`, plotName);
  return command;
}

/** A model, how it is used, and where its linear problems go. */
export interface Study extends AsyncDisposable {
  readonly model: MetabolicModel;
  /** The bytes that the model came from, for the identity of a scan. */
  readonly source: Uint8Array;
  readonly setup: FluxSetup & AlgorithmOptions;
  /**
   * Keeps each workload on the device that its first batch is predicted to be cheapest on: the last digits of an answer
   * depend on the device, and those of one scan should not depend on when it was interrupted.
   */
  readonly dispatcher: Dispatcher;
  /** The device that a workload is kept on, and a way to say it beforehand. */
  readonly pinned: Map<string, string>;
  /** Shows progress of a part of the work: `share` from 0 to 1. */
  readonly progress: Progress;
  readonly measured: () => Measured;
  readonly devices: () => readonly { readonly device: DeviceInfo; readonly runs: number }[];
}

/** Where the time of a command went. CPU times are of all threads of the process. */
interface Measured {
  /** The analysis, with the model in memory: from the first dispatch's making to the last answer. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Reading the model and probing for devices. */
  readonly load: { readonly seconds: number; readonly cpuSeconds: number };
  /** The whole process so far, its start included. */
  readonly process: { readonly cpuSeconds: number; readonly peakBytes: number };
}

/** Bytes of bytecode that a function runs before V8 thinks of optimising it; 67,584 by default. */
const bytecodesToOptimise = 1_000_000;

export async function openStudy(
  path: string | undefined,
  flags: StudyFlags,
  workloads: readonly AnyWorkload[] = [fluxBalance],
): Promise<Study> {
  // a model is read and reduced once: code optimised for it costs more than it spares (see ADR 0049)
  setFlagsFromString(`--interrupt-budget=${bytecodesToOptimise}`);
  const started = clock();
  const { model, source } = await modelOf(path);
  const medium = mediumFor(model, flags);
  const session = await openSession(workloads, flags.device);
  const shown = progress();
  const runs = new Map<string, { device: DeviceInfo; runs: number }>();
  const pinned = new Map<string, string>();
  const dispatcher: Dispatcher = {
    explain: (workload, input, options) => session.manager.explain(workload, input, options),
    run: async (workload, input, options = {}) => {
      const device =
        options.device ?? pinned.get(workload.id) ?? cheapest(session.manager.explain(workload, input, options));
      if (device !== undefined) pinned.set(workload.id, device);
      const done = await (device === undefined || device === options.device
        ? session.manager.run(workload, input, options)
        : session.manager.run(workload, input, { ...options, device }).catch((error: unknown) => {
            // a device that was lost or is full is no reason to end a scan
            if (!(error instanceof BioXenError) || error.retry !== "elsewhere") throw error;
            pinned.delete(workload.id);
            return session.manager.run(workload, input, options);
          }));
      const before = runs.get(done.device.id)?.runs ?? 0;
      runs.set(done.device.id, { device: done.device, runs: before + 1 });
      return done;
    },
  };
  const dispatch: DispatchOptions = {
    signal: session.signal,
    ...(flags.device === undefined ? {} : { device: flags.device }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    ...(flags.deadline === undefined ? {} : { deadline: flags.deadline }),
  };
  const loaded = clock();
  return {
    model,
    source,
    setup: {
      medium,
      objective: flags.objective,
      bounds: flags.bounds,
      dispatch,
      onProgress: (done, total) => shown.update(total === 0 ? 1 : done / total, `${figure(done)} of ${figure(total)}`),
    },
    dispatcher,
    pinned,
    progress: shown,
    measured: () => {
      const now = clock();
      return {
        ...between(loaded, now),
        load: between(started, loaded),
        process: { cpuSeconds: now.cpu, peakBytes: process.resourceUsage().maxRSS * 1024 },
      };
    },
    devices: () => [...runs.values()],
    [Symbol.asyncDispose]: async () => {
      shown[Symbol.dispose]();
      await session[Symbol.asyncDispose]();
    },
  };
}

function cheapest({ candidates }: Choice): string | undefined {
  const cost = ({ predicted, prepareSeconds }: Candidate): number => predicted.seconds + prepareSeconds;
  return [...candidates].sort((a, b) => cost(a) - cost(b))[0]?.device.id;
}

interface Clock {
  readonly wall: number;
  readonly cpu: number;
}

function clock(): Clock {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

function between(from: Clock, to: Clock): { seconds: number; cpuSeconds: number } {
  return { seconds: to.wall - from.wall, cpuSeconds: to.cpu - from.cpu };
}

async function modelOf(path: string | undefined): Promise<{ model: MetabolicModel; source: Uint8Array }> {
  if (path === undefined) return { model: eColiCore(), source: new TextEncoder().encode("embedded E. coli core") };
  const source = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new BioXenError("FORMAT_INVALID", `cannot read ${path}: ${cause.code ?? cause.message}`, {
      context: { file: path },
      cause,
    });
  });
  return { model: parseMetabolicModel(source, path), source };
}

/** The model's own medium with the named uptakes in place of its own, or the named ones alone. */
export function mediumFor(
  model: MetabolicModel,
  { medium, onlyMedium }: Pick<StudyFlags, "medium" | "onlyMedium">,
): ReadonlyMap<string, number> | undefined {
  if (medium === undefined) return onlyMedium === true ? new Map() : undefined;
  const named = [...medium].map(([name, uptake]): [string, number] => [exchangeNamed(model, name), uptake]);
  return new Map([...(onlyMedium === true ? [] : mediumOf(model)), ...named]);
}

/**
 * The exchange reaction that a user means: by its own id, or by its metabolite's id, with or without compartment, or
 * name. What names none, or several, is left as it is, for the medium to refuse with the nearest ids.
 */
export function exchangeNamed(model: MetabolicModel, name: string): string {
  const metabolite = new Map(model.metabolites.map((one) => [one.id, one]));
  const open = exchanges(model).flatMap((column) => {
    const reaction = model.reactions[column];
    const [id = ""] = reaction?.stoichiometry.keys() ?? [];
    return reaction === undefined ? [] : [{ reaction: reaction.id, id, name: metabolite.get(id)?.name ?? "" }];
  });
  if (open.some(({ reaction }) => reaction === name)) return name;
  const meant = open.filter(
    (one) =>
      one.reaction === `EX_${name}` ||
      one.id === name ||
      one.id.replace(/_[a-z]\d?$|\[\w+\]$/, "") === name ||
      one.name.toLowerCase() === name.toLowerCase(),
  );
  return meant.length === 1 ? (meant[0]?.reaction ?? name) : name;
}

export function uptakes(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(",").map((pair): [string, number] => {
      const at = pair.lastIndexOf("=");
      const uptake = Number(pair.slice(at + 1));
      if (at < 1 || pair.slice(at + 1).trim() === "" || Number.isNaN(uptake))
        throw new InvalidArgumentError("uptakes look like EX_glc__D_e=10,o2=0.");
      return [pair.slice(0, at).trim(), uptake];
    }),
  );
}

function boundsByReaction(text: string): ReadonlyMap<string, FluxBounds> {
  return new Map(
    text.split(",").map((pair): [string, FluxBounds] => {
      const [, id = "", lower = "", upper = ""] = /^(.+)=([^:=]+):([^:=]+)$/.exec(pair.trim()) ?? [];
      const bounds = { lower: bound(lower), upper: bound(upper) };
      if (id === "" || Number.isNaN(bounds.lower) || Number.isNaN(bounds.upper))
        throw new InvalidArgumentError("bounds look like PFK=0:0,ATPM=8.39:inf.");
      return [id, bounds];
    }),
  );
}

function bound(text: string): number {
  const [, sign = "", infinite] = /^([+-]?)(inf(?:inity)?)$/i.exec(text.trim()) ?? [];
  if (infinite !== undefined) return sign === "-" ? -Infinity : Infinity;
  return text.trim() === "" ? Number.NaN : Number(text);
}

function plotName(path: string): string {
  if (pictureFile(path, "", "") === null) throw new InvalidArgumentError("a plot is an .svg or .html file.");
  return path;
}
