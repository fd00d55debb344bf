import { open } from 'node:fs/promises';
import { LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';

const chunkBytes = 1 << 18;
const maxLineBytes = 1 << 26;
const newline = 0x0a;

/** A line of a file, and where it and the next one begin. */
export interface Line {
  readonly text: string;
  readonly start: number;
  readonly next: number;
}

/** A part of a file in bytes, to be cut at lines. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Shard `index` of `count`, of a file of so many bytes: all shards in order are the file. */
export function shardRange(size: number, index: number, count: number): ByteRange {
  const cut = (i: number) => Number((BigInt(size) * BigInt(i)) / BigInt(count));
  return { from: cut(index), to: cut(index + 1) };
}

const isBlank = (text: string) => text.trim() === '';

/**
 * The lines that begin in a range, blank ones left out, in memory for one line and a little more. A shard needs no
 * other part of the file: it looks for the first line's beginning by itself.
 */
export async function* linesIn(path: string, { from, to }: ByteRange): AsyncGenerator<Line> {
  if (from >= to) return;
  const file = await open(path, 'r').catch((error) => {
    throw fileError(error, path, 'read');
  });
  try {
    // The byte before tells whether a line begins at `from`.
    let position = Math.max(0, from - 1);
    let skipping = from > 0;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(chunkBytes),
        0,
        chunkBytes,
        position + rest.length,
      );
      const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const ended = bytesRead === 0;
      let begin = 0;
      while (begin < data.length) {
        const found = data.indexOf(newline, begin);
        if (found < 0 && !ended) break;
        const end = found < 0 ? data.length : found;
        const start = position + begin;
        const next = position + (found < 0 ? data.length : found + 1);
        begin = next - position;
        if (skipping) {
          skipping = false;
          continue;
        }
        if (start >= to) return;
        const text = data.toString('utf8', start - position, end);
        if (!isBlank(text)) yield { text, start, next };
      }
      if (ended) return;
      position += begin;
      rest = data.subarray(begin);
      if (rest.length > maxLineBytes) {
        throw new LookupFfnError(
          'FILE_CORRUPT',
          `${path}: the line at byte ${position} is longer than ${maxLineBytes} bytes. Is this a file of lines?`,
          { path, position },
        );
      }
    }
  } finally {
    await file.close();
  }
}
