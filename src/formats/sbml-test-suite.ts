import { formatError, quote } from "./format-error.ts";
import { sbmlDouble } from "./sbml-text.ts";

/** What a case of the SBML test suite asks for (`NNNNN-settings.txt`). */
export interface SuiteSettings {
  readonly start: number;
  readonly duration: number;
  readonly steps: number;
  readonly variables: readonly string[];
  /** Tolerances of a semantic case: |expected - found| <= absolute + relative * |expected|. */
  readonly absolute: number;
  readonly relative: number;
  /** Variables that are wanted as amounts, and those as concentrations. */
  readonly amount: ReadonlySet<string>;
  readonly concentration: ReadonlySet<string>;
  /** Columns of a stochastic case, `X-mean` and `X-sd`; empty in a semantic one. */
  readonly output: readonly string[];
  readonly meanRange: readonly [number, number];
  readonly sdRange: readonly [number, number];
}

/** The expected answer of a case: columns by name, the first being the time where there is one. */
export interface SuiteResults {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** Reads the settings of a case; numbers left out are NaN. @throws BioXenError `FORMAT_INVALID` with the line. */
export function parseSuiteSettings(text: string, file = "(settings)"): SuiteSettings {
  const found = new Map<string, { readonly text: string; readonly line: number }>();
  for (const [at, line] of text.split(/\r\n?|\n/).entries()) {
    const [, key, value = ""] = /^\s*(\w+)\s*:(.*)$/.exec(line) ?? [];
    if (key !== undefined) found.set(key, { text: value.trim(), line: at + 1 });
    else if (line.trim() !== "") throw formatError({ file, line: at + 1 }, quote(line), "'key: value'");
  }
  const number = (key: string): number => {
    const { text: written = "", line = null } = found.get(key) ?? {};
    if (written === "") return Number.NaN;
    const value = sbmlDouble(written);
    if (value === null) throw formatError({ file, line }, quote(written), `a number for '${key}'`);
    return value;
  };
  const list = (key: string): string[] =>
    (found.get(key)?.text ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  const range = (key: string): readonly [number, number] => {
    const { text: written = "", line = null } = found.get(key) ?? {};
    const [, low, high] = /^\(([^,]+),([^,]+)\)$/.exec(written) ?? [];
    const bounds = [sbmlDouble(low ?? ""), sbmlDouble(high ?? "")] as const;
    if (written === "") return [Number.NaN, Number.NaN];
    if (bounds[0] === null || bounds[1] === null)
      throw formatError({ file, line }, quote(written), `'(low, high)' for '${key}'`);
    return [bounds[0], bounds[1]];
  };
  return {
    start: number("start"),
    duration: number("duration"),
    steps: number("steps"),
    variables: list("variables"),
    absolute: number("absolute"),
    relative: number("relative"),
    amount: new Set(list("amount")),
    concentration: new Set(list("concentration")),
    output: list("output"),
    meanRange: range("meanRange"),
    sdRange: range("sdRange"),
  };
}

/** Reads the expected answer of a case. @throws BioXenError `FORMAT_INVALID` with the line. */
export function parseSuiteResults(text: string, file = "(results)"): SuiteResults {
  const [head = "", ...lines] = text.split(/\r\n?|\n/);
  const columns = head.split(",").map((one) => one.trim().replace(/^"(.*)"$/, "$1"));
  const rows: number[][] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const values = line.split(",").map((one) => sbmlDouble(one) ?? null);
    const wrong = values.indexOf(null);
    if (wrong >= 0 || values.length !== columns.length)
      throw formatError({ file, line: at + 2 }, quote(line), `${columns.length} numbers`);
    rows.push(values as number[]);
  }
  return { columns, rows };
}

/** Null where found values agree with a semantic case, else where they do not. */
export function semanticFault(
  settings: SuiteSettings,
  { columns, rows }: SuiteResults,
  found: (column: string, row: number) => number,
): string | null {
  const { absolute, relative } = settings;
  for (const [at, row] of rows.entries())
    for (const [column, expected] of row.entries()) {
      const name = columns[column] ?? "";
      if (/^time$/i.test(name) && column === 0) continue;
      const value = found(name, at);
      const agrees = Number.isFinite(expected)
        ? Math.abs(expected - value) <= absolute + relative * Math.abs(expected)
        : Object.is(expected, value);
      if (!agrees) return `${name} is ${value} at row ${at + 1}, expected ${expected}`;
    }
  return null;
}

/** Sample mean and standard deviation (n - 1) of a column. */
export interface Moments {
  readonly mean: number;
  readonly sd: number;
}

/**
 * The points of a stochastic case that leave the suite's ranges: Z = sqrt(n) (mean - mu) / sigma and
 * Y = sqrt(n / 2) (S^2 / sigma^2 - 1). A distribution that has a mean alone in the case is tested by the sample's own
 * deviation. One such point a case is to be expected.
 */
export function stochasticExcursions(
  { meanRange, sdRange, output }: SuiteSettings,
  { columns, rows }: SuiteResults,
  runs: number,
  found: (variable: string, row: number) => Moments,
): string[] {
  const outside: string[] = [];
  const variables = [...new Set(output.map((one) => one.replace(/-(mean|sd)$/, "")))];
  for (const variable of variables) {
    const meanColumn = columns.indexOf(`${variable}-mean`);
    const sdColumn = columns.indexOf(`${variable}-sd`);
    for (const [at, row] of rows.entries()) {
      const { mean, sd } = found(variable, at);
      const expected = row[meanColumn] ?? Number.NaN;
      const sigma = sdColumn < 0 ? sd : (row[sdColumn] ?? Number.NaN);
      const complain = (what: string, value: number): number =>
        outside.push(`${what} of ${variable} is ${Number(value.toPrecision(4))} at row ${at + 1}`);
      if (meanColumn >= 0) {
        const z = sigma === 0 ? deviation(mean, expected) : (Math.sqrt(runs) * (mean - expected)) / sigma;
        if (!(z > meanRange[0] && z < meanRange[1])) complain("Z", z);
      }
      if (sdColumn >= 0) {
        const y = sigma === 0 ? deviation(sd, 0) : Math.sqrt(runs / 2) * ((sd / sigma) ** 2 - 1);
        if (!(y > sdRange[0] && y < sdRange[1])) complain("Y", y);
      }
    }
  }
  return outside;
}

/** Where nothing may vary, rounding alone is no excursion. */
function deviation(found: number, expected: number): number {
  return Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected)) ? 0 : Infinity;
}
