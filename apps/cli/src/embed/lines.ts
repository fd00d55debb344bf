import { LookupFfnError } from '@lookupffn/core';
import type { ByteRange } from './shard.js';

const maxLineBytes = 1 << 26;
const newline = 0x0a;

/** A line of an input; places are bytes from the input's beginning. */
export interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  /** Where the next one begins. */
  readonly next: number;
  /** The how-manieth it is since reading began, from 1, blank ones counted. */
  readonly count: number;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** Where reading must begin to find the lines of a range: the byte before tells whether a line begins at `from`. */
export const readingStart = ({ from }: ByteRange) => Math.max(0, from - 1);

/**
 * The lines that begin in a range, blank ones left out, holding one line and one chunk. `chunks` is the input from
 * `readingStart` on. Throws `FILE_CORRUPT` for lines without end.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  range: ByteRange,
  name: string,
): AsyncGenerator<Line> {
  let position = readingStart(range);
  // What stands before the range belongs to a line of the shard before, even when that is this whole chunk.
  let skipping = range.from > 0;
  let pieces: Buffer[] = [];
  let held = 0;
  let count = 0;
  function* lineOf(last: Buffer, next: number): Generator<Line> {
    const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    const start = position;
    position = next;
    pieces = [];
    held = 0;
    count++;
    if (!skipping && !isBlank(bytes)) yield { bytes, start, next, count };
    skipping = false;
  }
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, begin)) {
      if (!skipping && position >= range.to) return;
      const next = position + held + (end - begin) + 1;
      yield* lineOf(chunk.subarray(begin, end), next);
      begin = end + 1;
    }
    pieces.push(chunk.subarray(begin));
    held += chunk.length - begin;
    if (held > maxLineBytes) {
      throw new LookupFfnError(
        'FILE_CORRUPT',
        `${name}: the line at byte ${position} is longer than ${maxLineBytes} bytes. Is this a file of lines?`,
        { path: name, position },
      );
    }
  }
  // The last line may have no end.
  if (held > 0 && (skipping || position < range.to)) yield* lineOf(Buffer.alloc(0), position + held);
}
