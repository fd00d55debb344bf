import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { LookupFfnError, Random, throwIfAborted } from '@lookupffn/core';
import { type DocumentTokens, MemoryTokens, makeTokens, type TokenArray } from './document-tokens.js';
import type { CorpusDocument } from './documents.js';
import { PackedSequences } from './packed-sequences.js';
import type { Corpus, MaskVocabulary, TokenCacheUse } from './sequences.js';
import { storeTokens, type TokenCacheOptions } from './token-cache.js';
import { type CorpusTokenizer, hashTokenizer, tokenise, vocabularyOf } from './tokenise.js';

export interface CorpusProgress {
  readonly documents: number;
  readonly tokens: number;
  readonly characters: number;
}

export interface BuildCorpusOptions {
  readonly documents: AsyncIterable<CorpusDocument> | Iterable<CorpusDocument>;
  readonly tokenizer: CorpusTokenizer;
  /** Tokens a sequence, `<s>` and `</s>` included. */
  readonly sequenceLength: number;
  /** Share of the tokens that goes to validation, by whole documents; at least one document. Default 0.05. */
  readonly validationFraction?: number;
  /** Nothing is held out: all is `train`, and a single document will do. Default false. */
  readonly whole?: boolean;
  /** Chooses the validation documents. Default 0. */
  readonly seed?: number;
  /**
   * Where tokens are kept, for the next corpus of the same texts and tokenizer, and read from: memory then holds names
   * and lengths of the documents only. Without it all tokens are in memory. The corpus is the same either way.
   */
  readonly cache?: TokenCacheOptions;
  readonly onProgress?: (progress: CorpusProgress) => void;
  readonly signal?: AbortSignal;
}

function invalid(message: string, details: Record<string, unknown> = {}): never {
  throw new LookupFfnError('CORPUS_INVALID', message, details);
}

function checkOptions({ sequenceLength, validationFraction = 0.05 }: BuildCorpusOptions): number {
  if (!Number.isInteger(sequenceLength) || sequenceLength < 4) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `sequenceLength is ${sequenceLength}; it must be a whole number of at least 4.`,
      { key: 'sequenceLength' },
    );
  }
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `validationFraction is ${validationFraction}; it must be above 0 and below 1.`,
      { key: 'validationFraction' },
    );
  }
  return validationFraction;
}

interface AllTokens {
  readonly tokens: DocumentTokens & { close?(): void };
  readonly use?: TokenCacheUse;
}

/** Tokens of all documents that have any, in memory or on disk. */
async function tokeniseAll(
  options: BuildCorpusOptions,
  vocabulary: MaskVocabulary,
  tokenizerHash: string,
): Promise<AllTokens> {
  const { tokenizer, cache, signal } = options;
  const done = { documents: 0, tokens: 0, characters: 0 };
  const report = async (documents: readonly CorpusDocument[], tokens: number) => {
    done.documents += documents.length;
    done.tokens += tokens;
    for (const { text } of documents) done.characters += text.length;
    options.onProgress?.({ ...done });
    // Documents from memory leave the event loop no other moment, and Ctrl-C needs one.
    await setImmediate();
    throwIfAborted(signal, 'Tokenising the corpus');
  };
  const encode = async (document: CorpusDocument): Promise<TokenArray> => {
    const tokens = tokenise(tokenizer, document.text, vocabulary);
    await report([document], tokens.length);
    return tokens;
  };
  throwIfAborted(signal, 'Tokenising the corpus');
  if (cache) {
    const { documents } = options;
    return storeTokens({
      documents,
      tokenizerHash,
      vocabularySize: vocabulary.size,
      cache,
      tokenise: encode,
      onReused: report,
    });
  }
  const tokens = new MemoryTokens();
  for await (const document of options.documents) tokens.add(document.name, await encode(document));
  return { tokens };
}

/** Numbers of the documents by name, whatever order they came in. */
function byName({ names }: DocumentTokens): number[] {
  const at = (i: number) => names[i]!;
  return [...names.keys()].sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}

const countTokens = ({ lengths }: DocumentTokens, documents: readonly number[]) =>
  documents.reduce((sum, document) => sum + lengths[document]!, 0);

interface Split {
  readonly train: number[];
  readonly validation: number[];
}

/** Whole documents, drawn until they hold the fraction of the tokens; at least one on each side. */
function splitDocuments(
  tokens: DocumentTokens,
  order: readonly number[],
  fraction: number,
  random: Random,
): Split {
  const total = countTokens(tokens, order);
  const drawn = random.shuffle([...order.keys()]);
  const held = new Set<number>();
  let taken = 0;
  while (held.size < order.length - 1 && (held.size === 0 || taken < fraction * total)) {
    const place = drawn[held.size]!;
    held.add(place);
    taken += tokens.lengths[order[place]!]!;
  }
  return {
    train: order.filter((_, place) => !held.has(place)),
    validation: order.filter((_, place) => held.has(place)),
  };
}

