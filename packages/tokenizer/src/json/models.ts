import { ByteLevelBpe } from '../bpe/byte-level-bpe.js';
import { Merges } from '../bpe/merges.js';
import { Vocabulary } from '../model/vocabulary.js';
import { WordPiece } from '../word-piece/word-piece.js';
import { type Fields, unsupported } from './read.js';
import type { BpeJson, WordPieceJson } from './types.js';

export type Model = ByteLevelBpe | WordPiece;

/** The `model` of a tokenizer.json. Its `vocab` and `merges` may have been read already. */
export function parseModel(json: Fields): Model {
  const vocab = json.raw('vocab');
  // Files older than the field are told apart by what only Unigram and BPE have: a list of tokens, merges.
  const older = Array.isArray(vocab) ? 'Unigram' : json.raw('merges') === undefined ? 'WordPiece' : 'BPE';
  const type = json.string('type', older);
  // First of all: the vocabulary of another model may have another shape.
  if (type !== 'BPE' && type !== 'WordPiece') {
    throw unsupported(`The model ${type}`, 'byte-level BPE and WordPiece are.');
  }
  const vocabulary =
    vocab instanceof Vocabulary ? vocab : Vocabulary.fromObject(vocab, `${json.where}.vocab`);
  if (type === 'BPE') return parseBpe(json, vocabulary);
  return new WordPiece(vocabulary, {
    unknownToken: json.string('unk_token', '[UNK]'),
    continuingPrefix: json.string('continuing_subword_prefix', '##'),
    maxWordLength: json.count('max_input_chars_per_word', 100),
  });
}

export function modelJson(model: Model): BpeJson | WordPieceJson {
  return model instanceof ByteLevelBpe ? bpeJson(model) : wordPieceJson(model);
}

function parseBpe(json: Fields, vocabulary: Vocabulary): ByteLevelBpe {
  for (const name of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if (json.string(name, '') !== '') throw unsupported(`BPE with ${name}`, 'only byte-level BPE is.');
  }
  if (json.boolean('byte_fallback', false))
    throw unsupported('BPE with byte_fallback', 'only byte-level BPE is.');
  if (json.raw('dropout')) throw unsupported('BPE with dropout', 'encoding here is deterministic.');
  const given = json.raw('merges');
  const merges = given instanceof Merges ? given : Merges.fromArray(json.array('merges'));
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

function wordPieceJson(model: WordPiece): WordPieceJson {
  return {
    type: 'WordPiece',
    unk_token: model.options.unknownToken,
    continuing_subword_prefix: model.options.continuingPrefix,
    max_input_chars_per_word: model.options.maxWordLength,
    vocab: model.vocabulary.toJSON(),
  };
}
