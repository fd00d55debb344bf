import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Encoding, Tokenizer, TokenizerError, type TokenizerJson } from '../src/index.js';
import { native, nativeTokenizer, skipNote } from './support/native.js';
import { robertaJson } from './support/roberta.js';

const roberta = robertaJson();
const tokenizer = Tokenizer.fromJSON(roberta);
const texts = ['', 'one', 'one two three', 'a b c d e f g h i j k', 'x y \u{1f600} z'];
const inputs = texts.flatMap((text) => [text, ...texts.map((pair) => [text, pair] as const)]);

/** Made by scripts/oracle/truncate.py. */
const golden: {
  tokenizer: TokenizerJson;
  cases: {
    truncation: NonNullable<TokenizerJson['truncation']>;
    text: string;
    pair: string | null;
    result: { kept: [tokens: string, offsets: string]; overflowing: string[] } | null;
  }[];
} = JSON.parse(readFileSync(new URL('./data/truncated-by-hugging-face.json', import.meta.url), 'utf8'));

test('truncation is that of Hugging Face (0.22, by a script)', () => {
  for (const { truncation, text, pair, result } of golden.cases) {
    const truncating = Tokenizer.fromJSON({ ...golden.tokenizer, truncation });
    const encode = () =>
      truncating.encode(text, { pair: pair ?? undefined, offsets: true, returnOverflowing: true });
    if (result === null) {
      expect(encode, JSON.stringify({ truncation, text, pair })).toThrow(TokenizerError);
      continue;
    }
    const encoding = encode();
    const offsets = encoding.codePointOffsets()!;
    const places = Array.from(encoding.ids, (_, i) => `${offsets[2 * i]}-${offsets[2 * i + 1]}`);
    const kept = [encoding.tokens().join(' '), places.join(' ')];
    const overflowing = encoding.overflowing.map((part) => part.tokens().join(' '));
    expect({ truncation, text, pair, result: { kept, overflowing } }).toEqual({
      truncation,
      text,
      pair,
      result,
    });
  }
});

/** What both say of an encoding. */
interface Flat {
  ids: number[];
  offsets: number[];
  words: number[];
  special: number[];
  attention: number[];
  types: number[];
}

function flat(encoding: Encoding): Flat {
  return {
    ids: Array.from(encoding.ids),
    offsets: Array.from(encoding.codePointOffsets()!),
    words: Array.from(encoding.wordIds),
    special: Array.from(encoding.specialTokensMask),
    attention: Array.from(encoding.attentionMask),
    types: Array.from(encoding.typeIds),
  };
}

type NativeEncoding = Awaited<ReturnType<ReturnType<typeof nativeTokenizer>['encode']>>;

function flatNative(encoding: NativeEncoding): Flat {
  return {
    ids: encoding.getIds(),
    offsets: encoding.getOffsets().flat(),
    words: encoding.getWordIds().map((word) => word ?? -1),
    special: encoding.getSpecialTokensMask(),
    attention: encoding.getAttentionMask(),
    types: encoding.getTypeIds(),
  };
}

async function compare(json: TokenizerJson): Promise<void> {
  const ours = Tokenizer.fromJSON(json);
  const theirs = nativeTokenizer(json);
  for (const input of inputs) {
    const [text, pair] = typeof input === 'string' ? [input, undefined] : input;
    const expected = flatNative(await theirs.encode(text, pair));
    const actual = flat(ours.encode(text, { pair, offsets: true }));
    expect({ input, ...actual }).toEqual({ input, ...expected });
  }
}

// A tokenizer a case would take long to load: a small vocabulary will do.
const small: TokenizerJson = {
  ...roberta,
  model: {
    ...roberta.model,
    vocab: Object.fromEntries(
      [
        ...new Set([
          '<s>',
          '<pad>',
          '</s>',
          '<unk>',
          '<mask>',
          ...Object.keys(roberta.model.vocab).filter((t) => t.length === 1),
        ]),
      ].map((token, id) => [token, id]),
    ),
    merges: [],
  } as TokenizerJson['model'],
};

describe.skipIf(native.module === undefined)(`as Hugging Face's tokenizers${skipNote}`, () => {
  for (const direction of ['Right', 'Left'] as const) {
    test(`padding, ${direction}`, async () => {
      for (const [length, multiple] of [
        [0, null],
        [10, null],
        [10, 8],
      ] as const) {
        await compare({
          ...small,
          padding: {
            strategy: length === 0 ? 'BatchLongest' : { Fixed: length },
            direction,
            pad_to_multiple_of: multiple,
            pad_id: 1,
            pad_type_id: 3,
            pad_token: '<pad>',
          },
        });
      }
    });
  }
});

test('maxLength counts special tokens; what is cut off is returned when asked for', () => {
  const encoding = tokenizer.encode('one two three four five', { maxLength: 4 });
  expect(encoding.tokens()).toEqual(['<s>', 'one', 'Ġtwo', '</s>']);
  expect(encoding.overflowing).toEqual([]);
  const whole = tokenizer.encode('one two three four five', {
    maxLength: 4,
    returnOverflowing: true,
    truncation: { stride: 1 },
  });
  expect(whole.overflowing.map((part) => part.tokens())).toEqual([
    ['<s>', 'Ġtwo', 'Ġthree', '</s>'],
    ['<s>', 'Ġthree', 'Ġfour', '</s>'],
    ['<s>', 'Ġfour', 'Ġfive', '</s>'],
  ]);
});

test('a maxLength that leaves no room is refused', () => {
  for (const maxLength of [1, -1, 2.5, Number.NaN]) {
    expect(() => tokenizer.encode('a', { maxLength })).toThrow(TokenizerError);
  }
  expect(tokenizer.encode('a', { maxLength: 2 }).tokens()).toEqual(['<s>', '</s>']);
  expect(() => tokenizer.encode('a', { pair: 'b', maxLength: 3 })).toThrow(/4 special tokens/);
});

test('a batch is filled up to its longest text', () => {
  const batch = tokenizer.encodeBatch(['one', ['one', 'two'], ''], { padding: {} });
  expect(batch.map((encoding) => Array.from(encoding.ids))).toEqual([
    [0, 1264, 2, 1, 1, 1],
    [0, 1264, 2, 2, 7109, 2],
    [0, 2, 1, 1, 1, 1],
  ]);
  expect(Array.from(batch[0].attentionMask)).toEqual([1, 1, 1, 0, 0, 0]);
  expect(tokenizer.encodeBatch(['one', ''])[1].length).toBe(2);
});

test('what tokenizer.json asks for can be turned off', () => {
  const padded = Tokenizer.fromJSON({
    ...small,
    truncation: { max_length: 3, strategy: 'LongestFirst', direction: 'Right', stride: 0 },
    padding: {
      strategy: { Fixed: 9 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 1,
      pad_type_id: 0,
      pad_token: '<pad>',
    },
  });
  expect(padded.encode('abc').length).toBe(9);
  expect(padded.encode('abc', { padding: false }).length).toBe(3);
  expect(padded.encode('abc', { padding: false, truncation: false }).length).toBe(5);
  expect(padded.encode('abc', { padding: { length: 12 }, maxLength: 4 }).length).toBe(12);
});
