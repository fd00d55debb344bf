import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';

/** A file that may hold text. */
export interface TextFile {
  readonly path: string;
  /** What messages and splits call it. */
  readonly name: string;
  readonly bytes: number;
}

async function walk(folder: string, found: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // Hidden files are settings and repositories, not texts.
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, found);
    else if (entry.isFile()) found.push(path);
    else if (entry.isSymbolicLink() && (await stat(path).catch(() => null))?.isFile()) found.push(path);
  }
}

/** The files of a folder and its folders, or the one file, by name. Throws what the file system throws. */
export async function listFiles(path: string): Promise<TextFile[]> {
  const status = await stat(path);
  if (!status.isDirectory()) return [{ path, name: basename(path), bytes: status.size }];
  const paths: string[] = [];
  await walk(path, paths);
  const files = await Promise.all(
    paths.map(async (file) => ({
      path: file,
      name: relative(path, file).replaceAll('\\', '/'),
      bytes: (await stat(file)).size,
    })),
  );
  return files.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const newline = 0x0a;
const space = 0x20;

/** Where to cut bytes that go on: after the last line, else after the last word, else between two characters. */
function cutPoint(bytes: Uint8Array): number {
  const line = bytes.lastIndexOf(newline);
  if (line >= 0) return line + 1;
  const word = bytes.lastIndexOf(space);
  if (word >= 0) return word + 1;
  let end = bytes.length;
  // Bytes 10xxxxxx go on a character that began before them.
  while (end > bytes.length - 4 && end > 1 && (bytes[end - 1]! & 0xc0) === 0x80) end--;
  return end > 1 && bytes[end - 1]! >= 0xc0 ? end - 1 : bytes.length;
}

/** Bytes of any source in pieces of at most `pieceBytes`, cut between lines where a line fits. */
export async function* cutPieces(
  source: AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(pieceBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const some = chunk.subarray(at, at + pieceBytes - filled);
      buffer.set(some, filled);
      filled += some.length;
      at += some.length;
      if (filled < pieceBytes) continue;
      const end = cutPoint(buffer);
      yield buffer.subarray(0, end);
      const next = new Uint8Array(pieceBytes);
      next.set(buffer.subarray(end));
      filled -= end;
      buffer = next;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

/** Whether a file's name says that it is a gzip archive. */
export const isPacked = (path: string): boolean => path.endsWith('.gz');

/**
 * The bytes of a file; those that a `.gz` holds. Throws `FILE_NOT_FOUND` or `FILE_IO`, and `FILE_CORRUPT` for a damaged
 * archive.
 */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  try {
    yield* isPacked(path) ? gunzipped(file, path) : (file as AsyncIterable<Uint8Array>);
  } catch (error) {
    if (isLookupFfnError(error)) throw error;
    throw fileError(error, path, 'read');
  } finally {
    file.destroy();
  }
}

/** What a gzip archive holds. Throws `FILE_CORRUPT` for a damaged one, naming it, and what the source throws. */
async function* gunzipped(source: Readable, name: string): AsyncGenerator<Uint8Array> {
  try {
    // `pipeline` hands errors of the source on to the archive, and closes both when the reader has seen enough.
    for await (const chunk of pipeline(source, createGunzip(), () => {})) yield chunk as Uint8Array;
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${name} is no complete gzip file: ${(error as Error).message}. Fetch or pack it again.`,
      { path: name },
      error,
    );
  }
}

/** The first bytes of a stream, at least so many unless it ends, and the whole of it. */
async function peek(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ first: Buffer; all: AsyncGenerator<Uint8Array> }> {
  const rest = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  for (let length = 0; length < bytes; length += chunks.at(-1)!.length) {
    const { value, done } = await rest.next();
    if (done) break;
    chunks.push(value);
  }
  async function* all() {
    try {
      yield* chunks;
      yield* { [Symbol.asyncIterator]: () => rest };
    } finally {
      // A reader who stops among the first chunks would leave the source open.
      await rest.return?.();
    }
  }
  return { first: Buffer.concat(chunks), all: all() };
}

/** The text of a stream, unpacked where it is a gzip archive, and whether it looks like JSON Lines: a stream has no name to say so. */
export async function openStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
): Promise<{ bytes: AsyncIterable<Uint8Array>; jsonLines: boolean }> {
  const { first, all } = await peek(stream, 2);
  const packed = first[0] === 0x1f && first[1] === 0x8b;
  const text = await peek(packed ? gunzipped(Readable.from(all), name) : all, 16);
  return { bytes: text.all, jsonLines: /^\ufeff?\s*\{\s*"/.test(text.first.toString('utf8')) };
}
