import { ByteLevelBpe } from '../bpe/byte-level-bpe.js';
import { ByteLevelSegmentEncoder } from '../bpe/segment-encoder.js';
import { ByteLevelDecoder } from '../decoding/byte-level-decoder.js';
import { type Decoder, spacedDecoder } from '../decoding/decoder.js';
import { Vocabulary } from '../model/vocabulary.js';
import { splittingAddedTokens } from '../pipeline/added-token-splitter.js';
import { type AddedToken, AddedTokenFinder } from '../pipeline/added-tokens.js';
import type { Padding } from '../pipeline/padding.js';
import type { SegmentEncoder } from '../pipeline/segment-encoder.js';
import type { Truncation } from '../pipeline/truncation.js';
import type { TokenizerParts } from '../tokenizer.js';
import { parsePostProcessor } from './post-processors.js';
import { Fields, invalid, unsupported } from './read.js';
import type { AddedTokenJson, BpeJson, ComponentJson, PaddingJson, TruncationJson } from './types.js';

/** Builds a tokenizer's parts from the parsed contents of a `tokenizer.json`. */
export function parseTokenizerJson(json: unknown): TokenizerParts {
  const root = new Fields(json, 'tokenizer.json');
  const modelJson = root.object('model');
  const vocabulary = Vocabulary.fromEntries(modelJson.raw('vocab'), `${modelJson.where}.vocab`);
  const model = parseBpe(modelJson, vocabulary);
  const addedTokens = parseAddedTokens(root, vocabulary);
  const normalizer = root.optionalObject('normalizer');
  if (normalizer !== undefined) throw unsupported(`The normalizer ${normalizer.type}`, 'not yet');

  const pretokenized = parseByteLevel(root.optionalObject('pre_tokenizer'), model);
  const normalizedTokens = addedTokens.filter((token) => token.normalized);
  const rawTokens = addedTokens.filter((token) => !token.normalized);
  const content = (token: AddedToken) => token.content;
  return {
    vocabulary,
    addedTokens,
    segmentEncoder: splittingAddedTokens(
      new AddedTokenFinder(rawTokens, content),
      splittingAddedTokens(new AddedTokenFinder(normalizedTokens, content), pretokenized),
    ),
    postProcessor: parsePostProcessor(root.optionalObject('post_processor')),
    decoder: parseDecoder(root.optionalObject('decoder')),
    truncation: parseTruncation(root.optionalObject('truncation')),
    padding: parsePadding(root.optionalObject('padding')),
    json: () => ({
      version: '1.0',
      truncation: (root.raw('truncation') as TruncationJson | undefined) ?? null,
      padding: (root.raw('padding') as PaddingJson | undefined) ?? null,
      added_tokens: addedTokens.map(addedTokenJson),
      normalizer: (root.raw('normalizer') as ComponentJson | undefined) ?? null,
      pre_tokenizer: (root.raw('pre_tokenizer') as ComponentJson | undefined) ?? null,
      post_processor: (root.raw('post_processor') as ComponentJson | undefined) ?? null,
      decoder: (root.raw('decoder') as ComponentJson | undefined) ?? null,
      model: bpeJson(model),
    }),
  };
}

function parseBpe(json: Fields, vocabulary: Vocabulary): ByteLevelBpe {
  if (json.string('type', 'BPE') !== 'BPE')
    throw unsupported(`The model ${json.type}`, 'BPE and WordPiece are.');
  for (const name of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if (json.string(name, '') !== '') throw unsupported(`BPE with ${name}`, 'only byte-level BPE is.');
  }
  if (json.boolean('byte_fallback', false))
    throw unsupported('BPE with byte_fallback', 'only byte-level BPE is.');
  if (json.raw('dropout')) throw unsupported('BPE with dropout', 'encoding here is deterministic.');
  const merges = json.array('merges').map((merge, rank): [string, string] => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(pair) || pair.length !== 2 || pair.some((part) => typeof part !== 'string')) {
      throw invalid(`${json.where}.merges[${rank}] must be two tokens.`);
    }
    return pair as [string, string];
  });
  return new ByteLevelBpe(vocabulary, merges, {
    unknownToken: json.optionalString('unk_token'),
    fuseUnknown: json.boolean('fuse_unk', false),
    ignoreMerges: json.boolean('ignore_merges', false),
  });
}

function bpeJson(model: ByteLevelBpe): BpeJson {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: model.options.unknownToken ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: model.options.fuseUnknown ?? false,
    byte_fallback: false,
    ignore_merges: model.options.ignoreMerges ?? false,
    vocab: model.vocabulary.toJSON(),
    merges: model.merges(),
  };
}

function parseByteLevel(json: Fields | undefined, model: ByteLevelBpe): SegmentEncoder {
  if (json?.type !== 'ByteLevel') {
    throw unsupported(`BPE with the pre-tokenizer ${json?.type ?? 'null'}`, 'only ByteLevel is.');
  }
  return new ByteLevelSegmentEncoder(model, {
    addPrefixSpace: json.boolean('add_prefix_space', true),
    splitWords: json.boolean('use_regex', true),
  });
}

function parseDecoder(json: Fields | undefined): Decoder {
  if (json === undefined) return spacedDecoder;
  if (json.type === 'ByteLevel') return new ByteLevelDecoder();
  throw unsupported(`The decoder ${json.type}`, 'ByteLevel is.');
}

/** Added tokens take the model's id for their content where it has one; the order of the file stays. */
function parseAddedTokens(root: Fields, vocabulary: Vocabulary): AddedToken[] {
  if (root.raw('added_tokens') === undefined) return [];
  return root.objects('added_tokens').map((json) => {
    const content = json.string('content');
    if (content === '') throw invalid(`${json.where}.content is empty.`);
    const id = vocabulary.idOf.get(content) ?? json.count('id');
    const special = json.boolean('special', false);
    return {
      id,
      content,
      singleWord: json.boolean('single_word', false),
      lstrip: json.boolean('lstrip', false),
      rstrip: json.boolean('rstrip', false),
      normalized: json.boolean('normalized', !special),
      special,
    };
  });
}

function addedTokenJson(token: AddedToken): AddedTokenJson {
  return {
    id: token.id,
    content: token.content,
    single_word: token.singleWord,
    lstrip: token.lstrip,
    rstrip: token.rstrip,
    normalized: token.normalized,
    special: token.special,
  };
}

const directions = { Right: 'right', Left: 'left' } as const;

function parseTruncation(json: Fields | undefined): Truncation | undefined {
  if (json === undefined) return undefined;
  return {
    maxLength: json.count('max_length'),
    stride: json.count('stride', 0),
    strategy: json.choice(
      'strategy',
      { LongestFirst: 'longest_first', OnlyFirst: 'only_first', OnlySecond: 'only_second' },
      'LongestFirst',
    ),
    direction: json.choice('direction', directions, 'Right'),
  };
}

function parsePadding(json: Fields | undefined): Padding | undefined {
  if (json === undefined) return undefined;
  return {
    length: json.raw('strategy') === 'BatchLongest' ? 'longest' : json.object('strategy').count('Fixed'),
    direction: json.choice('direction', directions, 'Right'),
    multipleOf: json.raw('pad_to_multiple_of') === undefined ? undefined : json.count('pad_to_multiple_of'),
    id: json.count('pad_id', 0),
    typeId: json.count('pad_type_id', 0),
    token: json.string('pad_token', '[PAD]'),
  };
}
