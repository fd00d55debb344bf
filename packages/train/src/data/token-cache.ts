import { mkdir } from 'node:fs/promises';
import { fileError } from '@lookupffn/core/node';
import type { TokenArray } from './document-tokens.js';
import type { CorpusDocument } from './documents.js';
import type { TokenCacheUse } from './sequences.js';
import { openShard, removeAbandoned, type Shard, shardKey, writeShard } from './shard.js';
import { StoredTokens } from './stored-tokens.js';

export interface TokenCacheOptions {
  /** Made where it is missing. May be shared by corpora, tokenizers and processes, and removed when nothing runs. */
  readonly folder: string;
  /**
   * Text of a shard, in UTF-16 code units, before the document that goes past it: what is held in memory, and what an
   * interrupted run loses at most. Default 2^24.
   */
  readonly shardCharacters?: number;
  /** A stored shard that will not do, and why; it is made again. */
  readonly onDamage?: (path: string, reason: string) => void;
}

const defaultShardCharacters = 1 << 24;

/** Documents in groups; each ends with the document that fills it. */
async function* groupDocuments(
  documents: AsyncIterable<CorpusDocument> | Iterable<CorpusDocument>,
  characters: number,
): AsyncGenerator<CorpusDocument[]> {
  let group: CorpusDocument[] = [];
  let held = 0;
  for await (const document of documents) {
    group.push(document);
    held += document.text.length;
    if (held < characters) continue;
    yield group;
    group = [];
    held = 0;
  }
  if (group.length > 0) yield group;
}

export interface StoreTokensInit {
  readonly documents: AsyncIterable<CorpusDocument> | Iterable<CorpusDocument>;
  readonly tokenizerHash: string;
  readonly vocabularySize: number;
  readonly cache: TokenCacheOptions;
  /** Tokens of one document. Rejects to stop; what shards are finished stay. */
  readonly tokenise: (document: CorpusDocument) => Promise<TokenArray>;
  /** Called for documents whose tokens stood already. */
  readonly onReused: (documents: readonly CorpusDocument[], tokens: number) => Promise<void>;
}

/**
 * Tokens of documents on disk. A shard is named by a hash of its texts and the tokenizer, so that there is no list of
 * shards to keep right: what stands is used, what is missing is made, one shard at a time in memory.
 */
export async function storeTokens(
  init: StoreTokensInit,
): Promise<{ tokens: StoredTokens; use: TokenCacheUse }> {
  const { folder, shardCharacters = defaultShardCharacters, onDamage = () => {} } = init.cache;
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, folder, 'make the folder of stored tokens');
  });
  await removeAbandoned(folder);
  const tokens = new StoredTokens(init.vocabularySize);
  const tokenBytes = init.vocabularySize <= 65536 ? 2 : 4;
  let shards = 0;
  let reused = 0;
  const make = async (key: string, group: readonly CorpusDocument[]): Promise<Shard> => {
    const made: TokenArray[] = [];
    for (const document of group) made.push(await init.tokenise(document));
    return writeShard(folder, key, made);
  };
  for await (const group of groupDocuments(init.documents, shardCharacters)) {
    const key = shardKey(group, init.tokenizerHash);
    const found = await openShard(folder, key, group.length, tokenBytes, onDamage);
    const shard = found ?? (await make(key, group));
    shards++;
    tokens.add(
      shard,
      group.map(({ name }) => name),
    );
    if (!found) continue;
    reused++;
    await init.onReused(
      group,
      shard.lengths.reduce((sum, length) => sum + length, 0),
    );
  }
  return { tokens, use: { shards, reused } };
}
