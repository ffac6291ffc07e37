import koffi from "koffi";
import { nvmlStatus } from "./nvml-status.ts";

/** The name under which NVIDIA's driver ships NVML. */
export const nvmlLibrary = "libnvidia-ml.so.1";

/** Watts are milliwatts here, as NVML counts them. */
interface PowerLimit {
  readonly now: number;
  /** What the board has after a reset. */
  readonly standard: number | null;
  readonly least: number | null;
  readonly most: number | null;
}

/** What NVML says of one GPU; null where it does not say. */
export interface Nvml {
  /** Millijoules since the driver was loaded (Volta and newer). */
  readonly energy: () => bigint | null;
  /** Milliwatts right now; where the driver has no such field, as the board averages them (over a second from Ampere on). */
  readonly power: () => number | null;
  readonly powerLimit: () => PowerLimit | null;
  /** Sets the limit in milliwatts; an `nvmlStatus`, or another of NVML's numbers. It needs root. */
  readonly setPowerLimit: (milliwatts: number) => number;
  /** Bytes in use on the board. */
  readonly memory: () => number | null;
  readonly mig: () => boolean | null;
  readonly ecc: () => boolean | null;
  /** Version of the driver, such as 580.95.05. */
  readonly driverVersion: () => string | null;
}

/** A GPU of this machine by NVML. */
export interface NvmlGpu extends Nvml {
  readonly name: string;
  /** Address of the PCI device, such as 00000000:17:00.0. */
  readonly pci: string;
}

type Call = (...args: unknown[]) => number;

/** The library's functions; null for those that it lacks. */
type Functions = Readonly<Record<keyof typeof signatures, Call | null>>;

const signatures = {
  nvmlInit_v2: "",
  nvmlDeviceGetCount_v2: "void *",
  nvmlDeviceGetHandleByIndex_v2: "unsigned int, void *",
  nvmlDeviceGetHandleByPciBusId_v2: "const char *, void *",
  nvmlDeviceGetName: "void *, void *, unsigned int",
  nvmlDeviceGetPciInfo_v3: "void *, void *",
  nvmlDeviceGetTotalEnergyConsumption: "void *, void *",
  nvmlDeviceGetPowerUsage: "void *, void *",
  nvmlDeviceGetMemoryInfo: "void *, void *",
  nvmlDeviceGetFieldValues: "void *, int, void *",
  nvmlDeviceGetPowerManagementLimit: "void *, void *",
  nvmlDeviceGetPowerManagementDefaultLimit: "void *, void *",
  nvmlDeviceGetPowerManagementLimitConstraints: "void *, void *, void *",
  nvmlDeviceSetPowerManagementLimit: "void *, unsigned int",
  nvmlDeviceGetMigMode: "void *, void *, void *",
  nvmlDeviceGetEccMode: "void *, void *, void *",
  nvmlSystemGetDriverVersion: "void *, unsigned int",
} as const;

/** Opens NVML for the GPU at a PCI address; null where the library is missing or knows no such GPU. */
export function openNvml(library: string, pci: string): Nvml | null {
  const functions = load(library);
  const find = functions?.nvmlDeviceGetHandleByPciBusId_v2 ?? null;
  const pointer = new BigUint64Array(1);
  if (functions === null || find === null || find(pci, pointer) !== nvmlStatus.success) return null;
  return gpuOf(functions, pointer[0] ?? 0n);
}

/** All GPUs that NVML knows, in its order; none where the library is missing or there is no driver. */
export function nvmlGpus(library: string = nvmlLibrary): readonly NvmlGpu[] {
  const functions = load(library);
  if (functions === null) return [];
  const { nvmlDeviceGetCount_v2: countOf, nvmlDeviceGetHandleByIndex_v2: handleOf } = functions;
  const count = new Uint32Array(1);
  if (countOf === null || handleOf === null || countOf(count) !== nvmlStatus.success) return [];
  return Array.from({ length: count[0] ?? 0 }, (_, at) => {
    const pointer = new BigUint64Array(1);
    if (handleOf(at, pointer) !== nvmlStatus.success) return [];
    const device = pointer[0] ?? 0n;
    return { ...gpuOf(functions, device), name: nameOf(functions, device), pci: addressOf(functions, device) };
  }).flat();
}

