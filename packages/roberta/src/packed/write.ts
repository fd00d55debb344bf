import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Backend, LookupFfnError } from '@lookupffn/core';
import { fileError, replaceFile } from '@lookupffn/core/node';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import { configToJson } from '../model/config-json.js';
import { Runner } from '../session/runner.js';
import { openCheckpoint } from '../weights/checkpoint.js';
import { loadModelFolder } from '../weights/folder.js';
import { alignSection, encodeHeader, hex, type PackedHeader, type PackedSection } from './header.js';
import type { ToPack } from './types.js';

export interface PackOptions extends PrecisionOptions {
  /** A backend with `adopt`; the file is for its instruction set. Stays the caller's. */
  readonly backend: Backend;
  /** Default: `model.lffn` in the model's folder. It must stay in that folder, beside the checkpoint. */
  readonly path?: string;
}

export interface PackedFile {
  readonly path: string;
  readonly bytes: number;
  readonly layout: string;
  /** What the weights are kept as. */
  readonly dtypes: readonly string[];
}

const byteLength = (item: ToPack) =>
  item.kind === 'tensor' ? item.parameter.data.byteLength : item.byteLength;

/** Places known, checksums still zero: of the same length as the final ones, so that nothing moves. */
function layOut(items: readonly ToPack[], rest: Omit<PackedHeader, 'sections' | 'fileBytes'>): PackedHeader {
  const place = (offsets: readonly number[], fileBytes: number): PackedHeader => ({
    ...rest,
    fileBytes,
    sections: items.map((item, i): PackedSection => {
      const common = { offset: offsets[i]!, bytes: byteLength(item), crc32: hex(0) };
      return item.kind === 'tensor'
        ? { kind: item.kind, name: item.parameter.name, ...common }
        : item.kind === 'linear'
          ? { kind: item.kind, name: item.name, activation: item.activation, dtype: item.dtype, ...common }
          : {
              kind: item.kind,
              name: item.name,
              dtype: item.dtype,
              projectionDtype: item.projectionDtype,
              skipDtype: item.skipDtype,
              ...common,
            };
    }),
  });
  // Offsets are part of the header that they come after: digits may be added until nothing moves any more.
  let header = place(
    items.map(() => 0),
    0,
  );
  for (;;) {
    let end = encodeHeader(header).byteLength;
    const offsets = items.map((item) => {
      const offset = alignSection(end);
      end = offset + byteLength(item);
      return offset;
    });
    const next = place(offsets, end);
    if (JSON.stringify(next) === JSON.stringify(header)) return header;
    header = next;
  }
}

/** The checkpoint's file, or the index of its shards. */
async function describeSource(folder: string): Promise<PackedHeader['source']> {
  const checkpoint = await openCheckpoint(folder);
  await checkpoint.close();
  return { file: basename(checkpoint.name), bytes: (await stat(checkpoint.name)).size };
}

/**
 * Prepares a model folder on a backend and writes what came out, for sessions to open in place of the folder. Written
 * beside its place and renamed. Throws as `loadModelFolder` does, `BACKEND_INVALID` for a backend that cannot save,
 * `FILE_IO`.
 */
export async function packModel(folder: string, options: PackOptions): Promise<PackedFile> {
  const { backend, linearDtype, tableDtype, projectionDtype, path = join(folder, 'model.lffn') } = options;
  const { layout } = backend.adopt ?? {};
  if (layout === undefined) {
    throw new LookupFfnError(
      'BACKEND_INVALID',
      `Backend '${backend.info.name}' cannot save prepared weights. Use one that can, e.g. native (see \`lookupffn doctor\`).`,
    );
  }
  if (resolve(dirname(path)) !== resolve(folder)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${path} is not in ${folder}: a packed file stays beside the checkpoint that it was made from, which other machines need.`,
      { path, folder },
    );
  }
  const model = await loadModelFolder(folder);
  const source = await describeSource(folder);
  const precision = { linearDtype, tableDtype, projectionDtype };
  const runner = await Runner.create(backend, model, { ...precision, ownsBackend: false, maxBatchTokens: 1 });
  try {
    const items = [...runner.toPack()];
    const header = layOut(items, {
      layout,
      config: configToJson(model.config) as Record<string, unknown>,
      precision,
      source,
    });
    await replaceFile(path, async (handle) => {
      const sections: PackedSection[] = [];
      for (const [i, item] of items.entries()) {
        const { data } = item.kind === 'tensor' ? item.parameter : { data: item.bytes() };
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        const section = header.sections[i]!;
        sections.push({ ...section, crc32: hex(crc32(bytes)) });
        // In pieces: one call of the system moves at most 2 GB.
        for (let at = 0; at < bytes.byteLength; ) {
          const piece = Math.min(1 << 28, bytes.byteLength - at);
          at += (await handle.write(bytes, at, piece, section.offset + at)).bytesWritten;
        }
      }
      await handle.write(encodeHeader({ ...header, sections }), 0, undefined, 0);
    });
    return { path, bytes: header.fileBytes, layout, dtypes: runner.info.dtypes };
  } catch (error) {
    throw fileError(error, basename(path), 'write');
  } finally {
    await runner.dispose();
  }
}
