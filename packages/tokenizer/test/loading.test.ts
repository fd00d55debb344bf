import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  byteLevelBpeFromFiles,
  Tokenizer,
  TokenizerError,
  type TokenizerErrorCode,
  type TokenizerJson,
  wordPieceFromVocabTxt,
} from '../src/index.js';
import { gpt2Files, robertaJson } from './support/roberta.js';

const roberta = robertaJson();

function refusal(load: () => unknown): { code: TokenizerErrorCode; message: string } {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(TokenizerError);
    return error as TokenizerError;
  }
  throw new Error('It was not refused.');
}

test("roberta-base's ids", () => {
  const tokenizer = Tokenizer.fromJSON(roberta);
  expect(Array.from(tokenizer.encode('Hello world').ids)).toEqual([0, 31414, 232, 2]);
  expect(Array.from(tokenizer.encode('Hello', { pair: 'world' }).ids)).toEqual([0, 31414, 2, 2, 8331, 2]);
  expect(tokenizer.vocabularySize).toBe(50265);
  expect(tokenizer.specialTokens).toEqual({
    bos: { id: 0, content: '<s>' },
    eos: { id: 2, content: '</s>' },
    pad: { id: 1, content: '<pad>' },
    unk: { id: 3, content: '<unk>' },
    mask: { id: 50264, content: '<mask>' },
    cls: { id: 0, content: '<s>' },
    sep: { id: 2, content: '</s>' },
  });
  expect(tokenizer.tokenToId('Ġworld')).toBe(232);
  expect(tokenizer.idToToken(232)).toBe('Ġworld');
  expect([tokenizer.tokenToId('no such token'), tokenizer.idToToken(60000)]).toEqual([undefined, undefined]);
});

test('vocab.json and merges.txt make GPT-2', () => {
  const tokenizer = byteLevelBpeFromFiles(gpt2Files());
  expect(Array.from(tokenizer.encode('Hello world<|endoftext|>').ids)).toEqual([15496, 995, 50256]);
  expect(tokenizer.specialTokens.eos).toEqual({ id: 50256, content: '<|endoftext|>' });
});

test('vocab.json and merges.txt with <s> and </s> make RoBERTa', () => {
  const { merges } = roberta.model as { merges: string[][] };
  const lines = ['#version: 0.2', ...merges.map((merge) => merge.join(' ')), ''];
  for (const lineEnd of ['\n', '\r\n']) {
    const tokenizer = byteLevelBpeFromFiles({ vocab: roberta.model.vocab, merges: lines.join(lineEnd) });
    expect(tokenizer.encode('A <mask> b', { pair: 'c' }).ids).toEqual(
      Tokenizer.fromJSON(roberta).encode('A <mask> b', { pair: 'c' }).ids,
    );
  }
});

test('vocab.txt makes BERT', () => {
  const vocab = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    'hello',
    'wor',
    '##ld',
    'W',
    '##or',
    '.',
    '',
  ].join('\n');
  const uncased = wordPieceFromVocabTxt(vocab);
  expect(uncased.encode('Hélló World. [MASK] zzz').tokens()).toEqual([
    '[CLS]',
    'hello',
    'wor',
    '##ld',
    '.',
    '[MASK]',
    '[UNK]',
    '[SEP]',
  ]);
  const cased = wordPieceFromVocabTxt(vocab.replaceAll('\n', '\r\n'), { lowercase: false });
  expect(cased.encode('World Hello').tokens()).toEqual(['[CLS]', 'W', '##or', '##ld', '[UNK]', '[SEP]']);
});

test('a tokenizer written and read again is the same', () => {
  for (const json of [roberta, wordPieceFromVocabTxt('[UNK]\n[CLS]\n[SEP]\na\n##b\n').toJSON()]) {
    const once = Tokenizer.fromJSON(json).toJSON();
    const twice = Tokenizer.fromJSON(JSON.parse(JSON.stringify(once))).toJSON();
    expect(twice).toEqual(once);
    expect(once.model.vocab).toEqual(json.model.vocab);
  }
});

