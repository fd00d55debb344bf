import type { Merges } from '../bpe/merges.js';
import type { Vocabulary } from '../model/vocabulary.js';
import type { AddedTokenJson, ComponentJson } from './types.js';

/** RoBERTa's special tokens, in the order of their ids. */
export const robertaSpecialTokens: readonly string[] = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];

/** BERT's special tokens, in the order in which a trainer numbers them. */
export const bertSpecialTokens: readonly string[] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** The value of a tokenizer.json, its tables read already, for byte-level BPE: as RoBERTa's where the vocabulary has `<s>` and `</s>`, else as GPT-2's. */
export function byteLevelBpeJson(parts: {
  vocab: Vocabulary;
  merges: Merges;
  specialTokens: readonly string[];
  addPrefixSpace: boolean;
}): object {
  const { vocab, merges, specialTokens } = parts;
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: parts.addPrefixSpace,
    trim_offsets: true,
    use_regex: true,
  };
  const open = vocab.idOf('<s>');
  const close = vocab.idOf('</s>');
  const surrounded = open !== undefined && close !== undefined;
  return {
    ...bare,
    added_tokens: specialTokens.map((content) => specialToken(content, vocab.idOf(content))),
    pre_tokenizer: byteLevel,
    post_processor: surrounded
      ? {
          type: 'RobertaProcessing',
          sep: ['</s>', close],
          cls: ['<s>', open],
          trim_offsets: true,
          add_prefix_space: parts.addPrefixSpace,
        }
      : { ...byteLevel, trim_offsets: false },
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
      vocab,
      merges,
    },
  };
}

export interface BertTextOptions {
  /** Fold to lower case; true unless given. */
  lowercase?: boolean;
  /** Take accents off letters; as `lowercase` unless given. */
  stripAccents?: boolean;
  /** Make a word of every Chinese character; true unless given. */
  separateIdeographs?: boolean;
  /** Take out control characters and even out white space; true unless given. */
  cleanText?: boolean;
}

/** What a tokenizer.json calls BERT's normalizer. */
export function bertNormalizerJson(options: BertTextOptions): ComponentJson {
  return {
    type: 'BertNormalizer',
    clean_text: options.cleanText ?? true,
    handle_chinese_chars: options.separateIdeographs ?? true,
    strip_accents: options.stripAccents ?? null,
    lowercase: options.lowercase ?? true,
  };
}

/** The same for WordPiece as BERT has it. */
export function wordPieceJson(parts: {
  vocab: Vocabulary;
  specialTokens: readonly string[];
  continuingPrefix: string;
  text: BertTextOptions;
}): object {
  const { vocab, specialTokens } = parts;
  const cls = vocab.idOf('[CLS]');
  const sep = vocab.idOf('[SEP]');
  const surrounded = cls !== undefined && sep !== undefined;
  return {
    ...bare,
    added_tokens: specialTokens.map((content) => specialToken(content, vocab.idOf(content))),
    normalizer: bertNormalizerJson(parts.text),
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: surrounded ? { type: 'BertProcessing', sep: ['[SEP]', sep], cls: ['[CLS]', cls] } : null,
    decoder: { type: 'WordPiece', prefix: parts.continuingPrefix, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: parts.continuingPrefix,
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

const bare = {
  version: '1.0',
  truncation: null,
  padding: null,
  normalizer: null,
};

/** RoBERTa's `<mask>` stands for a word with the space before it. */
function specialToken(content: string, id: number | undefined): Partial<AddedTokenJson> {
  return {
    id,
    content,
    single_word: false,
    lstrip: content === '<mask>',
    rstrip: false,
    normalized: false,
    special: true,
  };
}
