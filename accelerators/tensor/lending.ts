/** Memory of one run: what is lent is good until its end. */
export interface Lending {
  /** The array in a form that is quick to send. */
  readonly lend: <T extends Float32Array | Uint8Array>(array: T) => T;
}

/** The least address that any typed array may start at. */
const alignment = 8;
/** Shared memory kept between runs: fresh pages cost more than the copy. Two matrices of 2,896 x 2,896. */
const mostKept = 64 * 2 ** 20;

/**
 * Lends to a worker thread of one run at a time: shared arrays as they are, others copied once, into shared memory
 * that is used again (a message would copy them twice). Call it once a run.
 */
export function lendToThread(): () => Lending {
  let kept = new SharedArrayBuffer(0);
  let wanted = 0;
  const place = (bytes: number): [SharedArrayBuffer, number] => {
    const at = wanted;
    wanted += Math.ceil(bytes / alignment) * alignment;
    return wanted <= kept.byteLength ? [kept, at] : [new SharedArrayBuffer(bytes), 0];
  };
  const lending: Lending = {
    lend: <T extends Float32Array | Uint8Array>(array: T): T => {
      if (array.buffer instanceof SharedArrayBuffer) return array;
      const copy =
        array instanceof Float32Array
          ? new Float32Array(...place(array.byteLength), array.length)
          : new Uint8Array(...place(array.byteLength), array.length);
      copy.set(array);
      return copy as T;
    },
  };
  return () => {
    // as much as the last run needed, so that the first of many like it is the only one that allocates
    if (wanted > kept.byteLength && wanted <= mostKept) kept = new SharedArrayBuffer(wanted);
    wanted = 0;
    return lending;
  };
}

/** For another process: a message copies whatever it is given, but refuses shared memory. */
export const lendToProcess: Lending = {
  lend: <T extends Float32Array | Uint8Array>(array: T): T =>
    array.buffer instanceof SharedArrayBuffer ? (array.slice() as T) : array,
};
