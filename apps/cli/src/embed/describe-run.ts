import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileError } from '@lookupffn/core/node';
import { folderOf, type ServedModel } from '@lookupffn/server';
import type { RunDescription } from './output-file.js';
import type { EmbedSettings } from './run.js';
import type { Shard } from './shard.js';

async function hashFile(path: string, end?: number): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { end }), hash);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  return hash.digest('hex');
}

/** Everything the output's bytes depend on; of the input its size and first megabyte stand for it. */
export async function describeRun(
  input: { readonly path: string; readonly size: number; readonly shard: Shard },
  path: string,
  model: ServedModel,
  { field, pooling = model.pooling, normalize, truncate, encoding }: EmbedSettings,
): Promise<RunDescription> {
  const folder = folderOf(path);
  // Of whatever names: a checkpoint may be in shards. Weights are in the packed file if that was given.
  const kinds = path === folder ? /\.(json|txt|safetensors)$/ : /\.(json|txt)$/;
  const names = (await readdir(folder)).filter((name) => kinds.test(name)).sort();
  const files = [...names.map((name) => join(folder, name)), ...(path === folder ? [] : [path])];
  const { name, isa } = model.backend;
  return {
    input: { size: input.size, sha256: await hashFile(input.path, 2 ** 20) },
    model: await Promise.all(files.map((file) => hashFile(file))),
    // Rounding differs between kernels: vectors of two of them would stand side by side.
    backend: `${name} ${isa} ${[...model.dtypes].sort().join('+')}`,
    shard: input.shard,
    settings: { field, pooling, normalize, truncate, encoding },
  };
}
