import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOOKAHEAD, matchEnd } from '../src/byte-level/scanner.js';
import { WindowReader } from '../src/byte-level/windows.js';
import { characterClasses, LETTER, NUMBER, WHITE_SPACE } from '../src/unicode/classes.js';

/** GPT-2's pattern, `\s` spelled out: JavaScript's differs from Unicode's White_Space in U+0085 and U+FEFF. */
const pattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The engine's classes and the table's differ where a later version of Unicode has assigned characters. */
const sameInBoth = (point: number) => {
  const text = String.fromCodePoint(point);
  const engine =
    (/\p{L}/u.test(text) ? LETTER : 0) |
    (/\p{N}/u.test(text) ? NUMBER : 0) |
    (/\p{White_Space}/u.test(text) ? WHITE_SPACE : 0);
  return engine === (characterClasses[point] & (LETTER | NUMBER | WHITE_SPACE));
};

function scan(text: string): string[] {
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const words: string[] = [];
  for (let position = 0; position < units.length; ) {
    const end = matchEnd(units, position, units.length);
    words.push(text.slice(position, end));
    position = end;
  }
  return words;
}

const character = fc.oneof(
  fc.integer({ min: 0, max: 0x10ffff }).filter(sameInBoth).map(String.fromCodePoint),
  fc.integer({ min: 0, max: 0x7f }).map(String.fromCodePoint),
  fc.constantFrom(
    "'",
    "'s",
    "'re",
    "'v",
    "'ll",
    ' ',
    '  ',
    '\n',
    'a',
    '1',
    '.',
    '\u00a0',
    '\u{1d7d8}',
    '\u{1f600}',
  ),
);
const anyText = fc.array(character, { maxLength: 30 }).map((parts) => parts.join(''));

test('the scanner cuts any text as the regular expression does', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(scan(text)).toEqual(text.match(pattern) ?? []);
    }),
    { numRuns: 5000 },
  );
});

test('it does so between any two characters and contexts', () => {
  const samples = [
    "'",
    's',
    'r',
    'e',
    'l',
    ' ',
    '\n',
    '\t',
    'é',
    '中',
    '7',
    '²',
    '!',
    '\u0301',
    '\u{1d7d8}',
    '\u{1f600}',
  ];
  for (const a of samples) {
    for (const b of samples) {
      for (const c of samples) {
        for (const d of samples) {
          const text = a + b + c + d;
          if (scan(text).join('|') !== (text.match(pattern) ?? []).join('|'))
            expect(scan(text)).toEqual(text.match(pattern));
        }
      }
    }
  }
});

test('windows of any size give the same words', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 3 }), (piece, times) => {
      // Around the border of the first window, at 2 ** 14 units.
      const text = 'ab '.repeat((1 << 14) / 3 - 4 * times) + piece.repeat(times);
      const words: string[] = [];
      new WindowReader().read(text, 0, text.length, false, (units, count, last, base) => {
        let position = 0;
        while (position < count) {
          const end = matchEnd(units, position, count);
          if (!last && end + LOOKAHEAD > count) break;
          words.push(text.slice(base + position, base + end));
          position = end;
        }
        return position;
      });
      expect(words).toEqual(scan(text));
    }),
    { numRuns: 200 },
  );
});
