import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Tokenizer, type TokenizerJson, trainByteLevelBpe } from '../src/index.js';
import { differences, native, nativeTokenizer, skipNote } from './support/native.js';

const contents = ['<a>', '<a><', 'ab', 'abc', ' b', 'é', 'word', '中', '\u{1f600}', '<|x|>', '>'];

/** Some added tokens with any flags, and texts made of their pieces. */
const tokens = fc.uniqueArray(
  fc.record({
    content: fc.constantFrom(...contents),
    single_word: fc.boolean(),
    lstrip: fc.boolean(),
    rstrip: fc.boolean(),
    normalized: fc.boolean(),
    special: fc.boolean(),
  }),
  { selector: ({ content }) => content, maxLength: 5 },
);
const texts = fc.array(
  fc
    .array(
      fc.constantFrom(...contents, ' ', '  ', '\n', '\u00a0', 'x', '_', '\u0301', '<', 'A', '\u{1d400}'),
      { maxLength: 10 },
    )
    .map((parts) => parts.join('')),
  { minLength: 5, maxLength: 5 },
);

describe.skipIf(native.module === undefined)(`added tokens are found as by Hugging Face${skipNote}`, () => {
  let base: TokenizerJson;
  beforeAll(async () => {
    base = (
      await trainByteLevelBpe(['ab abc word <a> >> x x'], { vocabularySize: 270, specialTokens: [] })
    ).toJSON();
  });

  test.each<[string, Partial<TokenizerJson>]>([
    ['without normalization', {}],
    ['untrimmed', { post_processor: null }],
    ['in lower case', { normalizer: { type: 'Lowercase' } }],
  ])('%s', async (_, change) => {
    await fc.assert(
      fc.asyncProperty(tokens, texts, async (added, samples) => {
        const { vocab } = base.model;
        let next = Object.keys(vocab).length;
        const json: TokenizerJson = {
          ...base,
          ...change,
          // A token that the model has keeps its id there.
          added_tokens: added.map((token) => ({ ...token, id: vocab[token.content] ?? next++ })),
        };
        expect(await differences(nativeTokenizer(json), Tokenizer.fromJSON(json), samples)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

test('text between very many added tokens is searched once', () => {
  const json = nativeFree();
  const tokenizer = Tokenizer.fromJSON(json);
  // Were each stretch searched to the end of the text for '#', this would take minutes.
  const { ids } = tokenizer.encode('<m>a'.repeat(200_000));
  expect(ids.length).toBe(400_000);
});

function nativeFree(): object {
  const flags = { single_word: false, lstrip: false, rstrip: false, special: false };
  return {
    added_tokens: [
      { ...flags, id: 1, content: '<m>', normalized: false },
      { ...flags, id: 2, content: '#', normalized: true },
    ],
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
  };
}
