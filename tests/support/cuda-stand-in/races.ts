// Builds the kernels with a finder of data races (`races.cc`), and reads what it found.
import { execFileSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** One of two accesses that race. */
interface RacingAccess {
  readonly kind: "read" | "write" | "atomic read" | "atomic write";
  /** The line of the kernel's source, as `motif-scan.cu:147`. */
  readonly at: string;
  /** Numbers of the first pair of threads found: the block in its grid, the thread in its block. */
  readonly block: number;
  readonly thread: number;
}

/** Two places in a kernel's code that touch the same memory in one launch, with nothing that orders them. */
export interface Race {
  readonly kernel: string;
  readonly memory: "shared" | "global";
  /** The nearest that two such threads are to each other: lanes of a warp, warps of a block, blocks of a grid. */
  readonly between: "lanes" | "warps" | "blocks";
  readonly first: RacingAccess;
  readonly second: RacingAccess;
  /** Two writes of which the second always left what the first had: a race all the same, but one that no answer shows. */
  readonly sameValue: boolean;
  readonly times: number;
}

const room = dirname(fileURLToPath(import.meta.url));

/** Arguments of the compiler for code that is watched, before its sources. */
export const watchedFlags: readonly string[] = [
  // loads and stores stay as the source has them: nothing is merged over a wider stretch or read ahead of a condition
  "-O1",
  "-fno-hoist-adjacent-loads",
  "-g1",
  "-fsanitize=thread",
  "--param=tsan-distinguish-volatile=1",
  "--param=tsan-instrument-func-entry-exit=0",
  "-DSTAND_IN_RACES",
  // shared memory of a template would be one place for the libraries of all targets, and not this one's
  "-fno-gnu-unique",
  // the compiler's own library for these calls is left out, and with it all others
  "-nodefaultlibs",
];

/** Behind the sources: the finder in place of the compiler's library. */
export function watchedLibraries(finder: string): readonly string[] {
  return [finder, "-lstdc++", "-lm", "-lgcc_s", "-lc", "-lgcc"];
}

/** The races that a report of the finder tells of; copies that the compiler made of a line are that line. */
export function racesIn(report: string): readonly Race[] {
  const races = new Map<string, Race>();
  for (const line of report.split("\n").filter((one) => one !== "")) {
    const [kernel = "", library = "", memory, between, times, value, ...rest] = line.split("\t");
    const access = ([kind, from = "", block, thread]: readonly string[]): RacingAccess => ({
      kind: kind as RacingAccess["kind"],
      at: lineAt(library, from),
      block: Number(block),
      thread: Number(thread),
    });
    const race: Race = {
      kernel,
      memory: memory as Race["memory"],
      between: between as Race["between"],
      first: access(rest.slice(0, 4)),
      second: access(rest.slice(4, 8)),
      sameValue: value === "same",
      times: Number(times),
    };
    const { first, second } = race;
    const key = [kernel, memory, between, first.kind, first.at, second.kind, second.at].join();
    const known = races.get(key);
    const all = known === undefined ? race : { ...known, times: known.times + race.times };
    races.set(key, { ...all, sameValue: all.sameValue && race.sameValue });
  }
  return [...races.values()];
}

/** One line about each race. */
export function textOfRace({ kernel, memory, between, first, second, sameValue, times }: Race): string {
  const of = ({ kind, at, block, thread }: RacingAccess): string =>
    `${kind} at ${at} by thread ${thread} of block ${block}`;
  const what = sameValue ? " of the same value" : "";
  return `${kernel}: ${of(first)}, then ${of(second)}${what}, unordered between ${between} in ${memory} memory (${times} times)`;
}

/** The innermost line that is not the stand-in's own: a kernel's code is inlined into itself many times over. */
function lineAt(library: string, from: string): string {
  let lines: readonly string[];
  try {
    lines = execFileSync("addr2line", ["-i", "-e", library, from], { encoding: "utf8" }).trim().split("\n");
  } catch {
    return `${basename(library)}+0x${from}`;
  }
  const place = lines.find((line) => !line.startsWith(`${room}/`)) ?? lines[0] ?? "";
  return basename(place.replace(/ \(discriminator \d+\)$/, ""));
}
