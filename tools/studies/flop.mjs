// Log perplexity over FLOP of the FFNs, from what `lookupffn ablate` has measured: an SVG file.
// usage: node flop.mjs <results.json>... --series "<name>=<variant>,<variant>..."... --out <file> [--title <text>]
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { plot } from './plot.mjs';

const { values: flags, positionals: files } = parseArgs({
  options: {
    series: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
    title: { type: 'string', default: 'Log perplexity over FLOP of the FFNs' },
  },
  allowPositionals: true,
});
if (files.length === 0 || flags.series.length === 0 || flags.out === undefined) {
  console.error(
    'usage: node flop.mjs <results.json>... --series "<name>=<variant>,..." --out <file> [--title <text>]',
  );
  process.exit(2);
}
const read = async (file) => JSON.parse(await readFile(file, 'utf8')).variants;
const variants = new Map((await Promise.all(files.map(read))).flat().map((row) => [row.variant, row]));

/** `{ x, y }` of a variant, x in millions of FLOP a token. */
function pointOf(name) {
  const row = variants.get(name);
  if (!row) throw new Error(`${name} is none of ${[...variants.keys()].join(', ')}`);
  return { x: row.ffnFlops / 1e6, y: row.logPerplexity };
}
const series = new Map(
  flags.series.map((text) => {
    const [name, list = ''] = text.split('=');
    return [name, list.split(',').map(pointOf)];
  }),
);
const svg = plot({
  title: flags.title,
  x: { title: 'FLOP of all FFNs a token, millions', log: true, show: String },
  y: { title: 'nats', show: String },
  series,
});
await writeFile(flags.out, svg);
console.log(flags.out);
