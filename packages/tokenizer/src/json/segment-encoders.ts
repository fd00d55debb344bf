import { ByteLevelBpe } from '../bpe/byte-level-bpe.js';
import { ByteLevelSegmentEncoder } from '../bpe/segment-encoder.js';
import { AlignedText } from '../normalize/aligned-text.js';
import { NormalizingEncoder } from '../normalize/normalizing-encoder.js';
import { splittingAddedTokens } from '../pipeline/added-token-splitter.js';
import { type AddedToken, AddedTokenFinder } from '../pipeline/added-tokens.js';
import type { SegmentEncoder } from '../pipeline/segment-encoder.js';
import {
  bertKinds,
  CharacterKinds,
  rawBertKinds,
  whiteSpaceKinds,
  whiteSpaceSplitKinds,
} from '../word-piece/character-kinds.js';
import { type RunNormalization, WordPieceSegmentEncoder } from '../word-piece/segment-encoder.js';
import type { WordPiece } from '../word-piece/word-piece.js';
import type { Model } from './models.js';
import { type ParsedNormalizer, parseNormalizer } from './normalizers.js';
import { type Fields, unsupported } from './read.js';

/** Everything between the text and the post-processor, put together from a tokenizer.json. */
export function buildSegmentEncoder(
  root: Fields,
  model: Model,
  addedTokens: readonly AddedToken[],
): SegmentEncoder {
  const normalizerJson = root.optionalObject('normalizer');
  const normalizer = normalizerJson && parseNormalizer(normalizerJson);
  const preTokenizer = preTokenizerOf(root);
  const raw = addedTokens.filter((token) => !token.normalized);
  const normalized = addedTokens.filter((token) => token.normalized);
  return splittingAddedTokens(
    new AddedTokenFinder(raw, (token) => token.content),
    normalized.length === 0
      ? withNormalizer(normalizer, model, preTokenizer)
      : normalizing(
          normalizer,
          splittingAddedTokens(
            new AddedTokenFinder(normalized, (token) => normalizedContent(token, normalizer)),
            withoutNormalizer(model, preTokenizer),
          ),
        ),
  );
}

/** A Sequence of one is that one. */
function preTokenizerOf(root: Fields): Fields | undefined {
  const json = root.optionalObject('pre_tokenizer');
  if (json?.type !== 'Sequence') return json;
  const parts = json.objects('pretokenizers');
  if (parts.length === 1) return parts[0];
  throw unsupported('A Sequence of several pre-tokenizers', 'encoders of text use one.');
}

function withNormalizer(
  normalizer: ParsedNormalizer | undefined,
  model: Model,
  preTokenizer: Fields | undefined,
): SegmentEncoder {
  if (
    normalizer?.bert !== undefined &&
    preTokenizer?.type === 'BertPreTokenizer' &&
    !(model instanceof ByteLevelBpe)
  ) {
    const rawKinds = new CharacterKinds(rawBertKinds(normalizer.bert));
    return wordPieceEncoder(model, preTokenizer, { normalize: normalizer.normalize, rawKinds });
  }
  return normalizing(normalizer, withoutNormalizer(model, preTokenizer));
}

function normalizing(normalizer: ParsedNormalizer | undefined, next: SegmentEncoder): SegmentEncoder {
  return normalizer === undefined
    ? next
    : new NormalizingEncoder(normalizer.normalize, next, normalizer.isUnchanged);
}

function withoutNormalizer(model: Model, preTokenizer: Fields | undefined): SegmentEncoder {
  if (!(model instanceof ByteLevelBpe)) return wordPieceEncoder(model, preTokenizer);
  if (preTokenizer?.type !== 'ByteLevel') {
    throw unsupported(`BPE with the pre-tokenizer ${preTokenizer?.type ?? 'null'}`, 'ByteLevel is.');
  }
  return new ByteLevelSegmentEncoder(model, {
    addPrefixSpace: preTokenizer.boolean('add_prefix_space', true),
    splitWords: preTokenizer.boolean('use_regex', true),
  });
}

const kindsOf: Record<string, (point: number) => number> = {
  BertPreTokenizer: bertKinds,
  Whitespace: whiteSpaceKinds,
  WhitespaceSplit: whiteSpaceSplitKinds,
};

function wordPieceEncoder(
  model: WordPiece,
  preTokenizer: Fields | undefined,
  normalization?: RunNormalization,
): SegmentEncoder {
  const type = preTokenizer?.type ?? 'null';
  if (!Object.hasOwn(kindsOf, type)) {
    throw unsupported(
      `WordPiece with the pre-tokenizer ${type}`,
      'BertPreTokenizer, Whitespace and WhitespaceSplit are.',
    );
  }
  return new WordPieceSegmentEncoder(model, new CharacterKinds(kindsOf[type]), normalization);
}

function normalizedContent(token: AddedToken, normalizer: ParsedNormalizer | undefined): string {
  if (normalizer === undefined) return token.content;
  const content = AlignedText.fromText(token.content, 0, token.content.length);
  normalizer.normalize(content);
  return content.toString();
}
