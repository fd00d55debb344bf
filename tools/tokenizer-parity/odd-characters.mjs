// The characters that @huggingface/tokenizers treats differently from us even in a short word, by kind: the
// differences that stem from the JavaScript engine's version of Unicode, its \s, and UTF-16. Of kinds with many
// characters that are all alike to a tokenizer, every 61st.
import { Tokenizer as Javascript } from '@huggingface/tokenizers';
import { Tokenizer } from '@lookupffn/tokenizer';
import { contestants } from './contestants.mjs';

const kinds = [
  ['lone surrogate', /^\p{Cs}$/u],
  ['white space to one of the two', /^[\u0085\ufeff]$/u],
  ['ideograph', /^\p{Script=Han}$/u],
  ['mark', /^\p{M}$/u],
  ['punctuation', /^\p{P}$/u],
  ['letter', /^\p{L}$/u],
  ['number', /^\p{N}$/u],
  ['symbol', /^\p{S}$/u],
  ['format or control', /^[\p{Cf}\p{Cc}]$/u],
  ['private use', /^\p{Co}$/u],
  ['unassigned', /^\p{Cn}$/u],
];

const contexts = "? a?b 1?2, ? ?'s  ?x x ?<mask>";
const alike = /[\p{Cn}\p{Co}\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}]/u;

for (const [name, load] of Object.entries(contestants)) {
  const json = await load();
  const ours = Tokenizer.fromJSON(json);
  const script = new Javascript(json, {});
  const found = new Map();
  for (let point = 0; point < 0x110000; point++) {
    const character = String.fromCodePoint(point);
    if (point % 61 !== 0 && alike.test(character)) continue;
    if (!differs(ours, script, character)) continue;
    const [kind] = kinds.find(([, pattern]) => pattern.test(character)) ?? ['other'];
    if (!found.has(kind)) found.set(kind, []);
    found.get(kind).push(point);
  }
  for (const [kind, points] of found) {
    const examples = [...points.slice(0, 4), ...points.slice(-1)].map(
      (point) => `U+${point.toString(16).toUpperCase()}`,
    );
    console.log(`| ${name} | ${kind} | ${points.length} | ${examples.join(' ')} |`);
  }
}

function differs(ours, script, character) {
  const text = contexts.replaceAll('?', character);
  const expected = script.encode(text).ids;
  const { ids } = ours.encode(text);
  return ids.length !== expected.length || ids.some((id, i) => id !== expected[i]);
}
