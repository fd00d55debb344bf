import { LookupFfnError } from '../errors.js';
import { dtypeEntry, isTensorDtype, type TensorDtype, tensorDtypes } from './dtypes.js';

/** Where one tensor is, as checked: `end - begin` is the product of its shape times the bytes of its dtype. */
export interface TensorEntry {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Bytes from the start of the data part. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** By place in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit. */
export const MAX_HEADER_BYTES = 100_000_000;

export function corrupt(file: string, what: string, details: Record<string, unknown> = {}): LookupFfnError {
  return new LookupFfnError(
    'FILE_CORRUPT',
    `${file} is not a sound safetensors file: ${what}. Make or download it again.`,
    { file, ...details },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For text that JSON.parse takes, which keeps the last of two equal keys in silence; a header may not have any. */
function findDuplicateKey(text: string): string | undefined {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;
  const open: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (const [match] of text.matchAll(token)) {
    if (match === '{') open.push(new Set());
    else if (match === '[') open.push(undefined);
    else if (match === '}' || match === ']') open.pop();
    else if (match === ':') {
      const key = JSON.parse(lastString) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    } else lastString = match;
  }
  return undefined;
}

function parseJson(file: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw corrupt(file, `its header is not JSON (${(error as Error).message})`);
  }
  if (!isObject(value)) throw corrupt(file, 'its header is not a JSON object');
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) {
    throw corrupt(file, `its header has the key '${duplicate}' twice`, { tensor: duplicate });
  }
  return value;
}

/** A value as the header has it, for messages; one nested too deeply for the stack is only named. */
function show(value: unknown): string {
  try {
    return String(JSON.stringify(value)).slice(0, 100);
  } catch {
    return typeof value;
  }
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) throw corrupt(file, '__metadata__ is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw corrupt(file, `__metadata__.${key} is not a string`, { key });
  }
  return value as Record<string, string>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Elements of a shape, or NaN when that overflows. */
export function countElements(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(count) ? count : Number.NaN;
}

function parseEntry(file: string, tensor: string, value: unknown, dataBytes: number): TensorEntry {
  const fail = (what: string) => corrupt(file, `tensor '${tensor}' ${what}`, { tensor });
  if (!isObject(value)) throw fail('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isTensorDtype(dtype)) {
    throw fail(`has the unknown dtype ${show(dtype)}; known: ${tensorDtypes.join(', ')}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw fail(`has the shape ${show(shape)}; sizes are whole numbers of at least 0`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw fail(`has the data_offsets ${show(offsets)}; two whole numbers are needed`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw fail(`lies at bytes ${begin} to ${end}, outside of the ${dataBytes} bytes of data`);
  }
  const bytes = countElements(shape) * dtypeEntry(dtype).bytes;
  if (!Number.isSafeInteger(bytes)) throw fail(`has the shape [${shape.slice(0, 16)}], which overflows`);
  if (bytes !== end - begin) {
    throw fail(`holds ${end - begin} bytes, but ${dtype} of shape [${shape.slice(0, 16)}] needs ${bytes}`);
  }
  return { dtype, shape, begin, end };
}

/** The format allows no gap and no overlap: every byte of data belongs to one tensor. */
function checkCover(file: string, sorted: [string, TensorEntry][], dataBytes: number): void {
  let previous = 0;
  let before = '';
  for (const [tensor, { begin, end }] of sorted) {
    if (begin < previous) throw corrupt(file, `tensors '${before}' and '${tensor}' overlap`, { tensor });
    if (begin > previous) {
      throw corrupt(file, `${begin - previous} bytes before tensor '${tensor}' belong to none`, { tensor });
    }
    previous = end;
    before = tensor;
  }
  if (previous !== dataBytes) {
    throw corrupt(file, `${dataBytes - previous} bytes after the last tensor belong to none`);
  }
}

/** Checks the header length (the first 8 bytes) against the limit and the file; returns it. */
export function parseHeaderLength(file: string, first: Uint8Array, fileBytes: number): number {
  if (first.byteLength < 8) throw corrupt(file, `it has ${fileBytes} bytes; a header alone takes more`);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw corrupt(file, `its header claims ${length} bytes; the format allows ${MAX_HEADER_BYTES}`);
  }
  if (Number(length) > fileBytes - 8) {
    throw corrupt(file, `its header claims ${length} bytes, but only ${fileBytes - 8} follow`);
  }
  return Number(length);
}

/** Parses and checks the JSON header; `dataBytes` is what follows it. Throws `FILE_CORRUPT` and nothing else. */
export function parseHeader(file: string, bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const { __metadata__: metadata, ...tensors } = parseJson(file, bytes);
  const entries = Object.entries(tensors).map(
    ([name, value]) => [name, parseEntry(file, name, value, dataBytes)] as [string, TensorEntry],
  );
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkCover(file, entries, dataBytes);
  return { tensors: new Map(entries), metadata: parseMetadata(file, metadata) };
}
