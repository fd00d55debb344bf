// Training curves of runs of `lookupffn train` or `ablate` in pairs, dense and another, and how far each other model is
// behind its twin: two SVG files. The loss of a training batch is of the tokens hidden there; both of a pair saw the same.
// A dense run may stand in several pairs.
// usage: node curves.mjs <dense run> <other run> [<dense run> <other run>...] --out <prefix> [--window 50]
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plot } from './plot.mjs';

const { values: flags, positionals: folders } = parseArgs({
  options: { out: { type: 'string' }, window: { type: 'string', default: '50' } },
  allowPositionals: true,
});
if (folders.length === 0 || folders.length % 2 || flags.out === undefined) {
  console.error('usage: node curves.mjs <dense run> <other run>... --out <prefix> [--window 50]');
  process.exit(2);
}
const window = Number(flags.window);

/** Means of the training loss over windows of steps: `{ x, y }`, x in millions of tokens. */
async function curveOf(folder) {
  const lines = (await readFile(join(folder, 'training', 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  const steps = lines.map((line) => JSON.parse(line)).filter(({ loss }) => loss !== undefined);
  return Array.from({ length: Math.floor(steps.length / window) }, (_, i) => {
    const part = steps.slice(i * window, (i + 1) * window);
    return { x: part.at(-1).tokens / 1e6, y: part.reduce((sum, { loss }) => sum + loss, 0) / window };
  });
}

/** What tells a run's FFN from the others', and its seed. */
async function nameOf(folder) {
  const { model, training } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')).config;
  const { type, tables } = model.ffn;
  const ffn = type === 'lookup' ? `${tables} tables` : `dense, ${model.intermediate_size} columns`;
  return `${ffn}, seed ${training.seed ?? 0}`;
}

const [losses, differences] = [new Map(), new Map()];
for (let i = 0; i < folders.length; i += 2) {
  const pair = folders.slice(i, i + 2);
  const [dense, other] = await Promise.all(pair.map(curveOf));
  const [denseName, otherName] = await Promise.all(pair.map(nameOf));
  losses.set(denseName, dense).set(otherName, other);
  const both = Math.min(dense.length, other.length);
  differences.set(
    otherName,
    Array.from({ length: both }, (_, k) => ({ x: dense[k].x, y: other[k].y - dense[k].y })),
  );
}
const shared = { x: { title: 'tokens, millions', show: String }, dots: [] };
const files = {
  loss: plot({
    ...shared,
    title: `Training loss, means of ${window} steps`,
    y: { title: 'nats', show: String },
    series: losses,
  }),
  behind: plot({
    ...shared,
    title: 'Behind dense of the same seed, training loss',
    y: { title: 'nats', show: String },
    series: differences,
    line: { name: 'dense', y: 0 },
  }),
};
for (const [name, svg] of Object.entries(files)) {
  await writeFile(`${flags.out}-${name}.svg`, svg);
  console.log(`${flags.out}-${name}.svg`);
}
