// Asks the driver for its GPUs, in a process of its own: `argv` = the driver's library, NVML's.
import { BioXenError } from "../../src/contract/index.ts";
import { openNvml } from "../../src/host/nvml.ts";
import { attribute, openDriver } from "./driver.ts";

/** One GPU, as the probe sends it back. */
export interface FoundGpu {
  readonly name: string;
  readonly pci: string;
  readonly memoryBytes: number;
  readonly computeCapability: number;
  readonly multiprocessors: number;
  readonly mig: boolean | null;
  readonly ecc: boolean | null;
  /** CU_COMPUTEMODE: 2 is prohibited, 3 exclusive to one process. */
  readonly computeMode: number;
}

/** What the probe sends back. */
export interface DriverAnswer {
  readonly gpus: readonly FoundGpu[];
  /** CUDA version of the driver: 12080 for 12.8. */
  readonly cuda: number;
  readonly driverVersion: string | null;
  /** Why there are no GPUs. */
  readonly reason: string | null;
  /** true where the driver is there and fails, false where there is nothing to drive. */
  readonly broken: boolean;
}

const [cuda = "", nvml = ""] = process.argv.slice(2);
/** CUDA_ERROR_NO_DEVICE; stub library */
const nothingThere = new Set([100, 34]);

function ask(): DriverAnswer {
  const none = { gpus: [], cuda: 0, driverVersion: null };
  const missing = "NVIDIA's driver brings it, and into a container `--gpus all` does";
  let driver: ReturnType<typeof openDriver>;
  const integer = new Int32Array(1);
  try {
    driver = openDriver(cuda);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // one that is there and does not load, or lacks functions, is a driver that is broken or too old
    const isMissing = /no such file/i.test(reason);
    return { ...none, reason: isMissing ? `no CUDA driver: ${reason}; ${missing}` : reason, broken: !isMissing };
  }
  try {
    driver.cuDriverGetVersion(integer);
    const version = integer[0] ?? 0;
    driver.cuInit(0);
    driver.cuDeviceGetCount(integer);
    const count = integer[0] ?? 0;
    const reason = count === 0 ? "the driver sees no GPU: nvidia-smi -L, and CUDA_VISIBLE_DEVICES" : null;
    let driverVersion: string | null = null;
    const gpus = Array.from({ length: count }, (_, ordinal): FoundGpu => {
      driver.cuDeviceGet(integer, ordinal);
      const device = integer[0] ?? 0;
      const number = (which: number): number => {
        driver.cuDeviceGetAttribute(integer, which, device);
        return integer[0] ?? 0;
      };
      const text = Buffer.alloc(256);
      const words = (): string => text.toString("latin1").replace(/\0.*$/s, "");
      driver.cuDeviceGetName(text, text.length, device);
      const name = words();
      text.fill(0);
      driver.cuDeviceGetPCIBusId(text, text.length, device);
      const pci = words();
      const bytes = new BigUint64Array(1);
      driver.cuDeviceTotalMem_v2(bytes, device);
      const management = openNvml(nvml, pci);
      driverVersion ??= management?.driverVersion() ?? null;
      return {
        name,
        pci,
        memoryBytes: Number(bytes[0]),
        computeCapability: 10 * number(attribute.computeMajor) + number(attribute.computeMinor),
        multiprocessors: number(attribute.multiprocessors),
        mig: management?.mig() ?? null,
        ecc: management?.ecc() ?? number(attribute.eccEnabled) === 1,
        computeMode: number(attribute.computeMode),
      };
    });
    return { gpus, cuda: version, driverVersion, reason, broken: false };
  } catch (error) {
    if (!(error instanceof BioXenError)) throw error;
    return { ...none, reason: error.message, broken: !nothingThere.has(Number(error.context["status"])) };
  }
}

process.send?.(ask());
