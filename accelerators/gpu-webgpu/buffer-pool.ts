/** What a buffer may be used for: WebGPU wants a buffer that the host reads to be good for nothing else. */
export type BufferKind = "storage" | "uniform" | "readback";

/** Buffers that are used again: making one costs more than most small runs. */
export interface BufferPool {
  readonly take: (bytes: number, kind: BufferKind) => GPUBuffer;
  readonly give: (buffer: GPUBuffer) => void;
  readonly destroy: () => void;
}

/** Memory that may lie idle; what is given back beyond it is destroyed. */
const mostIdleBytes = 2 ** 28;
/** Idle buffers that are worth a search. */
const mostIdle = 64;
/** The least that WebGPU lets be bound to a uniform or storage array of ours, and a round number. */
const leastBytes = 256;

export function openPool(create: (bytes: number, kind: BufferKind) => GPUBuffer): BufferPool {
  const idle: { readonly buffer: GPUBuffer; readonly kind: BufferKind }[] = [];
  const kinds = new WeakMap<GPUBuffer, BufferKind>();
  let idleBytes = 0;
  return {
    take: (bytes, kind) => {
      // the smallest that fits, unless most of it would lie waste
      let best = -1;
      for (const [at, { buffer, kind: of }] of idle.entries())
        if (of === kind && buffer.size >= bytes && buffer.size <= Math.max(2 * bytes, 2 ** 16))
          if (best < 0 || buffer.size < (idle[best]?.buffer.size ?? 0)) best = at;
      const [found] = best < 0 ? [] : idle.splice(best, 1);
      if (found !== undefined) {
        idleBytes -= found.buffer.size;
        return found.buffer;
      }
      const made = create(Math.max(leastBytes, Math.ceil(bytes / 256) * 256), kind);
      kinds.set(made, kind);
      return made;
    },
    give: (buffer) => {
      const kind = kinds.get(buffer);
      if (kind === undefined) return;
      idle.push({ buffer, kind });
      idleBytes += buffer.size;
      // longest unused first
      while (idleBytes > mostIdleBytes || idle.length > mostIdle) {
        const oldest = idle.shift();
        if (oldest === undefined) break;
        idleBytes -= oldest.buffer.size;
        oldest.buffer.destroy();
      }
    },
    destroy: () => {
      for (const { buffer } of idle.splice(0)) buffer.destroy();
      idleBytes = 0;
    },
  };
}
