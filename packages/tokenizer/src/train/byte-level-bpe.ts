import { Merges } from '../bpe/merges.js';
import { byteToCharCode, sortedAlphabet } from '../byte-level/alphabet.js';
import { encodeUtf8Units } from '../byte-level/utf8.js';
import { byteLevelBpeJson, robertaSpecialTokens } from '../json/build.js';
import { Vocabulary } from '../model/vocabulary.js';
import { Tokenizer } from '../tokenizer.js';
import { byteLevelWordEnd, countWords } from './count-words.js';
import { learnMerges, type TrainingWords } from './learn-merges.js';
import { checkTrainingOptions, emptyCorpus, type TrainingOptions } from './options.js';
import { Pace } from './pace.js';
import type { TextSource } from './texts.js';
import type { WordCounter } from './word-counter.js';

export interface ByteLevelBpeTrainingOptions extends TrainingOptions {
  /** RoBERTa's `<s> <pad> </s> <unk> <mask>` unless given. */
  specialTokens?: readonly string[];
  /** Whether texts are read as if a space stood in front. */
  addPrefixSpace?: boolean;
}

/**
 * Trains a byte-level BPE tokenizer as RoBERTa's was: GPT-2's word pattern, all 256 bytes in the alphabet, and
 * `<s> text </s>` around a text when the special tokens include `<s>` and `</s>`. A `<mask>` swallows the space
 * before it.
 *
 * The result depends on the texts only, not on their order, and is that of Hugging Face's trainer: of pairs that
 * occur equally often the one with the smaller left id, then the smaller right id, is merged first.
 */
export async function trainByteLevelBpe(
  texts: TextSource,
  options: ByteLevelBpeTrainingOptions,
): Promise<Tokenizer> {
  const { vocabularySize, minFrequency, specialTokens } = checkTrainingOptions(
    options,
    robertaSpecialTokens,
    256,
  );
  const addPrefixSpace = options.addPrefixSpace ?? false;
  const pace = new Pace(options);
  const counted = await countWords(texts, byteLevelWordEnd, addPrefixSpace, pace);
  if (counted.size === 0) throw emptyCorpus();

  const tokens = [...new Set([...specialTokens, ...sortedAlphabet()])];
  const limits = { vocabularySize, minFrequency, continuingPrefix: '' };
  const merges = await learnMerges(wordsAsBytes(counted, tokens), tokens, limits, pace);
  return Tokenizer.fromJSON(
    byteLevelBpeJson({
      vocab: Vocabulary.fromTokens(tokens),
      merges: Merges.fromArray(merges.map(([left, right]) => [tokens[left], tokens[right]])),
      specialTokens,
      addPrefixSpace,
    }),
  );
}

/** The counted words as the ids of their UTF-8 bytes. */
function wordsAsBytes(counted: WordCounter, tokens: readonly string[]): TrainingWords {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = Int32Array.from(byteToCharCode, (code) => idOf.get(String.fromCharCode(code)) as number);
  const { size, units } = counted;
  const starts = new Uint32Array(size);
  const lengths = new Uint32Array(size);
  let symbols = new Int32Array(2 * counted.starts[size]);
  let length = 0;
  let bytes = new Uint8Array(256);
  for (let word = 0; word < size; word++) {
    const from = counted.starts[word];
    const to = counted.starts[word + 1];
    if (bytes.length < 3 * (to - from)) bytes = new Uint8Array(6 * (to - from));
    const count = encodeUtf8Units(units, from, to, bytes);
    if (length + count > symbols.length) {
      const larger = new Int32Array(2 * (length + count));
      larger.set(symbols);
      symbols = larger;
    }
    starts[word] = length;
    lengths[word] = count;
    for (let i = 0; i < count; i++) symbols[length++] = byteIds[bytes[i]];
  }
  return { symbols, starts, lengths, counts: counted.counts, size };
}
