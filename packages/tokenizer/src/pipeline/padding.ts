import type { Encoding } from '../encoding.js';

/** How encodings are filled up to a common length. */
export interface Padding {
  /** A fixed length, or `longest`: that of the longest encoding of the batch. */
  length: number | 'longest';
  direction: 'right' | 'left';
  /** The length is rounded up to a multiple of this. */
  multipleOf: number | undefined;
  id: number;
  typeId: number;
  token: string;
}

/** Fills every encoding (and what overflows from it) up. */
export function padEncodings(encodings: readonly Encoding[], padding: Padding): Encoding[] {
  let length =
    padding.length === 'longest'
      ? encodings.reduce((longest, encoding) => Math.max(longest, encoding.length), 0)
      : padding.length;
  if (padding.multipleOf !== undefined && padding.multipleOf > 0) {
    length = Math.ceil(length / padding.multipleOf) * padding.multipleOf;
  }
  return encodings.map((encoding) => padded(encoding, length, padding));
}

function padded(encoding: Encoding, length: number, padding: Padding): Encoding {
  const overflowing = encoding.overflowing.map((part) => padded(part, length, padding));
  const missing = length - encoding.length;
  if (missing <= 0) return encoding.with({ overflowing });
  const at = padding.direction === 'left' ? missing : 0;
  const place = <T extends Uint32Array | Int32Array | Uint8Array | Int8Array>(
    from: T,
    to: T,
    scale = 1,
  ): T => {
    to.set(from, at * scale);
    return to;
  };
  return encoding.with({
    ids: place(encoding.ids, new Uint32Array(length).fill(padding.id)),
    wordIds: place(encoding.wordIds, new Int32Array(length).fill(-1)),
    typeIds: place(encoding.typeIds, new Uint8Array(length).fill(padding.typeId)),
    sequenceIds: place(encoding.sequenceIds, new Int8Array(length).fill(-1)),
    offsets: encoding.offsets && place(encoding.offsets, new Uint32Array(2 * length), 2),
    realFrom: at,
    realTo: at + encoding.length,
    overflowing,
  });
}
