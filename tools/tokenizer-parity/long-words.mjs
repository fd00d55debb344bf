// Time a unit takes in words without a place to break, as they grow: constant (up to a logarithm) where time is linear.
// usage: node long-words.mjs [--sizes 65536,262144,1048576]
import { parseArgs } from 'node:util';
import { Tokenizer } from '@lookupffn/tokenizer';
import { contestants } from './contestants.mjs';
import { longWords } from './corpora.mjs';

const { values: flags } = parseArgs({
  options: { sizes: { type: 'string', default: '65536,262144,1048576' } },
});
const sizes = flags.sizes.split(',').map(Number);
const words = longWords(8).map((word) => JSON.stringify(word));

console.log(`| tokenizer | word | ${sizes.map((size) => `ns a unit of ${size}`).join(' | ')} |`);
console.log(`|---|---|${sizes.map(() => '---|').join('')}`);
for (const name of ['roberta-base', 'BERT-like WordPiece']) {
  const tokenizer = Tokenizer.fromJSON(await contestants[name]());
  words.forEach((word, i) => {
    const times = sizes.map((size) => time(tokenizer, longWords(size)[i]).toFixed(0));
    console.log(`| ${[name, word, ...times].join(' | ')} |`);
  });
}

/** The shorter of two runs, in nanoseconds a unit of processor time. */
function time(tokenizer, text) {
  const runs = [0, 1].map(() => {
    const start = process.cpuUsage();
    tokenizer.encode(text, { offsets: true });
    const { user, system } = process.cpuUsage(start);
    return ((user + system) * 1000) / text.length;
  });
  return Math.min(...runs);
}
