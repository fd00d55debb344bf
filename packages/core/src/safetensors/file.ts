import { type FileHandle, open } from 'node:fs/promises';
import { LookupFfnError } from '../errors.js';
import { fileError } from '../files/file-error.js';
import { replaceFile } from '../files/replace-file.js';
import { layoutSafetensors, type TensorToWrite, tensorBytes } from './layout.js';
import { openSafetensors, type SafetensorsFile } from './open.js';
import type { ByteSource } from './source.js';

/** A file on disk; close it when done. */
export interface OpenSafetensorsFile extends SafetensorsFile {
  /** Twice is harmless; reading afterwards throws `DISPOSED`. */
  close(): Promise<void>;
}

// Linux moves at most 2^31 bytes in one call, and a tensor may have more.
const CHUNK_BYTES = 1 << 28;

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const wanted = Math.min(CHUNK_BYTES, length - filled);
    const { bytesRead } = await handle.read(bytes, filled, wanted, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? bytes : bytes.subarray(0, filled);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const wanted = Math.min(CHUNK_BYTES, bytes.byteLength - written);
    written += (await handle.write(bytes, written, wanted)).bytesWritten;
  }
}

/** Opens a file and checks its header. Throws `FILE_NOT_FOUND`, `FILE_IO` or `FILE_CORRUPT`. */
export async function openSafetensorsFile(path: string): Promise<OpenSafetensorsFile> {
  let handle: FileHandle | undefined;
  try {
    const opened = await open(path, 'r');
    handle = opened;
    const status = await opened.stat();
    if (status.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
    let closed = false;
    const source: ByteSource = {
      name: path,
      size: status.size,
      async read(offset, length) {
        if (closed) throw new LookupFfnError('DISPOSED', `${path} was read after close().`, { path });
        try {
          return await readAt(opened, offset, length);
        } catch (error) {
          throw fileError(error, path, 'read');
        }
      },
    };
    const file = await openSafetensors(source);
    return {
      ...file,
      async close() {
        if (closed) return;
        closed = true;
        await opened.close();
      },
    };
  } catch (error) {
    await handle?.close();
    throw fileError(error, path, 'read');
  }
}

/**
 * Writes tensors to a file, one in memory at a time, by way of a temporary one (see `replaceFile`). Throws
 * `INVALID_ARGUMENT` for tensors that contradict themselves, `FILE_NOT_FOUND` or `FILE_IO`.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const layout = layoutSafetensors(tensors, metadata);
  await replaceFile(path, async (handle) => {
    await writeAll(handle, layout.header);
    for (const tensor of layout.tensors) {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
      await writeAll(handle, tensorBytes(tensor, data));
    }
  });
}
