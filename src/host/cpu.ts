import { type SystemFiles, textOf } from "./system-files.ts";

export interface Cache {
  readonly level: number;
  readonly type: "data" | "instruction" | "unified";
  readonly bytes: number;
  /** Logical CPUs that share one of it. */
  readonly sharedBy: number;
}

export interface NumaNode {
  readonly node: number;
  readonly cpus: number;
  readonly memory: number | null;
}

/** Flags that kernels of this project or of libraries below them choose their code by; names as the kernel has them. */
const telling =
  /^(sse4_2|avx|avx2|avx_vnni|avx512\w+|avx10\w*|amx_\w+|fma|f16c|bmi2|asimd|asimdhp|asimddp|asimdfhm|bf16|i8mm|sve\w*|sme(2\w*)?)$/;

/** Instruction set extensions of the first CPU; `neon` beside the kernel's own name for it. */
export function cpuFeatures(files: SystemFiles): readonly string[] {
  const info = textOf(files, "/proc/cpuinfo") ?? "";
  return tellingFlags(info.match(/^(?:flags|Features)\s*:(.*)$/m)?.[1] ?? "");
}

export function tellingFlags(flags: string): readonly string[] {
  const all = flags.split(/\s+/).filter((flag) => telling.test(flag));
  return all.includes("asimd") ? ["neon", ...all] : all;
}

/** Caches of the first CPU. */
export function cpuCaches(files: SystemFiles): readonly Cache[] {
  const folder = "/sys/devices/system/cpu/cpu0/cache";
  return files.list(folder).flatMap((name): Cache[] => {
    const of = (field: string): string => textOf(files, `${folder}/${name}/${field}`) ?? "";
    const size = /^(\d+)([KMG]?)$/.exec(of("size"));
    const type = of("type").toLowerCase();
    if (size === null || (type !== "data" && type !== "instruction" && type !== "unified")) return [];
    const scale = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[size[2] ?? ""] ?? 1;
    return [
      {
        level: Number(of("level")),
        type,
        bytes: Number(size[1]) * scale,
        sharedBy: countOf(of("shared_cpu_list")),
      },
    ];
  });
}

/** Cores, hyper-threads counted once; null where the kernel does not tell. */
export function physicalCores(files: SystemFiles): number | null {
  const folder = "/sys/devices/system/cpu";
  const cores = files
    .list(folder)
    .filter((name) => /^cpu\d+$/.test(name))
    .flatMap((name) => textOf(files, `${folder}/${name}/topology/thread_siblings_list`) ?? []);
  return cores.length === 0 ? null : new Set(cores).size;
}

export function numaNodes(files: SystemFiles): readonly NumaNode[] {
  const folder = "/sys/devices/system/node";
  return files
    .list(folder)
    .filter((name) => /^node\d+$/.test(name))
    .map((name) => {
      const kilobytes = textOf(files, `${folder}/${name}/meminfo`)?.match(/MemTotal:\s*(\d+) kB/)?.[1];
      return {
        node: Number(name.slice("node".length)),
        cpus: countOf(textOf(files, `${folder}/${name}/cpulist`) ?? ""),
        memory: kilobytes === undefined ? null : Number(kilobytes) * 1024,
      };
    })
    .sort((one, other) => one.node - other.node);
}

/** How many CPUs a list such as `0-3,8` names. */
function countOf(list: string): number {
  return list
    .split(",")
    .filter((part) => part !== "")
    .reduce((sum, part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return sum + last - first + 1;
    }, 0);
}
