import { crc32 } from 'node:zlib';
import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';

/** `LFFNPACK`, version, bytes of the JSON, its CRC-32, zero; all little-endian; the JSON follows. */
export const PREAMBLE_BYTES = 24;
/** Where sections may begin: pages of every common system, so that a mapped section is whole pages. */
export const SECTION_ALIGNMENT = 4096;
const MAGIC = 'LFFNPACK';
const VERSION = 1;
const MAX_HEADER_BYTES = 16 << 20;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const checksum = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/));
const place = { name: v.string(), offset: whole, bytes: whole, crc32: checksum };

const sectionSchema = v.variant('kind', [
  v.object({ ...place, kind: v.literal('tensor') }),
  v.object({
    ...place,
    kind: v.literal('lookup'),
    dtype: v.string(),
    projectionDtype: v.optional(v.picklist(['f32', 'bf16'])),
    skipDtype: v.optional(v.picklist(['f32', 'int8'])),
  }),
  v.object({
    ...place,
    kind: v.literal('linear'),
    dtype: v.string(),
    activation: v.picklist(['none', 'gelu']),
  }),
]);

const headerSchema = v.object({
  /** The backend's name for how modules are packed. */
  layout: v.string(),
  /** As in config.json. */
  config: v.record(v.string(), v.unknown()),
  precision: v.object({
    linearDtype: v.optional(v.picklist(['f32', 'int8'])),
    tableDtype: v.optional(v.picklist(['f32', 'bf16', 'f16', 'int8', 'int4'])),
    projectionDtype: v.optional(v.picklist(['f32', 'bf16'])),
  }),
  /** The checkpoint it was made from, in the same folder. */
  source: v.object({ file: v.string(), bytes: whole }),
  fileBytes: whole,
  sections: v.array(sectionSchema),
});

export type PackedHeader = v.InferOutput<typeof headerSchema>;
export type PackedSection = PackedHeader['sections'][number];

export const hex = (sum: number): string => sum.toString(16).padStart(8, '0');
export const alignSection = (offset: number): number =>
  Math.ceil(offset / SECTION_ALIGNMENT) * SECTION_ALIGNMENT;

export function corrupt(file: string, what: string): LookupFfnError {
  return new LookupFfnError(
    'FILE_CORRUPT',
    `${file} is no whole packed model: ${what}. Make it again with \`lookupffn pack\`.`,
    { file },
  );
}

export function encodeHeader(header: PackedHeader): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(PREAMBLE_BYTES + json.byteLength);
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, json.byteLength, true);
  view.setUint32(16, crc32(json), true);
  bytes.set(json, PREAMBLE_BYTES);
  return bytes;
}

/** Bytes of the whole header, from a file's first `PREAMBLE_BYTES`. Throws `FILE_CORRUPT`. */
export function headerLength(file: string, start: Uint8Array): number {
  if (start.byteLength < PREAMBLE_BYTES) throw corrupt(file, `it has only ${start.byteLength} bytes`);
  if (new TextDecoder().decode(start.subarray(0, 8)) !== MAGIC) {
    throw corrupt(
      file,
      'it does not begin as one. Give a model folder, or a file that `lookupffn pack` made',
    );
  }
  const view = new DataView(start.buffer, start.byteOffset);
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw corrupt(file, `it is of format ${version}; this release reads ${VERSION}`);
  const json = view.getUint32(12, true);
  if (json > MAX_HEADER_BYTES) throw corrupt(file, `its header would have ${json} bytes`);
  return PREAMBLE_BYTES + json;
}

/** Sections must lie one after the other, inside the file: no two can share or leave a byte out of sight. */
function checkSections(file: string, { sections, fileBytes }: PackedHeader, headerBytes: number): void {
  let end = headerBytes;
  for (const { name, offset, bytes, kind } of sections) {
    if (offset !== alignSection(end)) throw corrupt(file, `section '${name}' is not where it should be`);
    if (kind === 'tensor' && bytes % 4 !== 0) throw corrupt(file, `tensor '${name}' is no whole float32`);
    end = offset + bytes;
  }
  if (end !== fileBytes) throw corrupt(file, `its sections end at ${end} of ${fileBytes} bytes`);
}

/** The header of a file of `size` bytes, from its first `headerLength` bytes. Throws `FILE_CORRUPT`. */
export function decodeHeader(file: string, start: Uint8Array, size: number): PackedHeader {
  const length = headerLength(file, start);
  if (start.byteLength < length) throw corrupt(file, 'it ends inside its header');
  const json = start.subarray(PREAMBLE_BYTES, length);
  const sum = new DataView(start.buffer, start.byteOffset).getUint32(16, true);
  if (crc32(json) !== sum) throw corrupt(file, 'its header has been altered (checksum)');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw corrupt(file, 'its header is not JSON');
  }
  const parsed = v.safeParse(headerSchema, value);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw corrupt(file, `its header is wrong at ${v.getDotPath(issue) ?? 'the top'}: ${issue.message}`);
  }
  const header = parsed.output;
  if (header.fileBytes !== size) throw corrupt(file, `it has ${size} of ${header.fileBytes} bytes`);
  checkSections(file, header, length);
  return header;
}
