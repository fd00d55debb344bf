import type { CorpusTokenizer } from '../src/data/tokenise.js';

/** Words and their ids, special tokens first as in RoBERTa: enough of a tokenizer to build corpora with. */
export function wordTokenizer(texts: readonly string[]): CorpusTokenizer {
  const special = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];
  const words = [...new Set(texts.flatMap((text) => text.split(/\s+/)))].filter((word) => word !== '').sort();
  const vocabulary = [...special, ...words.filter((word) => !special.includes(word))];
  const ids = new Map(vocabulary.map((word, id) => [word, id]));
  return {
    vocabularySize: vocabulary.length,
    encode: (text) => ({
      ids: text
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => ids.get(word) ?? 3),
    }),
    specialTokens: { bos: { id: 0 }, pad: { id: 1 }, eos: { id: 2 }, unk: { id: 3 }, mask: { id: 4 } },
    toJSON: () => ({ vocabulary }),
  };
}
