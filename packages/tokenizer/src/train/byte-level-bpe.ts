import { byteToCharCode, sortedAlphabet } from '../byte-level/alphabet.js';
import { encodeUtf8Units } from '../byte-level/utf8.js';
import { TokenizerError } from '../errors.js';
import type { AddedTokenJson, ComponentJson } from '../json/types.js';
import { Tokenizer } from '../tokenizer.js';
import { countByteLevelWords, type TextSource } from './count-words.js';
import { learnMerges, type TrainingWords } from './learn-merges.js';
import { Pace, type TrainingProgress } from './pace.js';
import type { WordCounter } from './word-counter.js';

export interface ByteLevelBpeTrainingOptions {
  /** Size to reach, special tokens and the 256 bytes included; smaller when the texts hold no more pairs. */
  vocabularySize: number;
  /** A pair that occurs less often is not merged; 2 unless given. */
  minFrequency?: number;
  /** They get the first ids. RoBERTa's `<s> <pad> </s> <unk> <mask>` unless given. */
  specialTokens?: readonly string[];
  /** Whether texts are read as if a space stood in front. */
  addPrefixSpace?: boolean;
  onProgress?: (progress: TrainingProgress) => void;
  signal?: AbortSignal;
}

const robertaSpecialTokens = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];

/**
 * Trains a byte-level BPE tokenizer as RoBERTa's was: GPT-2's word pattern, all 256 bytes in the alphabet, and
 * `<s> text </s>` around a text when the special tokens include `<s>` and `</s>`. A `<mask>` swallows the space
 * before it.
 *
 * The result depends on the texts only, and is that of Hugging Face's trainer: of pairs that occur equally often
 * the one with the smaller left id, then the smaller right id, is merged first.
 */
export async function trainByteLevelBpe(
  texts: TextSource,
  options: ByteLevelBpeTrainingOptions,
): Promise<Tokenizer> {
  const specialTokens = [...new Set(options.specialTokens ?? robertaSpecialTokens)];
  const { vocabularySize, minFrequency = 2, addPrefixSpace = false } = options;
  const least = specialTokens.length + 256;
  if (!Number.isInteger(vocabularySize) || vocabularySize < least || vocabularySize > 2 ** 24) {
    throw new TokenizerError(
      'INVALID_ARGUMENT',
      `vocabularySize is ${vocabularySize}; it must be a whole number of at least ${least}: 256 bytes and ${specialTokens.length} special tokens.`,
    );
  }
  if (!(minFrequency >= 0)) {
    throw new TokenizerError('INVALID_ARGUMENT', `minFrequency is ${minFrequency}; it must be 0 or more.`);
  }
  if (specialTokens.includes('')) throw new TokenizerError('INVALID_ARGUMENT', 'A special token is empty.');

  const pace = new Pace(options);
  const counted = await countByteLevelWords(texts, addPrefixSpace, pace);
  if (counted.size === 0) throw new TokenizerError('CORPUS_INVALID', 'The training texts are empty.');

  const tokens = [...new Set([...specialTokens, ...sortedAlphabet()])];
  const words = asBytes(counted, tokens);
  const merges = await learnMerges(
    words,
    tokens,
    { vocabularySize, minFrequency, continuingPrefix: '' },
    pace,
  );

  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: addPrefixSpace,
    trim_offsets: true,
    use_regex: true,
  };
  return Tokenizer.fromJSON({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => specialTokenJson(content, id)),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: postProcessorJson(specialTokens, addPrefixSpace) ?? byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => [tokens[left], tokens[right]]),
    },
  });
}

/** The counted words as ids of bytes. */
function asBytes(counted: WordCounter, tokens: readonly string[]): TrainingWords {
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

function specialTokenJson(content: string, id: number): AddedTokenJson {
  const lstrip = content === '<mask>';
  return { id, content, single_word: false, lstrip, rstrip: false, normalized: false, special: true };
}

function postProcessorJson(
  specialTokens: readonly string[],
  addPrefixSpace: boolean,
): ComponentJson | undefined {
  const open = specialTokens.indexOf('<s>');
  const close = specialTokens.indexOf('</s>');
  if (open < 0 || close < 0) return undefined;
  return {
    type: 'RobertaProcessing',
    sep: ['</s>', close],
    cls: ['<s>', open],
    trim_offsets: true,
    add_prefix_space: addPrefixSpace,
  };
}
