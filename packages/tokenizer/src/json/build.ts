import type { AddedTokenJson, ComponentJson, TokenizerJson } from './types.js';

/** RoBERTa's special tokens, in the order of their ids. */
export const robertaSpecialTokens: readonly string[] = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];

/** BERT's special tokens, in the order in which a trainer numbers them. */
export const bertSpecialTokens: readonly string[] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** A tokenizer.json for byte-level BPE, as RoBERTa's where the vocabulary has `<s>` and `</s>`, else as GPT-2's. */
export function byteLevelBpeJson(parts: {
  vocab: Record<string, number>;
  merges: [string, string][];
  specialTokens: readonly string[];
  addPrefixSpace: boolean;
}): TokenizerJson {
  const { vocab, merges, specialTokens } = parts;
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: parts.addPrefixSpace,
    trim_offsets: true,
    use_regex: true,
  };
  const open = idOf(vocab, '<s>');
  const close = idOf(vocab, '</s>');
  const surrounded = open !== undefined && close !== undefined;
  return {
    ...bare,
    added_tokens: specialTokens.map((content) => specialToken(content, vocab[content])),
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

/** A tokenizer.json for WordPiece as BERT has it. */
export function wordPieceJson(parts: {
  vocab: Record<string, number>;
  specialTokens: readonly string[];
  continuingPrefix: string;
  text: BertTextOptions;
}): TokenizerJson {
  const { vocab, specialTokens } = parts;
  const cls = idOf(vocab, '[CLS]');
  const sep = idOf(vocab, '[SEP]');
  const surrounded = cls !== undefined && sep !== undefined;
  return {
    ...bare,
    added_tokens: specialTokens.map((content) => specialToken(content, vocab[content])),
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
function specialToken(content: string, id: number): AddedTokenJson {
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

function idOf(vocab: Record<string, number>, token: string): number | undefined {
  return Object.hasOwn(vocab, token) ? vocab[token] : undefined;
}