function load(library: string): Functions | null {
  let loaded: ReturnType<typeof koffi.load>;
  try {
    loaded = koffi.load(library);
  } catch {
    return null;
  }
  const bound = Object.entries(signatures).map(([name, parameters]): [string, Call | null] => {
    try {
      return [name, loaded.func(`int ${name}(${parameters})`)];
    } catch {
      return [name, null];
    }
  });
  const functions = Object.fromEntries(bound) as Functions;
  const { nvmlInit_v2: init } = functions;
  return init === null || init() !== nvmlStatus.success ? null : functions;
}

function gpuOf(functions: Functions, device: bigint): Nvml {
  const long = new BigUint64Array(1);
  const numbers = Uint32Array.of(0, 0);
  const number = (ask: Call | null): number | null =>
    ask === null || ask(device, numbers) !== nvmlStatus.success ? null : (numbers[0] ?? null);
  const mode = (ask: Call | null): boolean | null =>
    ask === null || ask(device, numbers, numbers.subarray(1)) !== nvmlStatus.success ? null : numbers[0] === 1;
  return {
    energy: () => {
      const ask = functions.nvmlDeviceGetTotalEnergyConsumption;
      return ask === null || ask(device, long) !== nvmlStatus.success ? null : (long[0] ?? null);
    },
    power: () => field(functions, device, instantPower) ?? number(functions.nvmlDeviceGetPowerUsage),
    powerLimit: () => {
      const now = number(functions.nvmlDeviceGetPowerManagementLimit);
      if (now === null) return null;
      const standard = number(functions.nvmlDeviceGetPowerManagementDefaultLimit);
      const bounds = functions.nvmlDeviceGetPowerManagementLimitConstraints;
      const known = bounds !== null && bounds(device, numbers, numbers.subarray(1)) === nvmlStatus.success;
      return { now, standard, least: known ? (numbers[0] ?? null) : null, most: known ? (numbers[1] ?? null) : null };
    },
    setPowerLimit: (milliwatts) =>
      functions.nvmlDeviceSetPowerManagementLimit?.(device, milliwatts) ?? nvmlStatus.notSupported,
    memory: () => {
      // total, free, used
      const three = new BigUint64Array(3);
      const ask = functions.nvmlDeviceGetMemoryInfo;
      return ask === null || ask(device, three) !== nvmlStatus.success ? null : Number(three[2] ?? 0n);
    },
    mig: () => mode(functions.nvmlDeviceGetMigMode),
    ecc: () => mode(functions.nvmlDeviceGetEccMode),
    driverVersion: () => {
      const version = functions.nvmlSystemGetDriverVersion;
      const text = Buffer.alloc(80);
      return version === null || version(text, text.length) !== nvmlStatus.success ? null : textOf(text);
    },
  };
}

/** NVML_FI_DEV_POWER_INSTANT of nvml.h: milliwatts of this moment, where `nvmlDeviceGetPowerUsage` may give an average. */
const instantPower = 186;
/** NVML_VALUE_TYPE_UNSIGNED_INT */
const unsignedInt = 1;

/** One field as an unsigned integer; null where the driver does not know it. */
function field(functions: Functions, device: bigint, id: number): number | null {
  const ask = functions.nvmlDeviceGetFieldValues;
  // nvmlFieldValue_t: field, scope, two 64-bit times, type, status, value
  const value = Buffer.alloc(40);
  value.writeUInt32LE(id, 0);
  if (ask === null || ask(device, 1, value) !== nvmlStatus.success) return null;
  if (value.readInt32LE(28) !== nvmlStatus.success || value.readInt32LE(24) !== unsignedInt) return null;
  return value.readUInt32LE(32);
}

function nameOf(functions: Functions, device: bigint): string {
  const text = Buffer.alloc(96);
  const ask = functions.nvmlDeviceGetName;
  return ask === null || ask(device, text, text.length) !== nvmlStatus.success ? "NVIDIA GPU" : textOf(text);
}

function addressOf(functions: Functions, device: bigint): string {
  // nvmlPciInfo_t: the old address in 16 bytes, five integers, then the address in 32
  const info = Buffer.alloc(68);
  const ask = functions.nvmlDeviceGetPciInfo_v3;
  return ask === null || ask(device, info) !== nvmlStatus.success ? "" : textOf(info.subarray(36));
}

function textOf(text: Buffer): string {
  return text.toString("latin1").replace(/\0.*$/s, "");
}