function checkEnough(
  name: 'training' | 'validation' | 'whole',
  sequences: PackedSequences,
  tokens: number,
  documents: number,
): void {
  if (sequences.count > 0) return;
  const { sequenceLength } = sequences;
  const remedy =
    name === 'validation'
      ? 'Give more text, a larger validation fraction or a shorter sequence length.'
      : 'Give more text or a shorter sequence length.';
  const what = name === 'whole' ? 'The text' : `The ${name} part of the corpus`;
  invalid(
    `${what} has ${tokens} tokens in ${documents} documents, which do not fill one sequence of ${sequenceLength}. ${remedy}`,
    { part: name, tokens, sequenceLength },
  );
}

/** Sequences that are hashed at a time, about, in tokens. */
const hashedTokens = 1 << 16;

/** The hash of all sequences. Throws `CORPUS_INVALID` where none has a word that could be masked. */
async function hashCorpus(
  train: PackedSequences,
  validation: PackedSequences,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { sequenceLength, vocabulary } = train;
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ sequenceLength, vocabulary }));
  const atOnce = Math.ceil(hashedTokens / sequenceLength);
  const ids = new Int32Array(atOnce * sequenceLength);
  const narrow = makeTokens(ids.length, vocabulary.size);
  const special = new Set(vocabulary.specialTokenIds);
  let words = false;
  for (const part of [train, validation]) {
    hash.update(`\n${part.count}\n`);
    for (let first = 0; first < part.count; first += atOnce) {
      const some = Math.min(atOnce, part.count - first);
      for (let i = 0; i < some; i++) part.read(first + i, ids, i * sequenceLength);
      narrow.set(ids);
      words ||= ids.subarray(0, some * sequenceLength).some((id) => !special.has(id));
      hash.update(new Uint8Array(narrow.buffer, 0, some * sequenceLength * narrow.BYTES_PER_ELEMENT));
      await setImmediate();
      throwIfAborted(signal, 'Hashing the corpus');
    }
  }
  if (!words) {
    invalid(
      'The tokenizer knows no word of the corpus: all of it is unknown tokens. Use a tokenizer of its language, or train one.',
    );
  }
  return hash.digest('hex');
}

async function packCorpus(
  options: BuildCorpusOptions,
  fraction: number,
  all: AllTokens,
  tokenizerHash: string,
): Promise<Corpus> {
  const { vocabulary, separators } = vocabularyOf(options.tokenizer);
  const { tokens } = all;
  const order = byName(tokens);
  const total = countTokens(tokens, order);
  if (order.length < 2 && !options.whole) {
    invalid(
      `The corpus has ${total} tokens in ${order.length === 1 ? 'one document' : 'no document'}; training needs at least two documents, for one is held out for validation. Give more text.`,
      { tokens: total, documents: order.length },
    );
  }
  const random = new Random(options.seed ?? 0).fork('validation');
  const split = options.whole
    ? { train: order, validation: [] }
    : splitDocuments(tokens, order, fraction, random);
  const pack = (part: readonly number[]) =>
    new PackedSequences(tokens, part, options.sequenceLength, vocabulary, separators);
  const train = pack(split.train);
  const validation = pack(split.validation);
  checkEnough(
    options.whole ? 'whole' : 'training',
    train,
    countTokens(tokens, split.train),
    split.train.length,
  );
  if (!options.whole)
    checkEnough('validation', validation, countTokens(tokens, split.validation), split.validation.length);
  const names = (part: readonly number[]) => part.map((document) => tokens.names[document]!);
  return {
    train,
    validation,
    documents: { train: names(split.train), validation: names(split.validation) },
    tokens: total,
    hash: await hashCorpus(train, validation, options.signal),
    tokenizerHash,
    ...(all.use ? { cache: all.use } : {}),
    close: () => tokens.close?.(),
  };
}

/**
 * Tokenises documents, holds some out for validation and packs both parts into sequences. The same documents,
 * tokenizer, length, fraction and seed give the same corpus, in whatever order the documents come. Throws
 * `CORPUS_INVALID` when either part does not fill one sequence or the tokenizer knows no word of them,
 * `INVALID_ARGUMENT` for a tokenizer without `<s>`, `</s>` or `<mask>`, `FILE_IO` when the cache cannot be written or
 * read, and `ABORTED`.
 */
export async function buildCorpus(options: BuildCorpusOptions): Promise<Corpus> {
  const fraction = checkOptions(options);
  const { vocabulary } = vocabularyOf(options.tokenizer);
  const tokenizerHash = hashTokenizer(options.tokenizer);
  const all = await tokeniseAll(options, vocabulary, tokenizerHash);
  try {
    return await packCorpus(options, fraction, all, tokenizerHash);
  } catch (error) {
    all.tokens.close?.();
    throw error;
  }
}
