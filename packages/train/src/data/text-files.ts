import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
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

async function fill(handle: FileHandle, buffer: Uint8Array, from: number): Promise<number> {
  let filled = from;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** The bytes of a file in pieces of at most `pieceBytes`, cut between lines. Throws `FILE_NOT_FOUND` or `FILE_IO`. */
export async function* readPieces(path: string, pieceBytes: number): AsyncGenerator<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    let carried: Uint8Array = new Uint8Array(0);
    for (;;) {
      const buffer = new Uint8Array(pieceBytes);
      buffer.set(carried);
      const filled = await fill(handle, buffer, carried.length);
      if (filled < pieceBytes) {
        if (filled > 0) yield buffer.subarray(0, filled);
        return;
      }
      const end = cutPoint(buffer);
      yield buffer.subarray(0, end);
      carried = buffer.subarray(end);
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await handle?.close();
  }
}
