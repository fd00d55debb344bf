// How well FFNs learn once attention and embeddings are there: fresh FFNs in a trained dense model, and some hundred
// steps of the whole. No bend comes by chance here, so that single runs of five minutes rank. Prints markdown.
// usage: node trunk.mjs <run folder of a dense model> [--only dense,slow,...] [--threads 1]
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveBackend } from '@lookupffn/auto';
import { Random } from '@lookupffn/core';
import { initialWeights, parseConfig } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { evaluate, Trainer } from '@lookupffn/train';
import { runCorpus } from './run-corpus.mjs';
import { withoutFfn } from './without-ffn.mjs';

const usual = { steps: 300, warmupSteps: 40, schedule: 'warmup_stable_decay', learningRate: 2e-3 };
const shorter = { steps: 200, warmupSteps: 30, decaySteps: 50 };
/** The preset `mini`'s look-ups, with these multiples of the rate for tables and projections. */
const rates = (tableLearningRate, projectionLearningRate, more = {}, ffn = {}) => ({
  ffn: { tables: 64, bits: 8, read: 'four-cell', ...ffn },
  training: { tableLearningRate, projectionLearningRate, cellVariation: 0, epsilon: 1e-12, ...more },
});
const variants = {
  dense: { training: { epsilon: 1e-6 } },
  fast: rates(8, 0.3, { cellVariation: 10, epsilon: 1e-6 }),
  'fast, epsilon': rates(8, 0.3, { cellVariation: 10 }),
  'fast, epsilon, no cell-tv': rates(8, 0.3),
  'small tables': rates(3, 0.3, { cellVariation: 10 }, { tables: 128, bits: 4, read: 'two-cell' }),
  'slow tables': rates(1, 0.3),
  'slow tables, cell-tv': rates(1, 0.3, { cellVariation: 10 }),
  'slow tables, fast projections': rates(1, 1),
  slow: rates(1, 0.1),
  'slower tables': rates(0.5, 0.1, shorter),
  'slower projections': rates(1, 0.03, shorter),
};
const window = 50;
const maxSequences = 256;

const { values: flags, positionals } = parseArgs({
  options: { only: { type: 'string' }, threads: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [folder] = positionals;
const names = flags.only?.split(/,(?! )/) ?? Object.keys(variants);
const unknown = names.filter((name) => !(name in variants));
if (folder === undefined || unknown.length > 0) {
  console.error('usage: node trunk.mjs <run folder of a dense model> [--only dense,slow,...] [--threads 1]');
  console.error(`variants: ${Object.keys(variants).join(',')}`);
  process.exit(2);
}

const { weights: trunk } = await loadModelFolder(folder);
const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
const corpus = await runCorpus(folder);
const backend = await resolveBackend({ threads: Number(flags.threads) });
const bh4 = { projection: 'bh4', block: 16, stages: 2, temperature: true, score_power: true };

function freshFfns(ffn) {
  const config = parseConfig({
    ...json,
    ffn: ffn === undefined ? { type: 'dense' } : { type: 'lookup', ...bh4, ...ffn },
  });
  const weights = initialWeights(config, new Random(0).fork('weights'));
  const ofFfn = /\.layer\.\d+\.(intermediate|output|ffn)\./;
  for (const [name, data] of trunk) if (!ofFfn.test(name)) weights.set(name, data);
  return { config, weights };
}

const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const marks = Array.from({ length: usual.steps / window }, (_, i) => (i + 1) * window);
const { num_hidden_layers: layers } = json;
row([
  'FFNs',
  ...marks.map((mark) => `to ${mark}`),
  'validation',
  ...Array.from({ length: layers }, (_, i) => `without ${i}`),
]);
console.log(`|${'---|'.repeat(2 + marks.length + layers)}`);
for (const name of names) {
  const { ffn, training } = variants[name];
  const { config, weights } = freshFfns(ffn);
  const options = { ...usual, mlmProbability: 0.3, ...training };
  const trainer = await Trainer.create({ config, backend, corpus, weights, options });
  const means = [];
  let sum = 0;
  await trainer.run({
    onProgress: ({ step, loss }) => {
      sum += loss;
      if (step % window > 0) return;
      means.push((sum / window).toFixed(3));
      console.error(`${name}: step ${step}, mean loss ${means.at(-1)}`);
      sum = 0;
    },
  });
  const measure = async (model) =>
    (await evaluate({ model, backend, sequences: corpus.validation, maxSequences })).logPerplexity;
  const whole = await measure(trainer.model);
  const worth = [];
  for (let layer = 0; layer < layers; layer++) {
    worth.push(`+${((await measure(withoutFfn(trainer.model, [layer]))) - whole).toFixed(3)}`);
  }
  row([name, ...marks.map((_, i) => means[i] ?? ''), whole.toFixed(3), ...worth]);
}
