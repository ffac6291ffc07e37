import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { BioXenError, type Dispatcher, type DispatchOptions } from "../contract/index.ts";
import {
  parseMetabolicModel,
  parseReactionNetwork,
  parseSuiteResults,
  parseSuiteSettings,
  type SbmlNetwork,
  type SuiteResults,
  type SuiteSettings,
  semanticFault,
  stochasticExcursions,
} from "../formats/index.ts";
import { fba } from "../metabolism/index.ts";
import { continuousCourse } from "./course.ts";
import { stochasticEnsemble } from "./ensemble.ts";

export interface SuiteCase {
  /** Its folder, as seen from the one that was asked for. */
  readonly id: string;
  readonly status: "pass" | "fail" | "unsupported";
  /** Null where it passed and there is nothing to say. */
  readonly why: string | null;
}

export interface SuiteOptions {
  /** Trajectories of a stochastic case; a case that fails gets ten times as many. */
  readonly runs: number;
  readonly dispatch: DispatchOptions;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Points outside their ranges that a case may have by chance. */
const mostExcursions = 1;
const firstSeed = 1;
const secondSeed = 2;
const moreRuns = 10;
/** Tolerances of a case may be as small as 0, for values that no step is needed for. */
const leastRelative = 1e-11;
const leastAbsolute = 1e-24;
/** Reactions of one trajectory: far above those of any case. */
const mostEvents = 1e8;

/** Runs all cases of the SBML test suite below a folder: every SBML file of a semantic case, the newest of a stochastic one. */
export async function runSuite(folder: string, dispatcher: Dispatcher, options: SuiteOptions): Promise<SuiteCase[]> {
  const folders = (await caseFolders(folder)).sort();
  if (folders.length === 0)
    throw new BioXenError(
      "INPUT_INVALID",
      `${folder}: no case of the SBML test suite (a folder with NNNNN-settings.txt)`,
    );
  const cases: SuiteCase[] = [];
  for (const [at, path] of folders.entries()) {
    options.onProgress?.(at, folders.length);
    cases.push({ id: relative(folder, path) || basename(path), ...(await judged(path, dispatcher, options)) });
  }
  return cases;
}

async function caseFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => /^\d+-settings\.txt$/.test(name))) return [folder];
  const inner = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map(({ name }) => caseFolders(join(folder, name))),
  );
  return inner.flat();
}

type Verdict = Omit<SuiteCase, "id">;

async function judged(folder: string, dispatcher: Dispatcher, options: SuiteOptions): Promise<Verdict> {
  try {
    const names = await readdir(folder);
    const text = async (end: string): Promise<string> => {
      const name = names.find((one) => one.endsWith(end));
      if (name === undefined) throw new BioXenError("INPUT_INVALID", `${folder}: no file *${end}`);
      return await readFile(join(folder, name), "utf8");
    };
    const settings = parseSuiteSettings(await text("-settings.txt"), `${folder} (settings)`);
    const results = parseSuiteResults(await text("-results.csv"), `${folder} (results)`);
    const files = names.filter((name) => /-sbml-l\dv\d\.xml$/.test(name)).sort((a, b) => b.localeCompare(a));
    if (files.length === 0) throw new BioXenError("INPUT_INVALID", `${folder}: no file *-sbml-lXvY.xml`);
    const isStochastic = settings.output.some((one) => /-(mean|sd)$/.test(one));
    let last: Verdict = { status: "pass", why: null };
    for (const file of isStochastic ? files.slice(0, 1) : files) {
      const bytes = await readFile(join(folder, file));
      last = isStochastic
        ? await stochasticVerdict(bytes, file, settings, results, dispatcher, options)
        : await semanticVerdict(bytes, file, settings, results, dispatcher, options);
      if (last.status !== "pass") return { ...last, why: `${file}: ${last.why ?? ""}` };
    }
    return last;
  } catch (error) {
    if (!(error instanceof BioXenError) || error.code === "ABORTED") throw error;
    // what the reader refuses by name; a device that refuses is a failure
    const isRefused = error.code === "UNSUPPORTED" && "feature" in error.context;
    return { status: isRefused ? "unsupported" : "fail", why: error.message };
  }
}

async function semanticVerdict(
  bytes: Uint8Array,
  file: string,
  settings: SuiteSettings,
  results: SuiteResults,
  dispatcher: Dispatcher,
  { dispatch }: SuiteOptions,
): Promise<Verdict> {
  const found = Number.isNaN(settings.duration)
    ? await steadyState(bytes, file, dispatcher, dispatch)
    : await timeCourse(bytes, file, settings, results, dispatcher, dispatch);
  const fault = semanticFault(settings, results, found);
  return fault === null ? { status: "pass", why: null } : { status: "fail", why: fault };
}

type Found = (column: string, row: number) => number;

