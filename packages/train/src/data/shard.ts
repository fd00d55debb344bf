import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { fileError, readJsonFile, replaceFile, writeJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import type { TokenArray } from './document-tokens.js';
import type { CorpusDocument } from './documents.js';

/** Changes whenever the same text and tokenizer would give other bytes. */
const format = 1;

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const schema = v.object({
  kind: v.literal('lookupffn-tokens'),
  format: v.literal(format),
  /** Tokens of each document. */
  lengths: v.array(whole),
  bytes: whole,
  /** Of the token file. */
  sha256: v.string(),
});

/** Tokens of some documents end to end in a file of nothing else, and how many each document has. */
export interface Shard {
  readonly path: string;
  readonly lengths: readonly number[];
}

/** The same texts and tokenizer have the same key, in whichever corpus they stand and whatever they are called. */
export function shardKey(documents: readonly CorpusDocument[], tokenizerHash: string): string {
  const hash = createHash('sha256').update(`${format} ${endianness()} ${tokenizerHash}\n`);
  for (const { text } of documents) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
  return hash.digest('hex');
}

const tokenFile = (folder: string, key: string) => join(folder, `${key}.tokens`);
const indexFile = (folder: string, key: string) => join(folder, `${key}.json`);

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) hash.update(chunk);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * A shard that was written before; null where there is none. One that is damaged is told to `onDamage`, and is none.
 * Throws `FILE_IO` where the folder cannot be read.
 */
export async function openShard(
  folder: string,
  key: string,
  documents: number,
  tokenBytes: number,
  onDamage: (path: string, reason: string) => void,
): Promise<Shard | null> {
  const path = tokenFile(folder, key);
  const index = indexFile(folder, key);
  const damaged = (file: string, reason: string) => {
    onDamage(file, reason);
    return null;
  };
  try {
    // The index is written last: without one there is no shard.
    if ((await sizeOf(index)) === null) return null;
    const parsed = v.safeParse(schema, await readJsonFile(index).catch(() => null));
    if (!parsed.success) return damaged(index, 'is no index of tokens');
    const { lengths, bytes, sha256: expected } = parsed.output;
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    if (lengths.length !== documents || tokens * tokenBytes !== bytes) {
      return damaged(index, 'counts other documents');
    }
    const size = await sizeOf(path);
    if (size === null) return damaged(path, 'is missing');
    if (size !== bytes) return damaged(path, `has ${size} bytes, not ${bytes}`);
    if ((await sha256(path)) !== expected)
      return damaged(path, 'has another checksum than when it was written');
    return { path, lengths };
  } catch (error) {
    throw fileError(error, path, 'read the stored tokens');
  }
}

/**
 * Writes a shard, the index last; whoever reads sees a whole one or none. Two processes that write the same one write
 * the same bytes. Throws `FILE_IO`.
 */
export async function writeShard(
  folder: string,
  key: string,
  documents: readonly TokenArray[],
): Promise<Shard> {
  const path = tokenFile(folder, key);
  const lengths = documents.map((tokens) => tokens.length);
  // One large write: a shard may have a hundred thousand documents.
  const bytes = Buffer.concat(
    documents.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
  await replaceFile(path, (handle) => handle.writeFile(bytes));
  await writeJsonFile(indexFile(folder, key), {
    kind: 'lookupffn-tokens',
    format,
    lengths,
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  } satisfies v.InferOutput<typeof schema>);
  return { path, lengths };
}

/** No shard takes so long to write. */
const abandonedAfter = 24 * 3600 * 1000;

/** Removes what processes that were killed while they wrote have left in the folder. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!/^\.[0-9a-f]{64}\..*\.tmp$/.test(name)) continue;
    const path = join(folder, name);
    // Another process may be writing it, or removing it just now.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > abandonedAfter) await rm(path, { force: true }).catch(() => {});
  }
}
