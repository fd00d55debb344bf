import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Backend, LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import type { RobertaConfig } from '../model/config.js';
import { parseConfig } from '../model/config-json.js';
import { loadModelFolder, type ModelFolder } from '../weights/folder.js';
import { readSentencePooling } from '../weights/sentence.js';
import { corrupt, decodeHeader, headerLength, hex, type PackedHeader, PREAMBLE_BYTES } from './header.js';
import type { PackedModel, PackedModule } from './types.js';

/** Whether a path is a packed file, to be opened, and not a model folder; what is not there is neither. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** Reads and checks a packed file's header only. Throws `FILE_NOT_FOUND`, `FILE_IO` or `FILE_CORRUPT`. */
export async function readPackedHeader(path: string): Promise<PackedHeader> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const start = new Uint8Array(Math.min(size, PREAMBLE_BYTES));
      await handle.read(start, 0, start.byteLength, 0);
      const whole = new Uint8Array(Math.min(size, headerLength(path, start)));
      await handle.read(whole, 0, whole.byteLength, 0);
      return decodeHeader(path, whole, size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The model's config: the header's, and how sentences are pooled from the files beside, as of a folder. */
export async function packedConfig(path: string, header: PackedHeader): Promise<RobertaConfig> {
  const config = parseConfig(header.config);
  const sentence = await readSentencePooling(dirname(path));
  return sentence ? { ...config, sentence } : config;
}

/** The file's bytes: mapped where the backend can, read otherwise. */
async function bytesOf(path: string, backend: Backend): Promise<{ bytes: Uint8Array; mapped: boolean }> {
  if (backend.adopt?.mapFile) return { bytes: new Uint8Array(backend.adopt.mapFile(path)), mapped: true };
  try {
    const read = await readFile(path);
    // A plain array, for a Buffer's slice() does not copy; and a small file's may lie anywhere, but floats are aligned.
    const view = new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
    const bytes = read.byteOffset % 64 === 0 ? view : view.slice();
    return { bytes, mapped: false };
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/**
 * Opens a packed file for a backend. A file of another layout (another instruction set or release) cannot be used as
 * it is: then the answer says why, and which folder's checkpoint to prepare instead.
 */
export async function openPacked(
  path: string,
  backend: Backend,
): Promise<{ readonly packed: PackedModel } | { readonly repack: string; readonly header: PackedHeader }> {
  const first = await readPackedHeader(path);
  const { layout } = first;
  if (layout !== backend.adopt?.layout) {
    const here = backend.adopt?.layout ?? `backend '${backend.info.name}', which takes no packed weights`;
    return {
      header: first,
      repack: `${path} is packed for ${layout}; here runs ${here}. The weights were prepared from ${join(dirname(path), first.source.file)} instead; \`lookupffn pack\` on this machine saves that.`,
    };
  }
  const { bytes, mapped } = await bytesOf(path, backend);
  // Once more, of these very bytes: the file may have been replaced meanwhile.
  const header = decodeHeader(path, bytes, bytes.byteLength);
  if (header.layout !== layout) throw corrupt(path, 'it was replaced while it was opened');
  const modules: PackedModule[] = [];
  const tensors = new Map<string, Float32Array>();
  for (const section of header.sections) {
    const part = bytes.subarray(section.offset, section.offset + section.bytes);
    if (section.kind === 'tensor') {
      tensors.set(section.name, new Float32Array(part.buffer, part.byteOffset, part.byteLength / 4));
    } else {
      const { kind, name, dtype } = section;
      if (kind === 'linear') {
        modules.push({ kind, name, dtype, activation: section.activation, bytes: part });
      } else {
        const { projectionDtype, skipDtype } = section;
        modules.push({ kind, name, dtype, activation: 'none', projectionDtype, skipDtype, bytes: part });
      }
    }
  }
  const { precision } = header;
  return {
    packed: { config: await packedConfig(path, header), precision, file: path, mapped, modules, tensors },
  };
}

/** Checks a whole packed file, sections too, without a backend. Throws `FILE_CORRUPT` and as reading does. */
export async function verifyPackedFile(path: string): Promise<PackedHeader> {
  const header = await readPackedHeader(path);
  try {
    const handle = await open(path, 'r');
    try {
      const piece = new Uint8Array(1 << 22);
      for (const section of header.sections) {
        let sum = 0;
        for (let at = 0; at < section.bytes; ) {
          const wanted = Math.min(piece.byteLength, section.bytes - at);
          const { bytesRead } = await handle.read(piece, 0, wanted, section.offset + at);
          if (bytesRead === 0) throw corrupt(path, `it ends inside section '${section.name}'`);
          sum = crc32(piece.subarray(0, bytesRead), sum);
          at += bytesRead;
        }
        if (hex(sum) !== section.crc32) {
          throw corrupt(
            path,
            `section '${section.name}' has been altered (checksum ${hex(sum)}, not ${section.crc32})`,
          );
        }
      }
      return header;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The checkpoint that a packed file was made from. Throws `RUN_MISMATCH` when it is another by now, and as loading does. */
export async function loadPackedSource(path: string, header: PackedHeader): Promise<ModelFolder> {
  const folder = dirname(path);
  const source = join(folder, header.source.file);
  const { size } = await stat(source).catch((error) => {
    throw fileError(error, source, 'read');
  });
  if (size === header.source.bytes) return loadModelFolder(folder);
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `${source} has ${size} bytes; ${path} was made from one of ${header.source.bytes}. Make the packed file again with \`lookupffn pack\`.`,
    { path },
  );
}
