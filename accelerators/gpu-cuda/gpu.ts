// One GPU in the thread that owns its context.
import { BioXenError, type Seconds } from "../../src/contract/index.ts";
import { attribute, type Driver, openDriver } from "./driver.ts";
import { type Libraries, longestLaunch } from "./libraries.ts";
import { ptxFor } from "./ptx.ts";
import { openResidents, type Residents } from "./residents.ts";
import { openStaging, type Staging } from "./staging.ts";

/** What kernels choose their shapes by. */
export interface DeviceFacts {
  /** 90 for compute capability 9.0. */
  readonly computeCapability: number;
  readonly multiprocessors: number;
  readonly threadsPerMultiprocessor: number;
  readonly sharedBytesPerMultiprocessor: number;
  /** Dynamic shared memory that a block may ask for at most. */
  readonly sharedBytesPerBlock: number;
  readonly l2Bytes: number;
  readonly memoryBytes: number;
  readonly clockKilohertz: number;
}

/** A compiled `__global__` function. */
export interface CudaFunction {
  readonly handle: bigint;
  readonly name: string;
  /** Lets launches ask for so much dynamic shared memory; needed above 48 KiB. */
  readonly allowShared: (bytes: number) => void;
  /** How many blocks of so many threads and dynamic shared bytes fit one multiprocessor. */
  readonly blocksPerMultiprocessor: (threads: number, sharedBytes: number) => number;
}

/** The context, its streams and memory. Nothing here is safe in two threads. */
export interface CudaGpu {
  readonly driver: Driver;
  readonly libraries: Libraries;
  readonly facts: DeviceFacts;
  /** Stream of the kernels, and that of the copies. */
  readonly compute: bigint;
  readonly copy: bigint;
  readonly staging: Staging;
  readonly residents: Residents;
  /** A function of `kernels/<module>.cu`, as the PTX in the package has it. Compiled by the driver once. */
  readonly kernel: (module: string, name: string) => CudaFunction;
  /** A function of PTX made at run time, known by `key`; `make` gives the PTX. */
  readonly generated: (key: string, name: string, make: () => string) => CudaFunction;
  /** Device memory that is kept; free it with `free`. @throws BioXenError `OUT_OF_MEMORY` */
  readonly allocate: (bytes: number) => bigint;
  readonly free: (buffer: bigint) => void;
  /** Device memory that comes from, and goes back to, a store of buffers used before. */
  readonly borrow: (bytes: number) => { readonly at: bigint; readonly bytes: number };
  readonly giveBack: (buffer: { readonly at: bigint; readonly bytes: number }) => void;
  /** A launch that is not over by then is taken to never end; kernels cut their work into launches of about a tenth of a second. */
  readonly patience: Seconds;
  /** Whether something was given up that may be running still. */
  readonly isStuck: () => boolean;
  readonly giveUp: () => void;
  /** Closes the context; what is under way is waited for, unless it was given up. */
  readonly close: () => void;
}

/** What stays in the store of used buffers at most. */
const mostStored = 2 ** 32;
const leastBuffer = 2 ** 12;

/**
 * Makes a context on the device for this thread.
 * @throws BioXenError `DEVICE_LOST`, `OUT_OF_MEMORY`, `UNSUPPORTED`
 */
export function openGpu(ordinal: number, libraries: Libraries, patience: Seconds = longestLaunch): CudaGpu {
  const driver = openDriver(libraries.cuda);
  const pointer = new BigUint64Array(1);
  const integer = new Int32Array(1);
  driver.cuInit(0);
  driver.cuDeviceGet(integer, ordinal);
  const device = integer[0] ?? 0;
  // a context of its own, not the primary one: its end frees all that is in it, and a fault in it is nobody else's
  driver.cuCtxCreate_v2(pointer, 0, device);
  const context = pointer[0] ?? 0n;
  try {
    return openIn(driver, context, device, libraries, patience);
  } catch (error) {
    closeContext(driver, context);
    throw error;
  }
}

/** All that was allocated goes with it; errors of a broken one are of no use to anybody. */
function closeContext(driver: Driver, context: bigint): void {
  try {
    driver.cuCtxDestroy_v2(context);
  } catch {}
}

