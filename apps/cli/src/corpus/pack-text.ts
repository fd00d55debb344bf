import { type BuildCorpusOptions, buildCorpus, type Corpus } from '@lookupffn/train';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import type { CorpusText } from './corpus-text.js';
import { openTokenCache, type TokenCacheFlags } from './token-cache.js';

/** A text as packed sequences, its tokens kept where the flags say, with live progress. Throws as `buildCorpus`. */
export async function packText(
  io: Io,
  text: CorpusText,
  flags: TokenCacheFlags,
  options: Omit<BuildCorpusOptions, 'documents' | 'cache' | 'onProgress'>,
): Promise<Corpus> {
  const cache = await openTokenCache(io, flags);
  const corpus = await buildCorpus({
    ...options,
    documents: text.documents(),
    ...(cache ? { cache } : {}),
    onProgress: (p) => io.progress.update(() => `encoding the corpus: ${count(p.tokens)} tokens`),
  });
  if (cache && corpus.cache) {
    const { shards, reused } = corpus.cache;
    const stood =
      reused === shards ? 'kept from before' : `${count(reused)} of ${count(shards)} shards from before`;
    io.note(
      `Tokens: ${count(corpus.tokens)} in ${cache.folder}, ${reused === 0 ? 'kept for the next time' : stood}`,
    );
  }
  return corpus;
}
