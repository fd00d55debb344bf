import { type Tokenizer, trainByteLevelBpe } from '@lookupffn/tokenizer';
import type { ReadCorpus } from '../corpus/read.js';
import type { Io } from '../ui/io.js';

/** A byte-level BPE tokenizer of a corpus, with live progress. */
export function trainTokenizer(
  io: Io,
  text: ReadCorpus,
  vocabularySize: number,
  signal: AbortSignal,
): Promise<Tokenizer> {
  return trainByteLevelBpe(
    text.documents.map((document) => document.text),
    {
      vocabularySize,
      signal,
      onProgress: ({ stage }) => io.progress.update(() => `training the tokenizer: ${stage}`),
    },
  );
}