function openIn(driver: Driver, context: bigint, device: number, libraries: Libraries, patience: Seconds): CudaGpu {
  const pointer = new BigUint64Array(2);
  const integer = new Int32Array(1);
  const number = (which: number): number => {
    driver.cuDeviceGetAttribute(integer, which, device);
    return integer[0] ?? 0;
  };
  const stream = (): bigint => {
    driver.cuStreamCreate(pointer, 1); // CU_STREAM_NON_BLOCKING: the default stream waits for nobody
    return pointer[0] ?? 0n;
  };
  const compute = stream();
  const copy = stream();
  driver.cuDeviceTotalMem_v2(pointer, device);
  const facts: DeviceFacts = {
    computeCapability: 10 * number(attribute.computeMajor) + number(attribute.computeMinor),
    multiprocessors: number(attribute.multiprocessors),
    threadsPerMultiprocessor: number(attribute.threadsPerMultiprocessor),
    sharedBytesPerMultiprocessor: number(attribute.sharedBytesPerMultiprocessor),
    sharedBytesPerBlock: number(attribute.sharedBytesPerBlock),
    l2Bytes: number(attribute.l2Bytes),
    memoryBytes: Number(pointer[0]),
    clockKilohertz: number(attribute.clockKilohertz),
  };

  const free = (buffer: bigint): void => driver.cuMemFree_v2(buffer);
  const residents = openResidents(free);
  const stored = new Map<number, bigint[]>();
  let storedBytes = 0;
  const emptyStore = (): boolean => {
    const any = storedBytes > 0;
    for (const buffers of stored.values()) for (const buffer of buffers) free(buffer);
    stored.clear();
    storedBytes = 0;
    return any;
  };
  const allocate = (bytes: number): bigint => {
    for (;;)
      try {
        driver.cuMemAlloc_v2(pointer, Math.max(1, bytes));
        return pointer[0] ?? 0n;
      } catch (error) {
        if (!(error instanceof BioXenError) || error.code !== "OUT_OF_MEMORY") throw error;
        if (!emptyStore() && !residents.evict()) {
          driver.cuMemGetInfo_v2(pointer, pointer.subarray(1));
          const text = `${bytes} bytes of device memory; ${pointer[0]} of ${pointer[1]} are free`;
          throw new BioXenError("OUT_OF_MEMORY", `${text}; ${error.message}`, { cause: error });
        }
      }
  };

  let stuck = false;
  const functions = new Map<string, CudaFunction>();
  const find = (key: string, name: string, ptx: () => string): CudaFunction => {
    const known = functions.get(`${key} ${name}`);
    if (known !== undefined) return known;
    const module = loadModule(key, ptx);
    driver.cuModuleGetFunction(pointer, module, name);
    const handle = pointer[0] ?? 0n;
    const found: CudaFunction = {
      handle,
      name,
      // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
      allowShared: (bytes) => driver.cuFuncSetAttribute(handle, 8, bytes),
      blocksPerMultiprocessor: (threads, sharedBytes) => {
        driver.cuOccupancyMaxActiveBlocksPerMultiprocessor(integer, handle, threads, sharedBytes);
        return integer[0] ?? 0;
      },
    };
    functions.set(`${key} ${name}`, found);
    return found;
  };
  const byKey = new Map<string, bigint>();
  const loadModule = (key: string, ptx: () => string): bigint => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const log = Buffer.alloc(2 ** 13);
    try {
      // CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
      driver.cuModuleLoadDataEx(
        pointer,
        Buffer.from(`${ptx()}\0`),
        2,
        Int32Array.of(5, 6),
        BigUint64Array.of(staging.addressOf(log), BigInt(log.length)),
      );
    } catch (error) {
      if (!(error instanceof BioXenError)) throw error;
      const said = log.toString("latin1").replace(/\0.*$/s, "").trim();
      throw new BioXenError(error.code, `${key}: ${error.message}${said === "" ? "" : `: ${said}`}`, { cause: error });
    }
    const module = pointer[0] ?? 0n;
    byKey.set(key, module);
    return module;
  };
  const staging = openStaging(driver, copy);

  return {
    driver,
    libraries,
    facts,
    compute,
    copy,
    staging,
    residents,
    kernel: (module, name) => find(module, name, () => ptxFor(module, facts.computeCapability)),
    generated: find,
    allocate: (bytes) => {
      const buffer = allocate(bytes);
      residents.made(buffer);
      return buffer;
    },
    free,
    borrow: (bytes) => {
      const size = Math.max(leastBuffer, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
      // large ones as they are: doubling them could take what others need
      const exact = size > 2 ** 28 ? Math.ceil(bytes / 2 ** 21) * 2 ** 21 : size;
      const at = stored.get(exact)?.pop();
      if (at === undefined) return { at: allocate(exact), bytes: exact };
      storedBytes -= exact;
      return { at, bytes: exact };
    },
    giveBack: ({ at, bytes }) => {
      if (storedBytes + bytes > mostStored) return free(at);
      stored.set(bytes, [...(stored.get(bytes) ?? []), at]);
      storedBytes += bytes;
    },
    patience,
    isStuck: () => stuck,
    giveUp: () => {
      stuck = true;
    },
    close: () => {
      // the driver would wait for what never ends, and this thread with it
      if (!stuck) closeContext(driver, context);
    },
  };
}
