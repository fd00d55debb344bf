import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { LookupFfnError, Random, throwIfAborted } from '@lookupffn/core';
import type { CorpusDocument } from './documents.js';
import { makeTokens, PackedSequences, type Separators, type TokenisedDocument } from './packed-sequences.js';
import type { Corpus, MaskVocabulary } from './sequences.js';

interface SpecialToken {
  readonly id: number;
}

/** What a corpus needs of a tokenizer; `@lookupffn/tokenizer`'s is one. */
export interface CorpusTokenizer {
  /** Number of token ids. */
  readonly vocabularySize: number;
  encode(
    text: string,
    options?: {
      readonly addSpecialTokens?: boolean;
      readonly truncation?: false;
      readonly padding?: false;
    },
  ): { readonly ids: ArrayLike<number> };
  readonly specialTokens: {
    readonly bos?: SpecialToken;
    readonly eos?: SpecialToken;
    readonly mask?: SpecialToken;
    readonly pad?: SpecialToken;
    readonly unk?: SpecialToken;
    readonly cls?: SpecialToken;
    readonly sep?: SpecialToken;
  };
  /** The tokenizer as JSON: hashed, and written beside the weights. */
  toJSON(): unknown;
}

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
  /** Chooses the validation documents. Default 0. */
  readonly seed?: number;
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

/** Separators and masks of a tokenizer. Throws `INVALID_ARGUMENT` where it lacks one. */
function vocabularyOf(tokenizer: CorpusTokenizer): { vocabulary: MaskVocabulary; separators: Separators } {
  const { specialTokens, vocabularySize: vocabSize } = tokenizer;
  // BERT's tokenizers name the same roles cls and sep.
  const bos = specialTokens.bos ?? specialTokens.cls;
  const eos = specialTokens.eos ?? specialTokens.sep;
  const { mask } = specialTokens;
  if (!bos || !eos || !mask) {
    const missing = [!bos && '<s>', !eos && '</s>', !mask && '<mask>'].filter(Boolean).join(', ');
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `The tokenizer has no ${missing}, which masked-language-model training needs. Train it with these special tokens.`,
    );
  }
  const ids = Object.values(specialTokens).flatMap((token) => (token ? [token.id] : []));
  const specialTokenIds = [...new Set(ids)].sort((a, b) => a - b);
  return {
    vocabulary: { size: vocabSize, maskTokenId: mask.id, specialTokenIds },
    separators: { bos: bos.id, eos: eos.id },
  };
}

/** Ids of a text that stand for text: a literal `<mask>` in it must not become the special token. */
function tokenise(tokenizer: CorpusTokenizer, text: string, vocabulary: MaskVocabulary) {
  const { ids } = tokenizer.encode(text, {
    addSpecialTokens: false,
    truncation: false,
    padding: false,
  });
  const special = new Set(vocabulary.specialTokenIds);
  const unknown = tokenizer.specialTokens.unk?.id;
  if (unknown !== undefined) special.delete(unknown);
  const tokens = makeTokens(ids.length, vocabulary.size);
  let count = 0;
  for (let i = 0; i < ids.length; i++) if (!special.has(ids[i]!)) tokens[count++] = ids[i]!;
  return tokens.slice(0, count);
}

async function tokeniseAll(
  options: BuildCorpusOptions,
  vocabulary: MaskVocabulary,
): Promise<TokenisedDocument[]> {
  const result: TokenisedDocument[] = [];
  let documents = 0;
  let tokens = 0;
  let characters = 0;
  for await (const { name, text } of options.documents) {
    throwIfAborted(options.signal, 'Tokenising the corpus');
    const document = { name, tokens: tokenise(options.tokenizer, text, vocabulary) };
    if (document.tokens.length > 0) result.push(document);
    documents++;
    tokens += document.tokens.length;
    characters += text.length;
    options.onProgress?.({ documents, tokens, characters });
    // Documents from memory leave the event loop no other moment, and Ctrl-C needs one.
    await setImmediate();
  }
  return result.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

interface Split {
  readonly train: TokenisedDocument[];
  readonly validation: TokenisedDocument[];
}

/** Whole documents, drawn until they hold the fraction of the tokens; at least one on each side. */
function splitDocuments(documents: readonly TokenisedDocument[], fraction: number, random: Random): Split {
  const total = documents.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const drawn = random.shuffle([...documents.keys()]);
  const held = new Set<number>();
  let tokens = 0;
  while (held.size < documents.length - 1 && (held.size === 0 || tokens < fraction * total)) {
    const index = drawn[held.size]!;
    held.add(index);
    tokens += documents[index]!.tokens.length;
  }
  return {
    train: documents.filter((_, i) => !held.has(i)),
    validation: documents.filter((_, i) => held.has(i)),
  };
}

function checkEnough(
  name: 'training' | 'validation',
  sequences: PackedSequences,
  documents: readonly TokenisedDocument[],
): void {
  if (sequences.count > 0) return;
  const tokens = documents.reduce((sum, document) => sum + document.tokens.length, 0);
  const { sequenceLength } = sequences;
  const remedy =
    name === 'training'
      ? 'Give more text or a shorter sequence length.'
      : 'Give more text, a larger validation fraction or a shorter sequence length.';
  invalid(
    `The ${name} part of the corpus has ${tokens} tokens in ${documents.length} documents, which do not fill one sequence of ${sequenceLength}. ${remedy}`,
    { part: name, tokens, sequenceLength },
  );
}

function hashCorpus(train: PackedSequences, validation: PackedSequences): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ sequenceLength: train.sequenceLength, vocabulary: train.vocabulary }));
  for (const { tokens, count } of [train, validation]) {
    hash.update(`\n${count}\n`).update(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  }
  return hash.digest('hex');
}

/**
 * Tokenises documents, holds some out for validation and packs both parts into sequences. The same documents,
 * tokenizer, length, fraction and seed give the same corpus, in whatever order the documents come. Throws
 * `CORPUS_INVALID` when either part does not fill one sequence, `INVALID_ARGUMENT` for a tokenizer without `<s>`,
 * `</s>` or `<mask>`, and `ABORTED`.
 */
export async function buildCorpus(options: BuildCorpusOptions): Promise<Corpus> {
  const fraction = checkOptions(options);
  const { vocabulary, separators } = vocabularyOf(options.tokenizer);
  const documents = await tokeniseAll(options, vocabulary);
  const tokens = documents.reduce((sum, document) => sum + document.tokens.length, 0);
  if (documents.length < 2) {
    invalid(
      `The corpus has ${tokens} tokens in ${documents.length === 1 ? 'one document' : 'no document'}; training needs at least two documents, for one is held out for validation. Give more text.`,
      { tokens, documents: documents.length },
    );
  }
  const split = splitDocuments(documents, fraction, new Random(options.seed ?? 0).fork('validation'));
  const pack = (part: TokenisedDocument[]) =>
    PackedSequences.pack(part, options.sequenceLength, vocabulary, separators);
  const train = pack(split.train);
  const validation = pack(split.validation);
  checkEnough('training', train, split.train);
  checkEnough('validation', validation, split.validation);
  return {
    train,
    validation,
    documents: {
      train: split.train.map(({ name }) => name),
      validation: split.validation.map(({ name }) => name),
    },
    tokens,
    hash: hashCorpus(train, validation),
    tokenizerHash: createHash('sha256').update(JSON.stringify(options.tokenizer.toJSON())).digest('hex'),
  };
}
