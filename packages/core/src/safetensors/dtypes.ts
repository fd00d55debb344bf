/**
 * Element types of a safetensors file, in the order of the format's own list, which is by rising alignment: a
 * writer sorts tensors by it, last first. F16, BF16 and the 8-bit floats come as raw bits, BOOL as bytes 0 and 1.
 */
const table = {
  BOOL: { bytes: 1, array: Uint8Array },
  U8: { bytes: 1, array: Uint8Array },
  I8: { bytes: 1, array: Int8Array },
  F8_E5M2: { bytes: 1, array: Uint8Array },
  F8_E4M3: { bytes: 1, array: Uint8Array },
  I16: { bytes: 2, array: Int16Array },
  U16: { bytes: 2, array: Uint16Array },
  F16: { bytes: 2, array: Uint16Array },
  BF16: { bytes: 2, array: Uint16Array },
  I32: { bytes: 4, array: Int32Array },
  U32: { bytes: 4, array: Uint32Array },
  F32: { bytes: 4, array: Float32Array },
  F64: { bytes: 8, array: Float64Array },
  I64: { bytes: 8, array: BigInt64Array },
  U64: { bytes: 8, array: BigUint64Array },
} as const;

export type TensorDtype = keyof typeof table;

export type TensorData =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface TensorArray {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
  readonly name: string;
}

interface DtypeEntry {
  /** Bytes of one element. */
  readonly bytes: number;
  /** The typed array that holds its elements. */
  readonly array: TensorArray;
}

export const tensorDtypes = Object.keys(table) as TensorDtype[];

const order = new Map(tensorDtypes.map((dtype, index) => [dtype, index]));

export function isTensorDtype(value: unknown): value is TensorDtype {
  return typeof value === 'string' && order.has(value as TensorDtype);
}

export function dtypeEntry(dtype: TensorDtype): DtypeEntry {
  return table[dtype];
}

/** Place of a dtype in the format's list. */
export function dtypeRank(dtype: TensorDtype): number {
  return order.get(dtype)!;
}
