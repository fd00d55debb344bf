import { Random } from '@lookupffn/core';
import type { Tokenizer } from '@lookupffn/tokenizer';
import type { CorpusDocument } from '@lookupffn/train';
import { sentencesOf } from '../corpus/sentences.js';

/** A held-out sentence with one word hidden, as token ids and as text. */
export interface HiddenWord {
  /** Special tokens included, the mask in place. */
  readonly ids: readonly number[];
  readonly position: number;
  readonly before: string;
  readonly after: string;
  readonly answer: string;
}

/** Tokens that are a whole word of at least four letters inside the sentence: [token, start, end]. */
function wordTokens(sentence: string, offsets: Uint32Array): [number, number, number][] {
  const found: [number, number, number][] = [];
  for (let t = 0; t < offsets.length / 2; t++) {
    const [from, end] = [offsets[2 * t]!, offsets[2 * t + 1]!];
    const start = sentence[from] === ' ' ? from + 1 : from;
    const alone = sentence[start - 1] === ' ' && !/[\p{L}\p{N}'’-]/u.test(sentence[end] ?? ' ');
    if (alone && /^\p{Ll}{4,}$/u.test(sentence.slice(start, end))) found.push([t, start, end]);
  }
  return found;
}

function hideWord(sentence: string, tokenizer: Tokenizer, limit: number, random: Random): HiddenWord | null {
  const { bos, eos, mask } = tokenizer.specialTokens;
  const { ids, offsets } = tokenizer.encode(sentence, { addSpecialTokens: false, offsets: true });
  if (ids.length + 2 > limit) return null;
  const words = wordTokens(sentence, offsets!);
  if (words.length === 0) return null;
  const [token, start, end] = words[random.below(words.length)]!;
  const hidden = [bos!.id, ...ids, eos!.id];
  hidden[token + 1] = mask!.id;
  return {
    ids: hidden,
    position: token + 1,
    before: sentence.slice(0, start),
    after: sentence.slice(end),
    answer: sentence.slice(start, end),
  };
}

/** Up to `wanted` sentences, each of another document while there are enough; the same ones for the same seed. */
export function hideWords(
  documents: readonly CorpusDocument[],
  tokenizer: Tokenizer,
  options: { readonly wanted: number; readonly limit: number; readonly seed: number },
): HiddenWord[] {
  const random = new Random(options.seed).fork('masks');
  const hidden: HiddenWord[] = [];
  const queues = random.shuffle([...documents]).map((document) => random.shuffle(sentencesOf(document.text)));
  while (hidden.length < options.wanted && queues.some((queue) => queue.length > 0)) {
    for (const queue of queues) {
      if (hidden.length === options.wanted) break;
      const sentence = queue.pop();
      const found = sentence ? hideWord(sentence, tokenizer, options.limit, random) : null;
      if (found) hidden.push(found);
    }
  }
  return hidden;
}
