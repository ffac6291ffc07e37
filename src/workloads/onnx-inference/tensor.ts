/** Typed array that holds the values of each ONNX element type; bool is one byte a value, float16 its bit pattern. */
export interface OnnxArrays {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly float16: Uint16Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly uint16: Uint16Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly bool: Uint8Array;
}

export type OnnxType = keyof OnnxArrays;

/** A dense tensor, row-major; a scalar has no dims. */
export type OnnxTensor = {
  readonly [T in OnnxType]: { readonly type: T; readonly dims: readonly number[]; readonly data: OnnxArrays[T] };
}[OnnxType];

interface ArrayConstructor<T extends OnnxType> {
  new (length: number): OnnxArrays[T];
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
}

/** Constructor of the typed array of each element type; strings, complex and 4-bit types are not among them. */
export const onnxArrays: { readonly [T in OnnxType]: ArrayConstructor<T> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** Values in a tensor of this shape: 1 for a scalar. */
export function valueCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
