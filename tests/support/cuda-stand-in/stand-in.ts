// Builds the stand-in driver and the kernels for the CPU, once for each state of their sources.
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import koffi from "koffi";
import { sourcesOf } from "../../../dist/accelerators/gpu-cuda/kernel-sources.js";
import { type Race, racesIn, watchedFlags, watchedLibraries } from "./races.ts";

/** The shared libraries of the stand-in, as `createGpuCuda` takes them, and what it tells of itself in this process. */
export interface StandIn {
  readonly libraries: {
    readonly cuda: string;
    readonly nvml: string;
    readonly cublas: readonly string[];
    readonly nvrtc: readonly string[];
  };
  /** A compiler for generated code: to be put among the libraries by tests that want one. */
  readonly nvrtc: string;
  /** A driver of the same kind that lacks a function which the accelerator binds. */
  readonly oldDriver: string;
  /** Says what devices there are and what goes wrong from the next cuInit on, in this process and its children: see driver.cc. */
  readonly configure: (cuda: string, nvml?: string) => void;
  /** Pieces of device memory that are allocated now, in all contexts. */
  readonly allocations: () => number;
  /** Bytes of a device's memory that are taken, by others too. */
  readonly taken: (device: number) => number;
  /** Takes so many bytes of each device's memory away, beside what is configured. */
  readonly reserve: (bytes: number) => void;
  /** Since the configuration was last changed. */
  readonly launches: () => number;
  /** Contexts that are open. */
  readonly contexts: () => number;
  /** Lets kernels end that hang. */
  readonly release: () => void;
  /** Destroys contexts in which a kernel hung and that nobody will close. */
  readonly abandon: () => void;
  /** Adds to the energy counter of a device. */
  readonly use: (device: number, joules: number) => void;
  /** The data races in kernels since it was last asked; throws where kernels were not built to be watched. */
  readonly races: () => readonly Race[];
  /** The kernels that ran and were watched, in this process; throws as `races` does. */
  readonly watched: () => readonly string[];
}

const room = new URL("./", import.meta.url);
const accelerator = new URL("../../../accelerators/gpu-cuda/", import.meta.url);
const cache = fileURLToPath(new URL("../../../node_modules/.cache/bioxen-cuda-stand-in/", import.meta.url));
const run = promisify(execFile);
const compiler = process.env["CXX"] ?? "g++";
const flags = ["-std=c++17", "-O2", "-fPIC", "-shared", "-w", "-ffp-contract=off", "-fno-strict-aliasing"];
/** What a block may use of shared memory on the largest device. */
const mostShared = 227 * 1024;

/** Why there is none here, or null. */
export function whyNoStandIn(): string | null {
  if (process.platform !== "linux") return `the stand-in CUDA driver is built for Linux, this is ${process.platform}`;
  try {
    execFileSync(compiler, ["--version"], { stdio: "ignore" });
    return null;
  } catch {
    return `no C++ compiler (${compiler}) to build the stand-in CUDA driver with`;
  }
}

/**
 * Builds what is not built yet: seconds for the first time. `modules` are all where left out. With `races` kernels and
 * generated code are watched for data races, and take about ten times as long.
 */