/** A case without a time is one of flux balance: fluxes by reaction, and the objective as OBJF. */
async function steadyState(
  bytes: Uint8Array,
  file: string,
  dispatcher: Dispatcher,
  dispatch: DispatchOptions,
): Promise<Found> {
  const model = parseMetabolicModel(bytes, file);
  const { fluxes, objective } = await fba(model, dispatcher, { dispatch });
  const columns = new Map(model.reactions.map(({ id }, at) => [id, at]));
  return (column) => {
    if (column === "OBJF") return objective ?? Number.NaN;
    return fluxes?.[columns.get(column) ?? columns.get(column.replace(/^R_/, "")) ?? -1] ?? Number.NaN;
  };
}

async function timeCourse(
  bytes: Uint8Array,
  file: string,
  settings: SuiteSettings,
  results: SuiteResults,
  dispatcher: Dispatcher,
  dispatch: DispatchOptions,
): Promise<Found> {
  const model = parseReactionNetwork(bytes, { use: "continuous", rates: settings.variables }, file);
  const times = timesOf(settings, results);
  const course = await continuousCourse(model, dispatcher, {
    times,
    // well inside what the case allows, and within what doubles can do
    relative: Math.min(1e-8, Math.max(leastRelative, settings.relative * 1e-3)),
    absolute: Math.min(1e-10, Math.max(leastAbsolute, settings.absolute * 1e-3)),
    seed: firstSeed,
    mostSteps: 1e6,
    dispatch,
  });
  return (column, row) => {
    const symbol = model.symbols.get(column);
    if (symbol === undefined) return Number.NaN;
    const value = course.at(row, symbol.value);
    const isConcentration =
      settings.concentration.has(column) || (!settings.amount.has(column) && !symbol.substanceOnly);
    return isConcentration && symbol.compartment !== null ? value / course.at(row, symbol.compartment) : value;
  };
}

/** The results say when, and not always in equal steps; the settings where they say nothing. */
function timesOf({ start, duration, steps }: SuiteSettings, { columns, rows }: SuiteResults): Float64Array {
  if (/^time$/i.test(columns[0] ?? "")) return Float64Array.from(rows, ([time = Number.NaN]) => time);
  return Float64Array.from({ length: rows.length }, (_, at) => start + (at * duration) / steps);
}

async function stochasticVerdict(
  bytes: Uint8Array,
  file: string,
  settings: SuiteSettings,
  results: SuiteResults,
  dispatcher: Dispatcher,
  options: SuiteOptions,
): Promise<Verdict> {
  const model = parseReactionNetwork(bytes, { use: "stochastic", rates: settings.variables }, file);
  const tried: string[] = [];
  for (const [seed, runs] of [
    [firstSeed, options.runs],
    [secondSeed, options.runs * moreRuns],
  ] as const) {
    const outside = await excursions(model, settings, results, seed, runs, dispatcher, options.dispatch);
    if (outside.length <= mostExcursions && tried.length === 0) return { status: "pass", why: null };
    const shown = outside.slice(0, 3).join(", ");
    tried.push(`seed ${seed}, ${runs} runs: ${outside.length} excursions${shown === "" ? "" : ` (${shown})`}`);
    if (outside.length <= mostExcursions) return { status: "pass", why: tried.join("; ") };
  }
  return { status: "fail", why: tried.join("; ") };
}

async function excursions(
  model: SbmlNetwork,
  settings: SuiteSettings,
  results: SuiteResults,
  seed: number,
  runs: number,
  dispatcher: Dispatcher,
  dispatch: DispatchOptions,
): Promise<string[]> {
  const variables = [...new Set(settings.output.map((one) => one.replace(/-(mean|sd)$/, "")))];
  const observed = variables.map((variable) => {
    // one case of the suite wants moments of a logarithm, which its results give as 0 before anything is drawn
    const [, id = variable] = /^ln\((.*)\)$/.exec(variable) ?? [];
    const symbol = model.symbols.get(id);
    if (symbol === undefined)
      throw new BioXenError("INPUT_INVALID", `${model.id}: no ${JSON.stringify(id)} to observe`);
    const isConcentration = settings.concentration.has(id) || (!settings.amount.has(id) && !symbol.substanceOnly);
    return {
      value: symbol.value,
      over: isConcentration ? symbol.compartment : null,
      ...(id === variable ? {} : { transform: (x: number) => (x === 0 ? 0 : Math.log(x)) }),
    };
  });
  const { means, deviations } = await stochasticEnsemble(model, dispatcher, {
    method: "exact",
    runs,
    seed,
    times: timesOf(settings, results),
    observed,
    mostEvents,
    single: false,
    dispatch,
  });
  return stochasticExcursions(settings, results, runs, (variable, row) => {
    const at = row * variables.length + variables.indexOf(variable);
    return { mean: means[at] ?? Number.NaN, sd: deviations[at] ?? Number.NaN };
  });
}
