import type { Session } from '@lookupffn/roberta';
import type { Tokenizer } from '@lookupffn/tokenizer';
import type { FilledWord, MaskReport } from '../report/report.js';
import type { HiddenWord } from './masks.js';

async function guesses(
  session: Session,
  tokenizer: Tokenizer,
  hidden: readonly HiddenWord[],
  topK: number,
): Promise<FilledWord[][]> {
  const filled = await session.fillMask(
    hidden.map((word) => word.ids),
    { positions: hidden.map((word) => [word.position]), topK },
  );
  return filled.map(([mask]) =>
    mask!.candidates.map(({ id, probability }) => ({
      word: tokenizer.decode(Uint32Array.of(id)),
      probability,
    })),
  );
}

/** Both models' first guesses for every hidden word. */
export async function guessSideBySide(
  sessions: { readonly dense: Session; readonly lookup: Session },
  tokenizer: Tokenizer,
  hidden: readonly HiddenWord[],
  topK: number,
): Promise<MaskReport[]> {
  const dense = await guesses(sessions.dense, tokenizer, hidden, topK);
  const lookup = await guesses(sessions.lookup, tokenizer, hidden, topK);
  return hidden.map(({ before, after, answer }, i) => ({
    before,
    after,
    answer,
    dense: dense[i]!,
    lookup: lookup[i]!,
  }));
}