export async function buildStandIn(
  modules: readonly string[] = allModules(),
  { races = false }: { readonly races?: boolean } = {},
): Promise<StandIn> {
  mkdirSync(join(cache, "parts"), { recursive: true });
  const headers = ["threads.h", "order.h", "races.h", "cuda-on-cpu.h", "intrinsics.h"].map(source);
  const finder = races ? finderPart() : null;
  await finder?.build();
  const watched: Watched = finder === null ? unwatched : watchedBy(join(cache, "parts", finder.file));
  const parts = [
    part("libcuda", [source("driver.cc")], [fileURLToPath(new URL("driver.cc", room)), "-ldl"]),
    part(
      "libcuda-old",
      [source("driver.cc")],
      ["-DcuMemHostAlloc=cuMemHostAllocOfLater", fileURLToPath(new URL("driver.cc", room)), "-ldl"],
    ),
    part("libnvidia-ml", [source("nvml.cc")], [fileURLToPath(new URL("nvml.cc", room))]),
    part(
      "libnvrtc",
      [source("nvrtc.cc")],
      [
        `-DSTAND_IN_ROOM="${fileURLToPath(room).replace(/\/$/, "")}"`,
        `-DSTAND_IN_CACHE="${join(cache, "generated")}"`,
        `-DSTAND_IN_COMPILER="${compiler}"`,
        `-DSTAND_IN_FLAGS="${watched.before.join(" ")}"`,
        `-DSTAND_IN_LIBRARIES="${watched.after.join(" ")}"`,
        fileURLToPath(new URL("nvrtc.cc", room)),
      ],
    ),
    ...modules.flatMap((module) => targets.map((target) => kernelPart(module, target, headers, watched))),
  ];
  const queue = [...parts];
  await Promise.all(
    [0, 1].map(async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next.build();
    }),
  );
  const set = join(cache, hashOf(parts.map(({ file }) => file)));
  if (!existsSync(set)) {
    const made = `${set}.${process.pid}`;
    mkdirSync(made);
    // the driver looks for kernels in its own folder, and one file loaded under two names would be loaded once
    for (const { file, names } of parts)
      for (const name of names)
        if (name.startsWith("lib")) copyFileSync(join(cache, "parts", file), join(made, `${name}.so`));
        else symlinkSync(join("..", "parts", file), join(made, `${name}.so`));
    try {
      renameSync(made, set);
    } catch {
      // another process was quicker
      rmSync(made, { recursive: true });
    }
  }
  return open(set, finder === null ? null : join(cache, "parts", finder.file));
}

const targets = [90, 75] as const;

interface Part {
  readonly file: string;
  /** What it is called in the folder of a set. */
  readonly names: readonly string[];
  readonly build: () => Promise<void>;
}

function part(
  name: string,
  sources: readonly string[],
  args: readonly string[],
  names: readonly string[] = [name],
): Part {
  const file = `${name}.${hashOf([...sources, ...args, ...flags])}.so`;
  const path = join(cache, "parts", file);
  return {
    file,
    names,
    build: async () => {
      if (existsSync(path)) return;
      const made = `${path}.${process.pid}`;
      await run(compiler, [...flags, "-o", made, ...args]);
      renameSync(made, path);
    },
  };
}

