import { BioXenError } from "../../src/contract/index.ts";

/** The error of a caller who gave up. */
export function aborted(what: string, signal: AbortSignal): BioXenError {
  return new BioXenError("ABORTED", `${what} was aborted`, { cause: signal.reason });
}

/** Tells an error of WebGPU as a BioXenError; the classes are those of the library, known by their names. */
export function failed(what: string, error: unknown): BioXenError {
  if (error instanceof BioXenError) return error;
  const text = (error instanceof Error || hasMessage(error) ? error.message : String(error)).split("\n")[0] ?? "";
  const memory = error?.constructor.name === "GPUOutOfMemoryError" || /out.of.(device.|host.)?memory/i.test(text);
  return new BioXenError(memory ? "OUT_OF_MEMORY" : "KERNEL_FAILED", `${what}: ${text}`, { cause: error });
}

function hasMessage(error: unknown): error is { readonly message: string } {
  return typeof error === "object" && error !== null && "message" in error && typeof error.message === "string";
}
