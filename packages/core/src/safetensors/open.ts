import { LookupFfnError } from '../errors.js';
import { LFS_PREFIX_BYTES, refuseLfsPointer } from '../files/git-lfs.js';
import { dtypeEntry, type TensorData, type TensorDtype } from './dtypes.js';
import { bf16ToFloat32, f16ToFloat32 } from './half.js';
import { corrupt, parseHeader, parseHeaderLength, type TensorEntry } from './header.js';
import type { ByteSource } from './source.js';

export interface TensorInfo {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

/** One tensor, row-major. F16, BF16 and the 8-bit floats are raw bits. */
export interface Tensor extends TensorInfo {
  readonly name: string;
  readonly data: TensorData;
}

/** An opened file: its header is read and checked, tensors are read when asked for. */
export interface SafetensorsFile {
  /** The source's name, for messages. */
  readonly name: string;
  /** Tensor names by place in the file. */
  readonly names: readonly string[];
  /** `__metadata__`, `{}` when absent. */
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** Throws `TENSOR_MISSING`. */
  info(name: string): TensorInfo;
  /** Throws `TENSOR_MISSING`, or `FILE_CORRUPT` when the file has become shorter. */
  read(name: string): Promise<Tensor>;
  /**
   * F64, F32, F16 and BF16 as float32. Throws `TENSOR_MISMATCH` for another dtype or, when a shape is given, for
   * another shape.
   */
  readFloat32(name: string, expected?: { readonly shape?: readonly number[] }): Promise<Float32Array>;
}

async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.byteLength !== length) {
    throw corrupt(source.name, `it ends after ${offset + bytes.byteLength} of ${source.size} bytes`);
  }
  return bytes;
}

/** Elements are little-endian in the file, as they are on every platform that Node and browsers run on today. */
function toTensorData(bytes: Uint8Array, entry: TensorEntry): TensorData {
  const { bytes: elementBytes, array } = dtypeEntry(entry.dtype);
  const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : bytes.slice();
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / elementBytes);
}

function toFloat32(data: TensorData, dtype: TensorDtype): Float32Array | undefined {
  switch (dtype) {
    case 'F32':
      return data as Float32Array;
    case 'F64':
      return Float32Array.from(data as Float64Array);
    case 'F16':
      return f16ToFloat32(data as Uint16Array);
    case 'BF16':
      return bf16ToFloat32(data as Uint16Array);
    default:
      return undefined;
  }
}

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** Reads and checks a header. Throws `FILE_CORRUPT`, or what the source throws. */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const file = source.name;
  const start = await source.read(0, Math.min(LFS_PREFIX_BYTES, source.size));
  refuseLfsPointer(file, start);
  const headerBytes = parseHeaderLength(file, start, source.size);
  const dataStart = 8 + headerBytes;
  const header = parseHeader(file, await readExactly(source, 8, headerBytes), source.size - dataStart);

  const find = (name: string): TensorEntry => {
    const entry = header.tensors.get(name);
    if (entry) return entry;
    const names = [...header.tensors.keys()];
    const shown = names.length > 12 ? `${names.slice(0, 12).join(', ')}, ...` : names.join(', ');
    throw new LookupFfnError(
      'TENSOR_MISSING',
      `${file} has no tensor '${name}'. It has ${names.length}: ${shown || 'none'}.`,
      { file, tensor: name },
    );
  };
  const read = async (name: string): Promise<Tensor> => {
    const entry = find(name);
    const bytes = await readExactly(source, dataStart + entry.begin, entry.end - entry.begin);
    return { name, dtype: entry.dtype, shape: entry.shape, data: toTensorData(bytes, entry) };
  };

  return {
    name: file,
    names: [...header.tensors.keys()],
    metadata: header.metadata,
    has: (name) => header.tensors.has(name),
    info(name) {
      const { dtype, shape } = find(name);
      return { dtype, shape };
    },
    read,
    async readFloat32(name, expected = {}) {
      const { dtype, shape } = find(name);
      const mismatch = (what: string) =>
        new LookupFfnError('TENSOR_MISMATCH', `${file}: tensor '${name}' ${what}.`, {
          file,
          tensor: name,
          dtype,
          shape,
          expected: expected.shape,
        });
      // Before reading, for a wrong tensor may be large.
      if (!['F64', 'F32', 'F16', 'BF16'].includes(dtype)) {
        throw mismatch(`is ${dtype}; F64, F32, F16 or BF16 is needed`);
      }
      if (expected.shape && !sameShape(shape, expected.shape)) {
        throw mismatch(`has shape [${shape}]; the model's configuration asks for [${expected.shape}]`);
      }
      return toFloat32((await read(name)).data, dtype)!;
    },
  };
}