/** What the compiler is told of kernels beside the usual, before and after their sources. */
interface Watched {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const unwatched: Watched = { before: [], after: [] };

function watchedBy(finder: string): Watched {
  return { before: watchedFlags, after: watchedLibraries(finder) };
}

/** Finds races in all kernels that are linked with it. */
function finderPart(): Part {
  const sources = ["races.cc", "race-report.h", "race-shadow.h", "race-clocks.h", "races.h"].map(source);
  return part("libraces", sources, [fileURLToPath(new URL("races.cc", room)), "-ldl"]);
}

/** A module for the CPU, with the entries that its PTX for a target has. */
function kernelPart(module: string, target: number, headers: readonly string[], watched: Watched): Part {
  const path = fileURLToPath(new URL(`kernels/${module}.cu`, accelerator));
  const ptx = readFileSync(new URL(`ptx/${module}.compute_${target}.ptx`, accelerator), "latin1");
  const entries = [...ptx.matchAll(/\.entry (\w+)/g)].map(([, name]) => name ?? "");
  const own = sourcesOf(module, new URL("kernels/", accelerator));
  const shared = [
    ...new Set(
      [...own.join("\n").matchAll(/extern\s+__shared__\s[^;[]*?(\w+)\s*\[\s*\]/g)].map(([, name]) => name ?? ""),
    ),
  ];
  const wrapper = [
    '#include "cuda-on-cpu.h"',
    `#include "${path}"`,
    'extern "C" thread_local char standInDynamicShared[];',
    "static const struct { const char* name; void (*call)(void*); } entries[] = {",
    ...entries.map((name) => `  {"${name}", &stand_in::Entry<&${name}>::call},`),
    "};",
    'extern "C" const char* standInEntry(int at) {',
    `  return at < ${entries.length} ? entries[at].name : nullptr;`,
    "}",
    'extern "C" int standInLaunch(int entry, const unsigned* shape, void** parameters, size_t dynamicBytes) {',
    "  return stand_in::launch(entries[entry].name, {shape[0], shape[1], shape[2]}, {shape[3], shape[4], shape[5]},",
    "                          entries[entry].call, parameters, standInDynamicShared, dynamicBytes);",
    "}",
  ].join("\n");
  // all names of dynamic shared memory are one place, whatever type each is declared with
  const memory = [
    `extern "C" { thread_local __attribute__((aligned(256))) char standInDynamicShared[${mostShared} + 64]; }`,
    ...shared.map(
      (name) => `__asm__(".globl ${name}\\n.type ${name}, @tls_object\\n.set ${name}, standInDynamicShared");`,
    ),
  ].join("\n");
  const key = hashOf([wrapper, memory, ...own]);
  const folder = join(cache, "parts");
  const files = [
    { at: join(folder, `${module}.${target}.${key}.cc`), text: wrapper },
    { at: join(folder, `${module}.${target}.${key}.shared.cc`), text: memory },
  ];
  const built = part(
    `${module}.compute_${target}`,
    [...headers, ...own, wrapper, memory],
    [
      "-fno-extern-tls-init",
      ...watched.before,
      `-D__CUDA_ARCH__=${10 * target}`,
      `-I${fileURLToPath(room)}`,
      ...files.map(({ at }) => at),
      ...watched.after,
    ],
    entries.map((name) => `${name}.compute_${target}`),
  );
  return {
    ...built,
    build: async () => {
      for (const { at, text } of files) writeFileSync(at, text);
      await built.build();
    },
  };
}

function allModules(): readonly string[] {
  return readdirSync(new URL("kernels/", accelerator))
    .filter((name) => name.endsWith(".cu"))
    .map((name) => name.slice(0, -".cu".length));
}

function source(name: string): string {
  return readFileSync(new URL(name, room), "utf8");
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("hex").slice(0, 16);
}

function open(folder: string, finder: string | null): StandIn {
  const cuda = join(folder, "libcuda.so");
  const nvml = join(folder, "libnvidia-ml.so");
  const driver = koffi.load(cuda);
  const management = koffi.load(nvml);
  const use = management.func("void standInUse(int, double)");
  const reports = finder === null ? null : koffi.load(finder);
  const reported = (what: string): string => {
    if (reports === null) throw new Error("these kernels were built without anything that finds races");
    return (reports.func(`const char* ${what}()`) as () => string)();
  };
  return {
    libraries: { cuda, nvml, cublas: [], nvrtc: [] },
    nvrtc: join(folder, "libnvrtc.so"),
    oldDriver: join(folder, "libcuda-old.so"),
    configure: (settings, management = "") => {
      process.env["STAND_IN_CUDA"] = settings;
      process.env["STAND_IN_NVML"] = management;
    },
    allocations: driver.func("long standInAllocations()") as () => number,
    taken: driver.func("double standInTaken(int)") as (device: number) => number,
    reserve: driver.func("void standInReserve(double)") as (bytes: number) => void,
    launches: driver.func("long standInLaunches()") as () => number,
    contexts: driver.func("long standInContexts()") as () => number,
    release: driver.func("void standInRelease()") as () => void,
    abandon: driver.func("void standInAbandon()") as () => void,
    use: (device, joules) => void use(device, joules),
    races: () => racesIn(reported("standInRaces")),
    watched: () => reported("standInRacesKernels").split("\n").slice(0, -1),
  };
}
