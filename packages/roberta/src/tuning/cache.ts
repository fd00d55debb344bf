import { mkdir, open } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type BackendOptions, isLookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile, readTextFile, userCacheFolder, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import { openCheckpoint } from '../weights/checkpoint.js';
import { configFile } from '../weights/folder.js';

/** What was found fastest for a model on a machine, and how it was found. */
export interface Tuning {
  readonly precision: PrecisionOptions;
  readonly options: Pick<BackendOptions, 'threads' | 'tileRows'>;
  /** Tokens of a request that it was measured with. */
  readonly tokens: number;
  readonly microsPerToken: number;
  /** Of the same without tuning. */
  readonly defaultMicrosPerToken: number;
  /** Largest difference of the hidden states from float32, relative to the largest magnitude; and what was allowed. */
  readonly error: number;
  readonly maxError: number;
  /** ISO date. */
  readonly made: string;
}

/** What a tuning is for. */
export interface TuningKey {
  readonly cpu: string;
  readonly backend: string;
  /** Tells models apart by their config and their weights. */
  readonly model: string;
}

const entrySchema = v.object({
  cpu: v.string(),
  backend: v.string(),
  model: v.string(),
  precision: v.object({
    linearDtype: v.optional(v.picklist(['f32', 'int8'])),
    tableDtype: v.optional(v.picklist(['f32', 'bf16', 'f16', 'int8', 'int4'])),
    projectionDtype: v.optional(v.picklist(['f32', 'bf16'])),
  }),
  options: v.object({
    threads: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    tileRows: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(256))),
  }),
  tokens: v.number(),
  microsPerToken: v.number(),
  defaultMicrosPerToken: v.number(),
  error: v.number(),
  maxError: v.number(),
  made: v.string(),
});
const fileSchema = v.object({ version: v.literal(1), entries: v.array(entrySchema) });
type Entry = v.InferOutput<typeof entrySchema>;

/** `tune.json` in the user's cache folder. */
export function tuningFile(): string {
  return join(userCacheFolder(), 'tune.json');
}

/** A checksum of config.json, and of the beginning and the end of the weights: quick, and another after training. */
async function fingerprint(folder: string): Promise<string> {
  const checkpoint = await openCheckpoint(folder);
  await checkpoint.close();
  const ends = 1 << 20;
  try {
    const handle = await open(checkpoint.name, 'r');
    try {
      const { size } = await handle.stat();
      const piece = new Uint8Array(Math.min(size, ends));
      await handle.read(piece, 0, piece.byteLength, 0);
      const sum = crc32(piece, crc32(await readTextFile(join(folder, configFile))));
      await handle.read(piece, 0, piece.byteLength, size - piece.byteLength);
      return `${crc32(piece, sum).toString(16)}-${size}`;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, checkpoint.name, 'read');
  }
}

export async function tuningKey(folder: string, backend: string): Promise<TuningKey> {
  const all = cpus();
  return {
    cpu: `${all.length} x ${all[0]?.model.trim() || 'unknown CPU'}`,
    backend,
    model: await fingerprint(folder),
  };
}

const matches = (entry: Entry, { cpu, backend, model }: TuningKey) =>
  entry.cpu === cpu && entry.backend === backend && entry.model === model;

/** Entries of the cache, or why there are none: a cache is never worth a failure. */
async function readEntries(): Promise<{ entries: Entry[]; problem?: string }> {
  const path = tuningFile();
  try {
    const parsed = v.safeParse(fileSchema, await readJsonFile(path));
    return parsed.success
      ? { entries: parsed.output.entries }
      : { entries: [], problem: `${path} is not a tuning cache of this release; it was ignored.` };
  } catch (error) {
    if (isLookupFfnError(error) && error.code === 'FILE_NOT_FOUND') return { entries: [] };
    return { entries: [], problem: `The tuning cache was ignored: ${(error as Error).message}` };
  }
}

/** The tuning of a model folder for a backend on this machine, if `lookupffn tune` has made one. */
export async function findTuning(
  folder: string,
  backend: string,
): Promise<{ readonly tuning?: Tuning; readonly problem?: string }> {
  const { entries, problem } = await readEntries();
  if (entries.length === 0) return problem === undefined ? {} : { problem };
  const key = await tuningKey(folder, backend);
  const tuning = entries.find((entry) => matches(entry, key));
  return tuning ? { tuning } : {};
}

/** Stores a tuning in place of an older one, or with null removes it. Throws `FILE_IO`. */
export async function saveTuning(key: TuningKey, tuning: Tuning | null): Promise<void> {
  const path = tuningFile();
  const { entries } = await readEntries();
  const others = entries.filter((entry) => !matches(entry, key));
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw fileError(error, dirname(path), 'make the cache folder');
  }
  await writeJsonFile(path, { version: 1, entries: tuning ? [...others, { ...key, ...tuning }] : others });
}
