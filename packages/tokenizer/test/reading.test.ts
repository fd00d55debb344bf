import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Merges } from '../src/bpe/merges.js';
import { byteLevelBpeFromFiles, Tokenizer, TokenizerError } from '../src/index.js';
import { readTokenizerText } from '../src/json/text.js';
import { Vocabulary } from '../src/model/vocabulary.js';
import { gpt2Files, robertaJson } from './support/roberta.js';

const roberta = robertaJson();
const utf8 = new TextEncoder();

/** What loading a text comes to: a tokenizer, written out, or an error. */
function outcome(load: () => Tokenizer): unknown {
  try {
    const tokenizer = load();
    const ids = Array.from(tokenizer.encode('ab "é\\ <x> 中', { offsets: true }).ids);
    return { json: tokenizer.toJSON(), ids, size: tokenizer.vocabularySize };
  } catch (error) {
    if (error instanceof SyntaxError) return { code: 'INVALID_TOKENIZER' };
    if (!(error instanceof TokenizerError)) throw error;
    return { code: error.code, ...(/is not JSON/.test(error.message) ? {} : { message: error.message }) };
  }
}

/** By way of `JSON.parse`, which is what reading without it must be equal to. */
const bySlowWay = (text: string) => outcome(() => Tokenizer.fromJSON(JSON.parse(text)));

describe('texts are read without a value for each token', () => {
  const { model } = roberta as { model: { merges: [string, string][] } };
  const spaced = { ...roberta, model: { ...model, merges: model.merges.map((merge) => merge.join(' ')) } };
  const expected = Tokenizer.fromJSON(roberta);
  const written = JSON.stringify(expected.toJSON());
  test.each([
    ['compact', JSON.stringify(roberta)],
    ['indented, merges as pairs', JSON.stringify(roberta, null, 2)],
    ['merges with spaces', JSON.stringify(spaced)],
    ['indented with tabs and carriage returns', JSON.stringify(spaced, null, '\t').replaceAll('\n', '\r\n')],
    ['not a character beyond ASCII', JSON.stringify(roberta).replace(/[^\0-\x7f]/g, escaped)],
  ])('%s', (_, text) => {
    for (const given of [text, utf8.encode(text)]) {
      const { model } = readTokenizerText(given) as { model: Record<string, unknown> };
      expect([model.vocab instanceof Vocabulary, model.merges instanceof Merges]).toEqual([true, true]);
      const tokenizer = Tokenizer.parse(given);
      // As texts: an assertion would compare fifty thousand arrays one by one.
      expect(JSON.stringify(tokenizer.toJSON()) === written).toBe(true);
      const sentence = 'Hello, naïve world! <mask>';
      expect(tokenizer.encode(sentence).ids).toEqual(expected.encode(sentence).ids);
    }
  });

  test('vocab.json and merges.txt', () => {
    const { vocab, merges } = gpt2Files();
    const written = (given: unknown) =>
      JSON.stringify(byteLevelBpeFromFiles({ vocab: given, merges }).toJSON());
    const expected = written(vocab);
    const text = JSON.stringify(vocab);
    for (const given of [text, utf8.encode(text), text.replace(/[^\0-\x7f]/g, escaped)]) {
      expect(written(given) === expected).toBe(true);
    }
    expect(() => byteLevelBpeFromFiles({ vocab: `${text}}`, merges })).toThrow(TokenizerError);
  });
});

