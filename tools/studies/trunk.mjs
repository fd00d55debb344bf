// How well FFNs learn once attention and embeddings are there: fresh FFNs in a trained dense model, and some hundred
// steps of the whole. No bend comes by chance here, so that single runs of five minutes rank. Prints markdown.
// usage: node trunk.mjs <run folder of a dense model> [--only dense,slow,...] [--threads 1]
import { parseArgs } from 'node:util';
import { resolveBackend } from '@lookupffn/auto';
import { Random } from '@lookupffn/core';
import { defineConfig, initialWeights, modelCost } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { Trainer } from '@lookupffn/train';
import { ffnWorth } from './ffn-worth.mjs';
import { runCorpus } from './run-corpus.mjs';

const usual = { steps: 300, warmupSteps: 40, schedule: 'warmup_stable_decay', learningRate: 2e-3 };
const shorter = { steps: 200, warmupSteps: 30, decaySteps: 50 };
/** The preset `mini`'s look-ups. */
const mini = {
  ...{ kind: 'lookup', tables: 64, bits: 8, projection: 'bh4', block: 16, stages: 2 },
  ...{ read: 'four-cell', temperature: true, scorePower: true },
};
/** With these multiples of the rate for tables and projections. */
const rates = (tableLearningRate, projectionLearningRate, more = {}, ffn = {}) => ({
  ffn: { ...mini, ...ffn },
  training: { tableLearningRate, projectionLearningRate, cellVariation: 0, epsilon: 1e-12, ...more },
});
const shape = (ffn) => rates(1, 0.1, {}, ffn);
const narrow = (columns) => ({
  model: { intermediateSize: columns },
  ffn: { kind: 'dense' },
  training: { epsilon: 1e-6 },
});
const variants = {
  dense: narrow(1024),
  // As many FLOP as the look-ups.
  'dense-narrow': narrow(169),
  fast: rates(8, 0.3, { cellVariation: 10, epsilon: 1e-6 }),
  'fast-epsilon': rates(8, 0.3, { cellVariation: 10 }),
  'fast-epsilon-no-cell-tv': rates(8, 0.3),
  'small-tables': rates(3, 0.3, { cellVariation: 10 }, { tables: 128, bits: 4, read: 'two-cell' }),
  'slow-tables': rates(1, 0.3),
  'slow-tables-cell-tv': rates(1, 0.3, { cellVariation: 10 }),
  'slow-tables-fast-projections': rates(1, 1),
  slow: shape({}),
  'slower-tables': rates(0.5, 0.1, shorter),
  'slower-projections': rates(1, 0.03, shorter),
  // One change each.
  'one-cell': shape({ read: 'single', temperature: false }),
  'two-cells': shape({ read: 'two-cell' }),
  'two-cells-128-tables': shape({ read: 'two-cell', tables: 128 }),
  'dense-projection': shape({ projection: 'dense' }),
  'one-stage': shape({ stages: 1 }),
  'block-64': shape({ block: 64 }),
  'tau-4': shape({ bits: 4 }),
  'tau-4-two-cells-128-tables': shape({ bits: 4, read: 'two-cell', tables: 128 }),
  'tau-6': shape({ bits: 6 }),
  'tau-10': shape({ bits: 10 }),
  '32-tables': shape({ tables: 32 }),
  '128-tables': shape({ tables: 128 }),
};
const window = 50;
const maxSequences = 256;

const { values: flags, positionals } = parseArgs({
  options: { only: { type: 'string' }, threads: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [folder] = positionals;
const names = flags.only?.split(',') ?? Object.keys(variants);
const unknown = names.filter((name) => !(name in variants));
if (folder === undefined || unknown.length > 0) {
  console.error('usage: node trunk.mjs <run folder of a dense model> [--only dense,slow,...] [--threads 1]');
  console.error(`variants: ${Object.keys(variants).join(', ')}`);
  process.exit(2);
}

const trunk = await loadModelFolder(folder);
const corpus = await runCorpus(folder);
const backend = await resolveBackend({ threads: Number(flags.threads) });

function freshFfns({ model, ffn }) {
  const config = defineConfig({ ...trunk.config, ...model, ffn });
  const weights = initialWeights(config, new Random(0).fork('weights'));
  const ofFfn = /\.layer\.\d+\.(intermediate|output|ffn)\./;
  for (const [name, data] of trunk.weights) if (!ofFfn.test(name)) weights.set(name, data);
  return { config, weights };
}

const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const marks = Array.from({ length: usual.steps / window }, (_, i) => (i + 1) * window);
const layers = Array.from({ length: trunk.config.numHiddenLayers }, (_, layer) => layer);
row([
  'FFNs',
  'FLOP of all a token',
  ...marks.map((mark) => `to ${mark}`),
  'validation',
  ...layers.map((layer) => `without ${layer}`),
]);
console.log(`|${'---|'.repeat(3 + marks.length + layers.length)}`);
for (const name of names) {
  const { config, weights } = freshFfns(variants[name]);
  const options = { ...usual, mlmProbability: 0.3, ...variants[name].training };
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
  const { model } = trainer;
  const { whole, without } = await ffnWorth({ model, backend, sequences: corpus.validation, maxSequences });
  const worth = [];
  for (const layer of layers) worth.push(await without([layer]));
  const flop = modelCost(config).ffnFlops.toLocaleString('en-US');
  row([name, flop, ...marks.map((_, i) => means[i] ?? ''), whole.toFixed(3), ...worth]);
}
