import { ByteLevelDecoder } from '../decoding/byte-level-decoder.js';
import { type Decoder, spacedDecoder } from '../decoding/decoder.js';
import { WordPieceDecoder } from '../decoding/word-piece-decoder.js';
import type { Vocabulary } from '../model/vocabulary.js';
import type { AddedToken } from '../pipeline/added-tokens.js';
import type { Padding } from '../pipeline/padding.js';
import type { Truncation } from '../pipeline/truncation.js';
import type { TokenizerParts } from '../tokenizer.js';
import { type Model, modelJson, parseModel } from './models.js';
import { parsePostProcessor } from './post-processors.js';
import { Fields, invalid, unsupported } from './read.js';
import { buildSegmentEncoder } from './segment-encoders.js';
import type { AddedTokenJson, ComponentJson, PaddingJson, TokenizerJson, TruncationJson } from './types.js';

/** Builds a tokenizer's parts from the parsed contents of a `tokenizer.json`. */
export function parseTokenizerJson(json: unknown): TokenizerParts {
  if (typeof json === 'string') throw invalid('tokenizer.json is given as text: pass it to Tokenizer.parse.');
  const root = new Fields(json, 'tokenizer.json');
  const model = parseModel(root.object('model'));
  const addedTokens = parseAddedTokens(root, model.vocabulary);
  const rest = {
    truncation: (root.raw('truncation') as TruncationJson | undefined) ?? null,
    padding: (root.raw('padding') as PaddingJson | undefined) ?? null,
    normalizer: componentJson(root, 'normalizer'),
    pre_tokenizer: componentJson(root, 'pre_tokenizer'),
    post_processor: componentJson(root, 'post_processor'),
    decoder: componentJson(root, 'decoder'),
  };
  return {
    vocabulary: model.vocabulary,
    addedTokens,
    segmentEncoder: buildSegmentEncoder(root, model, addedTokens),
    postProcessor: parsePostProcessor(root.optionalObject('post_processor')),
    decoder: parseDecoder(root.optionalObject('decoder')),
    truncation: parseTruncation(root.optionalObject('truncation')),
    padding: parsePadding(root.optionalObject('padding')),
    json: jsonWriter(model, addedTokens, rest),
  };
}

/** Apart, so that the function it returns holds on to nothing else: not to the whole parsed file. */
function jsonWriter(
  model: Model,
  addedTokens: readonly AddedToken[],
  rest: Omit<TokenizerJson, 'version' | 'added_tokens' | 'model'>,
): () => TokenizerJson {
  return () => ({
    version: '1.0',
    truncation: rest.truncation,
    padding: rest.padding,
    added_tokens: addedTokens.map(addedTokenJson),
    normalizer: rest.normalizer,
    pre_tokenizer: rest.pre_tokenizer,
    post_processor: rest.post_processor,
    decoder: rest.decoder,
    model: modelJson(model),
  });
}

function componentJson(root: Fields, name: string): ComponentJson | null {
  return (root.raw(name) as ComponentJson | undefined) ?? null;
}

function parseDecoder(json: Fields | undefined): Decoder {
  if (json === undefined) return spacedDecoder;
  switch (json.type) {
    case 'ByteLevel':
      return new ByteLevelDecoder();
    case 'WordPiece':
      return new WordPieceDecoder(json.string('prefix', '##'), json.boolean('cleanup', true));
    default:
      throw unsupported(`The decoder ${json.type}`, 'ByteLevel and WordPiece are.');
  }
}

/** Added tokens take the model's id for their content where it has one; the order of the file stays. */
function parseAddedTokens(root: Fields, vocabulary: Vocabulary): AddedToken[] {
  if (root.raw('added_tokens') === undefined) return [];
  return root.objects('added_tokens').map((json) => {
    const content = json.string('content');
    if (content === '') throw invalid(`${json.where}.content is empty.`);
    const special = json.boolean('special', false);
    return {
      id: vocabulary.idOf(content) ?? json.count('id'),
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