test('without WebAssembly a text is read all the same', () => {
  const text = JSON.stringify(roberta);
  const sentence = 'Hello, naïve world! <mask>';
  const expected = Tokenizer.parse(text).encode(sentence).ids;
  vi.stubGlobal('WebAssembly', undefined);
  try {
    const { model } = readTokenizerText(text) as { model: Record<string, unknown> };
    expect(model.vocab instanceof Vocabulary).toBe(false);
    expect(Tokenizer.parse(text).encode(sentence).ids).toEqual(expected);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('the committed module is what assembly/ compiles to', () => {
  const folder = new URL('..', import.meta.url);
  const printed = execFileSync('node', ['scripts/build-scanner.mjs', '--print'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(printed).toBe(readFileSync(new URL('src/json/scanner.generated.ts', folder), 'utf8'));
});

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

test('what is neither text nor bytes is refused; bytes may be a part of a buffer', () => {
  for (const given of [undefined, null, 7, roberta, new ArrayBuffer(2)]) {
    expect(outcome(() => Tokenizer.parse(given as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
  const small = JSON.stringify({
    pre_tokenizer: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
  });
  const inside = utf8.encode(`##${small}##`).subarray(2, -2);
  expect(outcome(() => Tokenizer.parse(inside))).toEqual(bySlowWay(small));
});

/** A value written as JSON with any white space, any characters escaped, members in any order and sometimes twice. */
function written(value: unknown, choose: (most: number) => number): string {
  const space = () => ['', '', '', ' ', '\n  ', '\t\r\n'][choose(5)];
  const list = (open: string, items: string[], close: string) =>
    `${open}${items.map((item) => space() + item + space()).join(',') || space()}${close}`;
  const text = (content: string) =>
    `"${JSON.stringify(content)
      .slice(1, -1)
      .replace(/\\.|[^\\]/gu, (part) =>
        part[0] !== '\\' && choose(9) === 0 ? part.split('').map(escaped).join('') : part,
      )}"`;
  const any = (given: unknown): string => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return list('[', given.map(any), ']');
    if (typeof given !== 'object' || given === null) return JSON.stringify(given);
    const members = Object.entries(given).map(
      ([name, member]) => `${text(name)}${space()}:${space()}${any(member)}`,
    );
    for (let i = members.length - 1; i > 0; i--) {
      const other = choose(i);
      [members[i], members[other]] = [members[other], members[i]];
    }
    if (members.length > 0 && choose(30) === 0) members.push(members[choose(members.length - 1)]);
    return list('{', members, '}');
  };
  return space() + any(value) + space();
}

describe('however a text is written, it is read as JSON.parse reads it', () => {
  const token = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      'ab',
      'c',
      'é',
      '"',
      '\\',
      '/',
      '中',
      '\u{1f600}',
      '\ufffd',
      '\n',
      '',
      '7',
      '12',
    ),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
    fc.constantFrom('\ud800', '\udc00x', '__proto__', 'model', 'vocab', 'a b'),
  );
  const ids = fc.oneof(
    { weight: 20, arbitrary: fc.nat(30) },
    fc.constantFrom<unknown>(1e8, -1, 0.5, '1', null, 2e9),
  );
  const vocab = fc.array(fc.tuple(token, ids), { maxLength: 8 }).map((entries) => ({
    ...Object.fromEntries(
      entries.map(([text, id], i) => [text, typeof id === 'number' && id < 25 ? i + 5 : id]),
    ),
    a: 0,
    b: 1,
    ab: 2,
  }));
  const merge = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom<unknown>(['a', 'b'], 'a b') },
    fc.tuple(token, token),
    fc.tuple(token, token).map((pair) => pair.join(' ')),
    fc.constantFrom<unknown>('ab', 'a b c', ['a'], ['a', 'b', 'c'], [1, 2], null, []),
  );
  const model = fc.record({
    type: fc.constantFrom('BPE', 'BPE', 'WordPiece'),
    unk_token: fc.constantFrom(null, 'a'),
    vocab,
    merges: fc.oneof(
      { weight: 9, arbitrary: fc.array(merge, { maxLength: 3 }) },
      fc.constantFrom(null, {}, 0, ''),
    ),
  });
  const file = fc.record({
    added_tokens: fc.constantFrom(
      [],
      [
        { id: 40, content: '<x>' },
        { id: 41, content: '"]}' },
      ],
      [{ content: '\ud800', id: 40 }],
    ),
    pre_tokenizer: fc.constantFrom({ type: 'ByteLevel' }, { type: 'Whitespace' }),
    model: fc.oneof(
      { weight: 20, arbitrary: model },
      fc.constantFrom<unknown>(null, [], 'model', { vocab: 0 }),
    ),
  });
  const choices = fc.infiniteStream(fc.nat(9999));
  const texts = fc
    .tuple(file, choices)
    .map(([value, stream]) => written(value, (most) => (stream.next().value as number) % (most + 1)));

  test('well-formed', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const expected = bySlowWay(text);
        expect(outcome(() => Tokenizer.parse(text))).toEqual(expected);
        if (isWellFormed(text)) expect(outcome(() => Tokenizer.parse(utf8.encode(text)))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('damaged', () => {
    const damage = fc.record({
      at: fc.nat(),
      removed: fc.nat(3),
      put: fc.constantFrom(
        '',
        '"',
        '\\',
        ',',
        ':',
        '{',
        '}',
        '[',
        ']',
        '0',
        ' ',
        '\u0001',
        'é',
        '\ufeff',
        '"model":0,',
      ),
    });
    fc.assert(
      fc.property(texts, damage, (text, { at, removed, put }) => {
        const place = at % (text.length + 1);
        const damaged = text.slice(0, place) + put + text.slice(place + removed);
        expect(outcome(() => Tokenizer.parse(damaged))).toEqual(bySlowWay(damaged));
      }),
      { numRuns: 1000 },
    );
  });

  test('bytes that are no UTF-8', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(255), (text, at, byte) => {
        const bytes = utf8.encode(text);
        bytes[at % bytes.length] = byte;
        const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        expect(outcome(() => Tokenizer.parse(bytes))).toEqual(bySlowWay(decoded));
      }),
      { numRuns: 500 },
    );
  });
});

function isWellFormed(text: string): boolean {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8.encode(text)) === text;
}
