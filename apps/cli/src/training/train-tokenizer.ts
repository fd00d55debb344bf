import { type TextSource, type Tokenizer, trainByteLevelBpe } from '@lookupffn/tokenizer';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';

/** A byte-level BPE tokenizer of texts, with live progress. */
export function trainTokenizer(
  io: Io,
  texts: TextSource,
  vocabularySize: number,
  signal: AbortSignal,
): Promise<Tokenizer> {
  return trainByteLevelBpe(texts, {
    vocabularySize,
    signal,
    onProgress: ({ stage, done, total }) =>
      io.progress.update(
        () => `training the tokenizer: ${stage}, ${count(done)}${total ? ` of ${count(total)}` : ''}`,
      ),
  });
}
