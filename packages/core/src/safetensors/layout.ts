import { LookupFfnError } from '../errors.js';
import { dtypeEntry, dtypeRank, isTensorDtype, type TensorData, type TensorDtype } from './dtypes.js';
import { countElements, MAX_HEADER_BYTES } from './header.js';

/** A tensor to write. `data` may be a function, called when its turn comes, so that one is in memory at a time. */
export interface TensorToWrite<T = TensorData | (() => TensorData | Promise<TensorData>)> {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly data: T;
}

export interface SafetensorsLayout<T> {
  /** The length prefix and the JSON header, padded with spaces to a multiple of 8 bytes. */
  readonly header: Uint8Array;
  /** In the order of the file. */
  readonly tensors: readonly TensorToWrite<T>[];
  readonly dataBytes: number;
}

function refuse(what: string, details: Record<string, unknown>): never {
  throw new LookupFfnError('INVALID_ARGUMENT', `Cannot write safetensors: ${what}.`, details);
}

function byteLength({ name, dtype, shape }: TensorToWrite<unknown>): number {
  if (!isTensorDtype(dtype)) refuse(`tensor '${name}' has the unknown dtype '${dtype}'`, { tensor: name });
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    refuse(`tensor '${name}' has the shape [${shape}]`, { tensor: name, shape });
  }
  const bytes = countElements(shape) * dtypeEntry(dtype).bytes;
  if (!Number.isSafeInteger(bytes)) refuse(`tensor '${name}' is too large: [${shape}]`, { tensor: name });
  return bytes;
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') refuse(`metadata '${key}' is not a string`, { key });
  }
}

/**
 * Lays a file out as the reference implementation does: tensors by dtype, widest alignment first, then by name, so
 * that every one starts aligned and equal input gives equal bytes. Throws `INVALID_ARGUMENT`.
 */
export function layoutSafetensors<T>(
  tensors: Iterable<TensorToWrite<T>>,
  metadata: Readonly<Record<string, string>> = {},
): SafetensorsLayout<T> {
  checkMetadata(metadata);
  const sorted = [...tensors];
  const names = new Set<string>();
  for (const { name } of sorted) {
    if (typeof name !== 'string' || name === '__metadata__') refuse(`'${name}' cannot name a tensor`, {});
    if (names.has(name)) refuse(`there are two tensors '${name}'`, { tensor: name });
    names.add(name);
  }
  const sizes = new Map(sorted.map((tensor) => [tensor, byteLength(tensor)]));
  sorted.sort((a, b) => dtypeRank(b.dtype) - dtypeRank(a.dtype) || (a.name < b.name ? -1 : 1));

  // Joined by hand: an object would move names like '0' to the front.
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let end = 0;
  for (const tensor of sorted) {
    const begin = end;
    end += sizes.get(tensor)!;
    const entry = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(tensor.name)}:${JSON.stringify(entry)}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const padded = Math.ceil(json.byteLength / 8) * 8;
  if (padded > MAX_HEADER_BYTES) refuse(`the header would take ${padded} bytes`, { bytes: padded });
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return { header, tensors: sorted, dataBytes: end };
}

/** The bytes of a tensor's data, checked against its dtype and shape. Throws `INVALID_ARGUMENT`. */
export function tensorBytes(tensor: TensorToWrite<unknown>, data: TensorData): Uint8Array {
  const { array } = dtypeEntry(tensor.dtype);
  const { name, shape, dtype } = tensor;
  // By tag and not instanceof, for arrays of another realm (a test runner's, a worker's) are as good.
  if (Object.prototype.toString.call(data) !== `[object ${array.name}]`) {
    refuse(`tensor '${name}' is ${dtype}, its data must be a ${array.name}`, { tensor: name, dtype });
  }
  if (data.length !== countElements(shape)) {
    refuse(
      `tensor '${name}' has ${data.length} elements, its shape [${shape}] needs ${countElements(shape)}`,
      {
        tensor: name,
      },
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A whole file in memory. Throws `INVALID_ARGUMENT`. */
export function serializeSafetensors(
  tensors: Iterable<TensorToWrite<TensorData | (() => TensorData)>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const layout = layoutSafetensors(tensors, metadata);
  const result = new Uint8Array(layout.header.byteLength + layout.dataBytes);
  result.set(layout.header);
  let offset = layout.header.byteLength;
  for (const tensor of layout.tensors) {
    const bytes = tensorBytes(tensor, typeof tensor.data === 'function' ? tensor.data() : tensor.data);
    result.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return result;
}
