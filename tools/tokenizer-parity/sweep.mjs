// Counts, for every tokenizer and corpus, the texts in which our ids, offsets, word ids or decoded text differ from
// the native tokenizers', and our ids from @huggingface/tokenizers'. For the latter, "by a character" are texts with a
// character (or lone surrogate) that the two treat differently even in a short word; "else" are the other ones.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Tokenizer as Javascript } from '@huggingface/tokenizers';
import { Tokenizer } from '@lookupffn/tokenizer';
import native from 'tokenizers';
import { contestants } from './contestants.mjs';
import { corpora } from './corpora.mjs';

const { values: flags } = parseArgs({
  options: { tokenizer: { type: 'string' }, only: { type: 'string' }, json: { type: 'string' } },
});
const wanted = flags.only?.split(',');
const rows = [];

for (const [tokenizer, load] of Object.entries(contestants)) {
  if (flags.tokenizer && !tokenizer.includes(flags.tokenizer)) continue;
  const json = await load();
  const ours = Tokenizer.fromJSON(json);
  const theirs = native.Tokenizer.fromString(JSON.stringify(json));
  const script = new Javascript(json, {});
  const oddities = new Map();
  for (const [corpus, texts] of Object.entries(corpora)) {
    if (wanted && !wanted.some((name) => corpus.includes(name))) continue;
    rows.push(await compare({ tokenizer, corpus }, texts(), ours, theirs, script, oddities));
    console.log(written(rows.at(-1)));
  }
}
if (flags.json) writeFileSync(flags.json, JSON.stringify(rows, null, 1));
const bad = rows.filter((row) => row.native > 0);
console.log(
  bad.length === 0 ? 'Nothing differs from the native tokenizers.' : `${bad.length} corpora differ.`,
);
process.exitCode = bad.length === 0 ? 0 : 1;

async function compare(row, texts, ours, theirs, script, oddities) {
  Object.assign(row, { texts: texts.length, bytes: 0, tokens: 0, native: 0 });
  Object.assign(row, { javascript: 0, byCharacter: 0, else: 0 });
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  // Slow, and agreement shows on a part: about this much of each corpus, spread over it.
  const step = Math.ceil(length / 2e6);
  for (const [i, text] of texts.entries()) {
    const actual = ours.encode(text, { offsets: true });
    row.bytes += Buffer.byteLength(text);
    row.tokens += actual.length;
    const what = await nativeDifference(text, actual, ours, theirs, i % 2 === 0);
    if (what !== undefined) {
      row.native++;
      row.example ??= what;
    }
    if (i % step !== 0) continue;
    row.javascript++;
    const differs = (part) => !same(ours.encode(part).ids, script.encode(part).ids);
    if (!differs(text)) continue;
    const characters = shrunken(text, differs);
    row[characters.some((character) => isOdd(character, differs, oddities)) ? 'byCharacter' : 'else']++;
    row.javascriptExample ??= characters.map(codePoint).join(' ');
  }
  return row;
}

/** As few of the text's characters as still make a difference. */
function shrunken(text, differs) {
  let characters = Array.from(text);
  for (let size = characters.length >> 1; size > 0; size >>= 1) {
    for (let i = 0; i < characters.length; ) {
      const rest = [...characters.slice(0, i), ...characters.slice(i + size)];
      if (differs(rest.join(''))) characters = rest;
      else i += size;
    }
  }
  return characters;
}

async function nativeDifference(text, actual, ours, theirs, skipSpecialTokens) {
  const expected = await theirs.encode(text);
  const ids = expected.getIds();
  if (!same(actual.ids, ids)) return `ids of ${excerpt(text)}`;
  if (!same(actual.codePointOffsets(), expected.getOffsets().flat())) return `offsets of ${excerpt(text)}`;
  if (
    !same(
      actual.wordIds,
      expected.getWordIds().map((word) => word ?? -1),
    )
  )
    return `word ids of ${excerpt(text)}`;
  if (ours.decode(ids, { skipSpecialTokens }) !== (await theirs.decode(ids, skipSpecialTokens))) {
    return `decoded text of ${excerpt(text)}`;
  }
  return undefined;
}

function isOdd(character, differs, known) {
  if (!known.has(character)) {
    const contexts = [character, `a${character}b`, `1${character}2`, `, ${character}`, `${character}'s`];
    known.set(character, contexts.some(differs));
  }
  return known.get(character);
}

function codePoint(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function excerpt(text) {
  return JSON.stringify(text.slice(0, 60));
}

function written(row) {
  const size = (row.bytes / 1e6).toFixed(2);
  const notes = [row.example, row.javascriptExample].filter(Boolean).join('; ');
  const counts = [row.native, row.javascript, row.byCharacter, row.else].join(' | ');
  return `| ${row.tokenizer} | ${row.corpus} | ${row.texts} | ${size} | ${row.tokens} | ${counts} | ${notes} |`;
}
