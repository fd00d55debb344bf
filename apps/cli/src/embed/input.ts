import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { type Line, readingStart, splitLines } from './lines.js';
import { type ByteRange, type Shard, shardRange } from './shard.js';

/** Where texts come from. */
export interface EmbedInput {
  /** For people. */
  readonly name: string;
  /** Bytes; undefined for a stream. */
  readonly size: number | undefined;
  /** What of it is to be read. */
  readonly range: ByteRange;
  /** The lines that begin at or behind `from` in the range. */
  lines(from: number): AsyncIterable<Line>;
  /** What people call a line: its number from 1, blank ones counted. */
  numberOf(line: Line): Promise<number>;
}

const newline = 0x0a;

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}

async function* readFrom(path: string, start: number, end?: number): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { start, end, highWaterMark: 1 << 18 });
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** A file, or a shard of it, which is found without reading the others. Rejects with coded errors. */
export async function openFile(path: string, shard: Shard): Promise<EmbedInput> {
  const found = await stat(path).catch((error) => {
    throw fileError(error, path, 'read');
  });
  if (!found.isFile()) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${path} is no file. Give a file, or - to read standard input.`,
    );
  }
  const { size } = found;
  const { to, from: first } = shardRange(size, shard);
  return {
    name: path,
    size,
    range: { from: first, to },
    lines(from) {
      const range = { from, to };
      return from < to ? splitLines(readFrom(path, readingStart(range)), range, path) : noLines();
    },
    // Only read when something is wrong with a line; counting as we go would not do, for a shard begins anywhere.
    async numberOf({ start }) {
      if (start === 0) return 1;
      let number = 1;
      for await (const chunk of readFrom(path, 0, start - 1)) number += countNewlines(chunk);
      return number;
    },
  };
}

async function* noLines(): AsyncGenerator<Line> {}

/** A stream, read once and from its beginning. */
export function openStream(stream: AsyncIterable<Buffer>, name: string): EmbedInput {
  const range = { from: 0, to: Number.POSITIVE_INFINITY };
  return {
    name,
    size: undefined,
    range,
    lines: () => splitLines(stream, range, name),
    numberOf: async ({ count }) => count,
  };
}
