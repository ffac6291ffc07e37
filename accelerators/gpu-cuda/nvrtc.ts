import koffi from "koffi";
import { BioXenError } from "../../src/contract/index.ts";
import type { CudaGpu } from "./gpu.ts";

/** NVIDIA's compiler for code made at run time. */
export interface Nvrtc {
  /**
   * CUDA C++ to PTX for the GPU at hand. Kept nowhere: `CudaGpu.generated` keeps what the driver made of it.
   * @throws BioXenError `KERNEL_FAILED` with what the compiler says, `OUT_OF_MEMORY`.
   */
  readonly compile: (name: string, source: string) => string;
}

const opened = new WeakMap<CudaGpu, Nvrtc | null>();

/** NVRTC where one of its libraries loads here and knows the GPU, else null. */
export function nvrtcOf(gpu: CudaGpu): Nvrtc | null {
  const known = opened.get(gpu);
  if (known !== undefined) return known;
  const made = openNvrtc(gpu);
  opened.set(gpu, made);
  return made;
}

/** nvrtcResult: no memory left, and what the source is to blame for. */
const outOfMemory = 1;
const compilation = 6;

function openNvrtc({ libraries, facts }: CudaGpu): Nvrtc | null {
  const library = load(libraries.nvrtc);
  if (library === null) return null;
  let calls: Record<keyof typeof signatures, (...args: unknown[]) => number>;
  try {
    calls = Object.fromEntries(
      Object.entries(signatures).map(([name, parameters]) => [name, library.func(`int ${name}(${parameters})`)]),
    ) as unknown as typeof calls;
  } catch {
    // older than 11.2, the first that says which GPUs it knows
    return null;
  }
  const errorText = library.func("const char *nvrtcGetErrorString(int)");
  const failure = (call: string, status: number, log = ""): BioXenError =>
    new BioXenError(
      status === outOfMemory ? "OUT_OF_MEMORY" : "KERNEL_FAILED",
      `${call} gave ${errorText(status)} (${status})${log === "" ? "" : `: ${log}`}`,
      { context: { nvrtc: String(errorText(status)), status } },
    );
  const check = (call: keyof typeof signatures, ...args: unknown[]): void => {
    const status = calls[call](...args);
    if (status !== 0) throw failure(call, status);
  };
  const text = (sizeOf: keyof typeof signatures, get: keyof typeof signatures, program: bigint): string => {
    const size = new BigUint64Array(1);
    check(sizeOf, program, size);
    const bytes = Buffer.alloc(Number(size[0]));
    check(get, program, bytes);
    return bytes.toString("latin1").replace(/\0.*$/s, "");
  };
  const count = new Int32Array(1);
  check("nvrtcGetNumSupportedArchs", count);
  const architectures = new Int32Array(count[0] ?? 0);
  check("nvrtcGetSupportedArchs", architectures);
  const known = architectures.filter((one) => one <= facts.computeCapability);
  if (known.length === 0) return null;
  const options = [`--gpu-architecture=compute_${Math.max(...known)}`, "--std=c++17"];
  return {
    compile: (name, source) => {
      const pointer = new BigUint64Array(1);
      check("nvrtcCreateProgram", pointer, source, name, 0, null, null);
      const program = pointer[0] ?? 0n;
      try {
        const status = calls.nvrtcCompileProgram(program, options.length, options);
        if (status !== 0) {
          const log = status === compilation ? text("nvrtcGetProgramLogSize", "nvrtcGetProgramLog", program) : "";
          throw failure("nvrtcCompileProgram", status, log.trim());
        }
        return text("nvrtcGetPTXSize", "nvrtcGetPTX", program);
      } finally {
        calls.nvrtcDestroyProgram(pointer);
      }
    },
  };
}

/** The part of NVRTC that is used, as nvrtc.h declares it. */
const signatures = {
  nvrtcGetNumSupportedArchs: "void *",
  nvrtcGetSupportedArchs: "void *",
  nvrtcCreateProgram: "void *, const char *, const char *, int, void *, void *",
  nvrtcCompileProgram: "void *, int, const char **",
  nvrtcGetPTXSize: "void *, void *",
  nvrtcGetPTX: "void *, void *",
  nvrtcGetProgramLogSize: "void *, void *",
  nvrtcGetProgramLog: "void *, void *",
  nvrtcDestroyProgram: "void *",
} as const;

function load(names: readonly string[]): ReturnType<typeof koffi.load> | null {
  for (const name of names)
    try {
      return koffi.load(name);
    } catch {
      // not on this host
    }
  return null;
}
