import koffi from "koffi";
import { BioXenError, type ErrorCode } from "../../src/contract/index.ts";

/** Pointers and handles are BigInts; what a call writes to is a typed array; null is C's. */
type Argument = number | bigint | ArrayBufferView | null;
/** Calls a function of the driver. @throws BioXenError with CUDA's name for the error. */
type Call = (...args: Argument[]) => void;

/** The part of the driver API that is used, as cuda.h of CUDA 12 declares it; handles are pointers, `CUdeviceptr` an integer. */
const signatures = {
  cuInit: "unsigned int",
  cuDriverGetVersion: "void *",
  cuDeviceGetCount: "void *",
  cuDeviceGet: "void *, int",
  cuDeviceGetName: "void *, int, int",
  cuDeviceTotalMem_v2: "void *, int",
  cuDeviceGetAttribute: "void *, int, int",
  cuDeviceGetPCIBusId: "void *, int, int",
  cuCtxCreate_v2: "void *, unsigned int, int",
  cuCtxDestroy_v2: "void *",
  cuMemGetInfo_v2: "void *, void *",
  cuMemAlloc_v2: "void *, size_t",
  cuMemFree_v2: "uint64_t",
  cuMemHostAlloc: "void *, size_t, unsigned int",
  cuMemcpyHtoDAsync_v2: "uint64_t, void *, size_t, void *",
  cuMemcpyDtoHAsync_v2: "void *, uint64_t, size_t, void *",
  cuMemsetD8Async: "uint64_t, uint8_t, size_t, void *",
  cuStreamCreate: "void *, unsigned int",
  cuStreamWaitEvent: "void *, void *, unsigned int",
  cuEventCreate: "void *, unsigned int",
  cuEventRecord: "void *, void *",
  cuEventElapsedTime: "void *, void *, void *",
  cuModuleLoadDataEx: "void *, void *, unsigned int, void *, void *",
  cuModuleGetFunction: "void *, void *, const char *",
  cuFuncSetAttribute: "void *, int, int",
  cuOccupancyMaxActiveBlocksPerMultiprocessor: "void *, void *, int, size_t",
  cuLaunchKernel:
    "void *, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, void *, void *, void *",
} as const;

type CallName = keyof typeof signatures;

/** The driver API of one library; calls other than `eventDone` throw. */
export type Driver = Readonly<Record<Exclude<CallName, "cuModuleGetFunction">, Call>> & {
  readonly cuModuleGetFunction: (found: ArrayBufferView, module: bigint, name: string) => void;
  /** Whether the work before an event is done. @throws BioXenError what went wrong with that work. */
  readonly eventDone: (event: bigint) => boolean;
};

/** Where the driver puts its library. */
const driverLibrary = "libcuda.so.1";

/** CUresult: what is an answer and no error. */
const notReady = 600;

/** What the caller may do about an error, by CUDA's number for it. */
const codes: Readonly<Record<number, ErrorCode>> = {
  2: "OUT_OF_MEMORY",
  // the context, the device or the driver is gone: not or no longer initialized, stub library, unavailable, no device,
  // invalid device, invalid context, uncorrectable ECC error, NVLink, operating system, illegal address, launch timeout,
  // context destroyed, assert, stack, instruction, alignment, address space, program counter, launch failure, system not
  // ready, driver mismatch, not supported on this device, MPS, unknown
  ...Object.fromEntries(
    [3, 4, 34, 46, 100, 101, 201, 214, 220, 304, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719]
      .concat([802, 803, 804, 805, 806, 807, 808, 809, 811, 999])
      .map((number) => [number, "DEVICE_LOST" as const]),
  ),
  // no code for this device, PTX that the driver is too old for, no compiler for PTX in it
  209: "UNSUPPORTED",
  221: "UNSUPPORTED",
  222: "UNSUPPORTED",
};

/** What would help, by CUDA's number for the error. */
const advice: Readonly<Record<number, string>> = {
  2: "other programs hold the GPU's memory, or the input is too large for it: nvidia-smi lists them",
  46: "another process has the GPU to itself (compute mode): nvidia-smi -q -d COMPUTE",
  100: "the driver sees no GPU: nvidia-smi -L, and CUDA_VISIBLE_DEVICES",
  214: "the GPU's memory has an error that it could not correct: nvidia-smi -q -d ECC",
  222: "the driver is older than the kernels' PTX: update it to 525.60 (CUDA 12.0) or newer",
  700: "a kernel touched memory that is not its own, please report it; dmesg may say more (Xid)",
  719: "dmesg may name the cause (Xid)",
  802: "the GPUs' fabric is not up yet: systemctl status nvidia-fabricmanager",
  803: "driver and libcuda.so.1 are of different versions: reboot, or install them anew",
};

/**
 * Loads the driver's library and binds what is used of it. Nothing is initialized yet.
 * @throws BioXenError `DEVICE_LOST` where there is no such library or it lacks a function.
 */
export function openDriver(library: string = driverLibrary): Driver {
  let loaded: ReturnType<typeof koffi.load>;
  try {
    loaded = koffi.load(library);
  } catch (cause) {
    throw new BioXenError("DEVICE_LOST", `${library} cannot be loaded: ${message(cause)}`, { cause });
  }
  const bind = (name: string, parameters: string): ((...args: unknown[]) => number) => {
    try {
      return loaded.func(`int ${name}(${parameters})`);
    } catch (cause) {
      throw new BioXenError("DEVICE_LOST", `${library} has no ${name}: the driver is older than 525.60 (CUDA 12.0)`, {
        cause,
      });
    }
  };
  const errorName = bind("cuGetErrorName", "int, void *");
  const nameOf = (status: number): string => {
    const pointer = new BigUint64Array(1);
    if (errorName(status, pointer) !== 0 || pointer[0] === 0n) return `CUDA error ${status}`;
    return koffi.decode(pointer[0] ?? 0n, "char", -1) as string;
  };
  const failure = (call: string, status: number): BioXenError => {
    const name = nameOf(status);
    const help = advice[status];
    return new BioXenError(
      codes[status] ?? "KERNEL_FAILED",
      `${call} gave ${name} (${status})${help === undefined ? "" : `; ${help}`}`,
      { context: { cuda: name, status } },
    );
  };
  const calls = Object.entries(signatures).map(([name, parameters]) => {
    const call = bind(name, parameters);
    return [
      name,
      (...args: unknown[]): void => {
        const status = call(...args);
        if (status !== 0) throw failure(name, status);
      },
    ] as const;
  });
  const query = bind("cuEventQuery", "void *");
  return {
    ...(Object.fromEntries(calls) as unknown as Driver),
    eventDone: (event) => {
      const status = query(event);
      if (status !== 0 && status !== notReady) throw failure("cuEventQuery", status);
      return status === 0;
    },
  };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** CUdevice_attribute: numbers that kernels and the probe go by. */
export const attribute = {
  warpSize: 10,
  multiprocessors: 16,
  integrated: 18,
  kernelTimeLimit: 17,
  clockKilohertz: 13,
  computeMode: 20,
  eccEnabled: 32,
  memoryClockKilohertz: 36,
  memoryBusBits: 37,
  l2Bytes: 38,
  threadsPerMultiprocessor: 39,
  computeMajor: 75,
  computeMinor: 76,
  sharedBytesPerMultiprocessor: 81,
  sharedBytesPerBlock: 97,
} as const;