describe('refused', () => {
  const small: TokenizerJson = {
    ...roberta,
    added_tokens: [],
    post_processor: null,
    model: { ...roberta.model, vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] } as TokenizerJson['model'],
  };

  test.each<[string, object]>([
    [
      'Unigram',
      {
        model: {
          type: 'Unigram',
          unk_id: 0,
          vocab: [
            ['<unk>', 0],
            ['a', -1.5],
          ],
        },
      },
    ],
    ['Unigram', { model: { unk_id: 0, vocab: [['<unk>', 0]] } }],
    ['WordLevel', { model: { type: 'WordLevel', vocab: { a: 0 } } }],
    ['byte_fallback', { model: { ...small.model, byte_fallback: true } }],
    ['dropout', { model: { ...small.model, dropout: 0.1 } }],
    ['end_of_word_suffix', { model: { ...small.model, end_of_word_suffix: '</w>' } }],
    ['Precompiled', { normalizer: { type: 'Precompiled', precompiled_charsmap: '' } }],
    ['Replace', { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Replace' }] } }],
    ['Metaspace', { pre_tokenizer: { type: 'Metaspace' } }],
    ['null', { pre_tokenizer: null }],
    [
      'Sequence',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits' }, { type: 'ByteLevel' }] } },
    ],
    ['CTC', { decoder: { type: 'CTC' } }],
    ['MyProcessor', { post_processor: { type: 'MyProcessor' } }],
  ])('by name: %s', (name, change) => {
    const { code, message } = refusal(() => Tokenizer.fromJSON({ ...small, ...change }));
    expect(code).toBe('UNSUPPORTED_COMPONENT');
    expect(message).toContain(name);
    const text = JSON.stringify({ ...small, ...change });
    expect(refusal(() => Tokenizer.parse(text)).message).toBe(message);
  });

  test.each<[string, unknown]>([
    ['not an object', []],
    ['unparsed text', '{}'],
    ['no model', {}],
    ['a vocabulary that is a list', { ...small, model: { ...small.model, vocab: ['a'] } }],
    ['an id that is no number', { ...small, model: { ...small.model, vocab: { a: '0' } } }],
    ['a huge id', { ...small, model: { ...small.model, vocab: { a: 4e9 } } }],
    ['a merge of three', { ...small, model: { ...small.model, merges: ['a b c'] } }],
    ['a merge of numbers', { ...small, model: { ...small.model, merges: [[1, 2]] } }],
    ['an unknown token not in the vocabulary', { ...small, model: { ...small.model, unk_token: '<unk>' } }],
    ['an empty added token', { ...small, added_tokens: [{ id: 3, content: '' }] }],
    ['an added token without id', { ...small, added_tokens: [{ content: 'x' }] }],
    [
      'a separator without id',
      { ...small, post_processor: { type: 'BertProcessing', sep: ['x'], cls: ['y', 1] } },
    ],
    ['a wrong truncation', { ...small, truncation: { max_length: -1 } }],
  ])('as malformed: %s', (_, json) => {
    expect(refusal(() => Tokenizer.fromJSON(json)).code).toBe('INVALID_TOKENIZER');
  });

  test('a merge into an unknown token: where it is applied, as no merge is looked up before', () => {
    const tokenizer = Tokenizer.fromJSON({ ...small, model: { ...small.model, merges: ['a c', 'b a'] } });
    expect(tokenizer.encode('ab', { addSpecialTokens: false }).ids).toEqual(Uint32Array.of(0, 1));
    const { code, message } = refusal(() => tokenizer.encode('ba'));
    expect(code).toBe('INVALID_TOKENIZER');
    expect(message).toContain('Merge 1, ["b","a"]');
  });

  test('broken files', () => {
    expect(refusal(() => byteLevelBpeFromFiles({ vocab: [], merges: '' })).code).toBe('INVALID_TOKENIZER');
    const files = { vocab: { a: 0, b: 1, ab: 2 }, merges: '#version: 0.2\na b\na b c\n' };
    expect(refusal(() => byteLevelBpeFromFiles(files)).message).toContain('line 3');
    expect(refusal(() => wordPieceFromVocabTxt('a\nb\n')).code).toBe('INVALID_TOKENIZER');
  });

  test('whatever is changed in a file, it loads or is refused with a code', () => {
    const paths: string[][] = [];
    const collect = (value: unknown, path: string[]) => {
      if (path.length > 0) paths.push(path);
      if (typeof value === 'object' && value !== null) {
        for (const [key, child] of Object.entries(value)) collect(child, [...path, key]);
      }
    };
    const base = {
      ...small,
      added_tokens: [{ ...roberta.added_tokens[0], id: 9 }],
      post_processor: roberta.post_processor,
      normalizer: { type: 'BertNormalizer' },
      truncation: { max_length: 9, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
      padding: { strategy: { Fixed: 3 }, direction: 'Left', pad_id: 0, pad_type_id: 0, pad_token: 'a' },
    };
    collect(base, []);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const json = structuredClone<object>(base) as Record<string, never>;
        let at = json;
        for (const key of path.slice(0, -1)) at = at[key];
        at[path[path.length - 1]] = value as never;
        try {
          Tokenizer.fromJSON(json).encode('ab <s> c', { offsets: true });
        } catch (error) {
          expect(error).toBeInstanceOf(TokenizerError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
