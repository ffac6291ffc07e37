import { readFileSync } from "node:fs";
import { BioXenError } from "../../src/contract/index.ts";

const page = 65_536;

/** One WebAssembly instance over a memory that the host lays out; it grows and never shrinks. */
export interface WasmInstance<Exports> {
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
  /** @throws BioXenError `OUT_OF_MEMORY` where the memory cannot grow to this size. */
  readonly reserve: (bytes: number) => void;
}

const modules = new Map<string, WebAssembly.Module>();

/** Instantiates `<name>.wasm` beside this file, compiled once a thread. */
export function instantiate<Exports>(name: string): WasmInstance<Exports> {
  const compiled =
    modules.get(name) ?? new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)));
  modules.set(name, compiled);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: page });
  const abort = (): never => {
    throw new BioXenError("KERNEL_FAILED", `${name}.wasm aborted`);
  };
  const instance = new WebAssembly.Instance(compiled, { env: { memory, abort } });
  return {
    // sound as long as the named assembly source exports these functions, which each kernel's tests run
    exports: instance.exports as unknown as Exports,
    memory,
    reserve: (bytes) => {
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / page);
      if (missing <= 0) return;
      try {
        memory.grow(missing);
      } catch (cause) {
        throw new BioXenError("OUT_OF_MEMORY", `${name} needs ${bytes} bytes of WebAssembly memory`, { cause });
      }
    },
  };
}

/** Rounds up to a multiple of 64, a cache line. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
