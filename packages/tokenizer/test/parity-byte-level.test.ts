import { Tokenizer as Javascript } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Tokenizer, type TokenizerJson, trainByteLevelBpe } from '../src/index.js';
import { differences, native, nativeTokenizer, skipNote } from './support/native.js';
import { robertaJson } from './support/roberta.js';
import {
  anyText,
  assignedCharacters,
  emojiSequences,
  longWords,
  oddTexts,
  speeches,
} from './support/texts.js';

const roberta = robertaJson();
const spaced = { ...roberta, pre_tokenizer: { ...roberta.pre_tokenizer!, add_prefix_space: true } };
let trained: TokenizerJson;

beforeAll(async () => {
  const tokenizer = await trainByteLevelBpe(speeches(10), { vocabularySize: 4000 });
  trained = tokenizer.toJSON();
});

/** The tokenizers compared, by name; functions, for one is trained first. */
const tokenizers: Record<string, () => TokenizerJson> = {
  'roberta-base': () => roberta,
  'trained here': () => trained,
  'with a prefix space': () => ({
    ...spaced,
    post_processor: { ...roberta.post_processor!, add_prefix_space: true },
  }),
  'with a prefix space trimmed off again': () => spaced,
  'with a prefix space, untrimmed': () => ({
    ...spaced,
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
  }),
  'whole segments': () => ({
    ...roberta,
    pre_tokenizer: { ...roberta.pre_tokenizer!, use_regex: false },
  }),
  'NFC first, as ModernBERT': () => ({ ...roberta, normalizer: { type: 'NFC' } }),
  'NFKD, lower case': () => ({
    ...roberta,
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFKD' }, { type: 'Lowercase' }] },
  }),
  'whole words first': () => ({ ...roberta, model: { ...roberta.model, ignore_merges: true } as never }),
};

describe.skipIf(native.module === undefined)(`byte-level BPE is Hugging Face's${skipNote}`, () => {
  for (const [name, json] of Object.entries(tokenizers)) {
    describe(name, () => {
      let ours: Tokenizer;
      let theirs: ReturnType<typeof nativeTokenizer>;
      beforeAll(() => {
        ours = Tokenizer.fromJSON(json());
        theirs = nativeTokenizer(json());
      });

      test('on odd texts, alone and in pairs', async () => {
        const pairs = oddTexts.map((text, i) => [text, oddTexts.at(-i) ?? ''] as const);
        expect(await differences(theirs, ours, [...oddTexts, ...pairs])).toEqual([]);
      });

      test('on emoji sequences', async () => {
        expect(await differences(theirs, ours, emojiSequences())).toEqual([]);
      });

      test('on every assigned character', async () => {
        const texts = assignedCharacters((character) => `${character} a${character}`);
        expect(await differences(theirs, ours, texts)).toEqual([]);
      });

      test('on words of 3,000 characters', async () => {
        expect(await differences(theirs, ours, longWords(3000))).toEqual([]);
      });

      test('on any text', async () => {
        await fc.assert(
          fc.asyncProperty(anyText, async (text) => {
            expect(await differences(theirs, ours, [text])).toEqual([]);
          }),
          { numRuns: 300 },
        );
      });
    });
  }

  test('on English speeches', async () => {
    for (const json of [roberta, trained]) {
      expect(await differences(nativeTokenizer(json), Tokenizer.fromJSON(json), speeches(15))).toEqual([]);
    }
  });
});

describe('byte-level BPE is that of @huggingface/tokenizers', () => {
  // JavaScript's \s has U+FEFF, which is no white space in Unicode, and lacks U+0085, which is; and its \p{..}
  // follow the engine's version of Unicode, ours the native tokenizers'. Both show on the odd texts and on every
  // code point, so that these are compared with the native one only.
  const theirs = new Javascript(roberta, {});
  const ours = Tokenizer.fromJSON(roberta);
  const same = (texts: string[]) => {
    for (const text of texts) expect(Array.from(ours.encode(text).ids)).toEqual(theirs.encode(text).ids);
  };

  test('on English speeches', () => same(speeches(40)));
  test('on emoji sequences', () => same(emojiSequences()));
  test('on texts in many scripts', () =>
    same(oddTexts.filter((text) => !/[\u0085\ufeff\ud800-\udfff]/u.test(text))));
});
