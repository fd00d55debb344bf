import { Tokenizer as Javascript } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Tokenizer, type TokenizerJson } from '../src/index.js';
import { bertJson } from './support/bert.js';
import { differences, native, nativeTokenizer, skipNote } from './support/native.js';
import {
  anyText,
  assignedCharacters,
  emojiSequences,
  longWords,
  oddTexts,
  speeches,
} from './support/texts.js';

let bert: TokenizerJson;

beforeAll(async () => {
  bert = await bertJson();
});

function bertNormalizer(clean: boolean, ideographs: boolean, accents: boolean | null, lower: boolean) {
  return {
    type: 'BertNormalizer',
    clean_text: clean,
    handle_chinese_chars: ideographs,
    strip_accents: accents,
    lowercase: lower,
  };
}

const template = {
  type: 'TemplateProcessing',
  single: [
    { SpecialToken: { id: '[CLS]', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '[SEP]', type_id: 0 } },
  ],
  pair: [
    { SpecialToken: { id: '[CLS]', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '[SEP]', type_id: 0 } },
    { Sequence: { id: 'B', type_id: 1 } },
    { SpecialToken: { id: '[SEP]', type_id: 1 } },
  ],
  special_tokens: {
    '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
    '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
  },
};

const addedToken = {
  id: 1 << 20,
  content: 'the end',
  single_word: true,
  lstrip: true,
  rstrip: true,
  normalized: true,
  special: false,
};

const tokenizers: Record<string, () => TokenizerJson> = {
  uncased: () => bert,
  cased: () => ({ ...bert, normalizer: bertNormalizer(true, true, null, false) }),
  'lower case with accents': () => ({ ...bert, normalizer: bertNormalizer(true, false, false, true) }),
  'without cleaning, template': () => ({
    ...bert,
    normalizer: bertNormalizer(false, true, true, false),
    post_processor: template,
  }),
  "RoBERTa's post-processor, as MPNet": () => ({
    ...bert,
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['[SEP]', 3],
      cls: ['[CLS]', 2],
      trim_offsets: true,
      add_prefix_space: false,
    },
  }),
  // Any token that is looked for in normalized text takes the general way through normalization.
  'with a normalized added token': () => ({
    ...bert,
    added_tokens: [...bert.added_tokens, { ...addedToken, id: Object.keys(bert.model.vocab).length }],
  }),
  'white space, NFKC': () => ({
    ...bert,
    normalizer: { type: 'NFKC' },
    pre_tokenizer: { type: 'Whitespace' },
  }),
  'split at white space, no accents': () => ({
    ...bert,
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFD' }, { type: 'Lowercase' }, { type: 'StripAccents' }],
    },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    decoder: null,
    post_processor: null,
  }),
};

describe.skipIf(native.module === undefined)(`WordPiece is Hugging Face's${skipNote}`, () => {
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
        expect(
          await differences(theirs, ours, [...oddTexts, ...pairs, 'the end  ', 'at the  end,the end.']),
        ).toEqual([]);
      });

      test('on emoji sequences', async () => {
        expect(await differences(theirs, ours, emojiSequences())).toEqual([]);
      });

      test('on every assigned character', async () => {
        const texts = assignedCharacters((character) => `${character} a${character}b`);
        expect(await differences(theirs, ours, texts)).toEqual([]);
      });

      test('on words of 101 and of 3,000 characters', async () => {
        expect(await differences(theirs, ours, [...longWords(101), ...longWords(3000)])).toEqual([]);
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
    expect(await differences(nativeTokenizer(bert), Tokenizer.fromJSON(bert), speeches(15))).toEqual([]);
  });
});

test('WordPiece is that of @huggingface/tokenizers on English speeches', () => {
  const theirs = new Javascript(bert, {});
  const ours = Tokenizer.fromJSON(bert);
  for (const text of speeches(40)) expect(Array.from(ours.encode(text).ids)).toEqual(theirs.encode(text).ids);
});
