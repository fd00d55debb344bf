import { TokenizerError } from '../errors.js';
import { type BertTextOptions, bertNormalizerJson, bertSpecialTokens, wordPieceJson } from '../json/build.js';
import { parseNormalizer } from '../json/normalizers.js';
import { Fields } from '../json/read.js';
import { Vocabulary } from '../model/vocabulary.js';
import { AlignedText } from '../normalize/aligned-text.js';
import { Tokenizer } from '../tokenizer.js';
import { bertKinds, CharacterKinds, rawBertKinds, SPACE } from '../word-piece/character-kinds.js';
import { runEnd } from '../word-piece/run-end.js';
import { countWords } from './count-words.js';
import { learnMerges, type TrainingWords } from './learn-merges.js';
import { checkTrainingOptions, emptyCorpus, type TrainingOptions } from './options.js';
import { Pace } from './pace.js';
import type { TextSource } from './texts.js';
import { WordCounter } from './word-counter.js';

export interface WordPieceTrainingOptions extends TrainingOptions, BertTextOptions {
  /** BERT's `[PAD] [UNK] [CLS] [SEP] [MASK]` unless given; `[UNK]` must be among them. */
  specialTokens?: readonly string[];
  /** Most characters in the alphabet: the rarest are left out and become unknown. 1000 unless given. */
  alphabetLimit?: number;
  /** Characters that are in the alphabet whether they occur or not. */
  initialAlphabet?: readonly string[];
  /** Mark of a token that continues a word; `##` unless given. */
  continuingPrefix?: string;
}

/**
 * Trains a WordPiece tokenizer as BERT's was trained by Hugging Face: byte-pair encoding over characters, those
 * inside a word marked with the prefix.
 *
 * Ids: special tokens, characters in the order of their code points, then characters that continue a word in the
 * same order, then merges; of pairs that occur equally often the one with the smaller left id, then the smaller
 * right id, comes first. Hugging Face's trainer numbers the continuing characters in a random order, so that its
 * ids, and its choice among equals, differ from run to run.
 */
export async function trainWordPiece(
  texts: TextSource,
  options: WordPieceTrainingOptions,
): Promise<Tokenizer> {
  const checked = checkTrainingOptions(options, bertSpecialTokens, 1);
  const { vocabularySize, minFrequency, specialTokens } = checked;
  const continuingPrefix = options.continuingPrefix ?? '##';
  if (!specialTokens.includes('[UNK]')) {
    throw new TokenizerError(
      'INVALID_ARGUMENT',
      'specialTokens must include [UNK], the token of unknown words.',
    );
  }
  const pace = new Pace(options);
  const counted = await countNormalizedWords(texts, options, pace);
  if (counted.size === 0) throw emptyCorpus();

  const alphabet = chooseAlphabet(counted, options);
  const continuing = continuingCharacters(counted, alphabet).map((character) => continuingPrefix + character);
  const tokens = [...new Set([...specialTokens, ...alphabet, ...continuing])];
  const words = wordsAsCharacters(counted, tokens, continuingPrefix);
  if (tokens.length > vocabularySize) {
    throw new TokenizerError(
      'INVALID_ARGUMENT',
      `A vocabulary of ${vocabularySize} has no room for the ${tokens.length} special tokens and characters; raise vocabularySize or lower alphabetLimit.`,
    );
  }
  await learnMerges(words, tokens, { vocabularySize, minFrequency, continuingPrefix }, pace);
  return Tokenizer.fromJSON(
    wordPieceJson({
      vocab: Vocabulary.fromTokens(tokens),
      specialTokens,
      continuingPrefix,
      text: options,
    }),
  );
}

/** Raw runs are counted first, so that each different one is normalized once. */
export async function countNormalizedWords(
  texts: TextSource,
  text: BertTextOptions,
  pace: Pace,
): Promise<WordCounter> {
  const { normalize, bert } = parseNormalizer(new Fields(bertNormalizerJson(text), 'normalizer'));
  const rawKinds = new CharacterKinds(rawBertKinds(bert as NonNullable<typeof bert>));
  const kinds = new CharacterKinds(bertKinds);
  const raw = await countWords(texts, (units, at, count) => runEnd(rawKinds, units, at, count), false, pace);
  const words = new WordCounter();
  for (let run = 0; run < raw.size; run++) {
    const aligned = AlignedText.fromUnits(raw.units, raw.starts[run], raw.starts[run + 1]);
    normalize(aligned);
    const normalized = aligned.toString();
    const units = Uint16Array.from({ length: normalized.length }, (_, i) => normalized.charCodeAt(i));
    for (let start = 0; start < units.length; ) {
      const end = runEnd(kinds, units, start, units.length);
      if (kinds.bmp[units[start]] !== SPACE) words.add(units, start, end, raw.counts[run]);
      start = end;
    }
  }
  return words;
}

/** The commonest characters, in the order of their code points; of equally rare ones the later code point goes first. */
export function chooseAlphabet(
  counted: WordCounter,
  options: Pick<WordPieceTrainingOptions, 'alphabetLimit' | 'initialAlphabet'>,
): string[] {
  const frequency = new Map<string, number>();
  for (let word = 0; word < counted.size; word++) {
    for (const character of wordText(counted, word)) {
      frequency.set(character, (frequency.get(character) ?? 0) + counted.counts[word]);
    }
  }
  for (const text of options.initialAlphabet ?? []) {
    const [character] = text;
    if (character !== undefined) frequency.set(character, Number.POSITIVE_INFINITY);
  }
  const byCodePoint = (a: string, b: string) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number);
  const commonest = [...frequency].sort(([a, m], [b, n]) => (m === n ? byCodePoint(a, b) : n > m ? 1 : -1));
  return commonest
    .slice(0, options.alphabetLimit ?? 1000)
    .map(([character]) => character)
    .sort(byCodePoint);
}

/** The characters that stand anywhere but at a word's beginning, in the alphabet's order. */
export function continuingCharacters(counted: WordCounter, alphabet: readonly string[]): string[] {
  const continuing = new Set<string>();
  for (let word = 0; word < counted.size; word++) {
    for (const character of Array.from(wordText(counted, word)).slice(1)) continuing.add(character);
  }
  return alphabet.filter((character) => continuing.has(character));
}

/** The words as ids of their characters; characters outside the alphabet are passed over. */
export function wordsAsCharacters(
  counted: WordCounter,
  tokens: readonly string[],
  continuingPrefix: string,
): TrainingWords {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const symbols = new Int32Array(counted.starts[counted.size]);
  const starts = new Uint32Array(counted.size);
  const lengths = new Uint32Array(counted.size);
  let length = 0;
  for (let word = 0; word < counted.size; word++) {
    starts[word] = length;
    Array.from(wordText(counted, word)).forEach((character, i) => {
      if (idOf.has(character))
        symbols[length++] = idOf.get(i > 0 ? continuingPrefix + character : character) as number;
    });
    lengths[word] = length - starts[word];
  }
  return { symbols, starts, lengths, counts: counted.counts, size: counted.size };
}

const decoder = new TextDecoder('utf-16le', { ignoreBOM: true });

function wordText(counted: WordCounter, word: number): string {
  return decoder.decode(counted.units.subarray(counted.starts[word], counted.starts[word + 1]));
}
