// The paper's first two questions (arXiv 2403.07221), on what a layer of a small trained model does to its inputs:
// how well does one table with a dense projection take the place of a dense FFN, and what does BH4 change?
// usage: node approximate.mjs one-table|projection [--corpus corpus] [--out runs/approximation] [--layer 1]
//        [--tokens 100000] [--steps 400] [--seeds 0,1] [--rates 0.002,0.008,0.03,0.1] [--threads 1]
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveBackend } from '@lookupffn/auto';
import { writeJsonFile } from '@lookupffn/core/node';
import { ffnCost } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { approximateLayer, captureLayers, readSequences } from '@lookupffn/train';
import { questions } from './approximation/candidates.mjs';
import { plot } from './plot.mjs';
import { runCorpus } from './run-corpus.mjs';

const { values: flags, positionals } = parseArgs({
  options: {
    corpus: { type: 'string', default: fileURLToPath(new URL('corpus', import.meta.url)) },
    out: { type: 'string', default: 'runs/approximation' },
    layer: { type: 'string', default: '1' },
    tokens: { type: 'string', default: '100000' },
    steps: { type: 'string', default: '400' },
    seeds: { type: 'string', default: '0,1' },
    rates: { type: 'string', default: '0.002,0.008,0.03,0.1' },
    threads: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const question = questions[positionals[0]];
if (!question) {
  console.error(`usage: node approximate.mjs ${Object.keys(questions).join('|')} [--corpus <folder>] ...`);
  process.exit(2);
}
const { out } = flags;
const [layer, tokens, steps] = [flags.layer, flags.tokens, flags.steps].map(Number);
const [seeds, rates] = [flags.seeds, flags.rates].map((list) => list.split(',').map(Number));
await mkdir(out, { recursive: true });

// A dense model of two layers, 64 wide: trained once, for both questions.
const folder = join(out, 'dense');
if (!existsSync(join(folder, 'model.safetensors'))) {
  const main = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
  const how = existsSync(join(folder, 'run.json'))
    ? ['--resume']
    : ['--preset', 'tiny', '--ffn', 'dense', '--steps', '3000', '--corpus', flags.corpus];
  execFileSync(process.execPath, [main, 'train', ...how, '--out', folder, '--threads', flags.threads], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
const model = await loadModelFolder(folder);
const { config } = model;
const backend = await resolveBackend({ threads: Number(flags.threads) });

const captured = join(out, `layer-${layer}.f32`);
if (!existsSync(captured)) {
  const { train } = await runCorpus(folder);
  const { sequenceLength } = train;
  // From all over the corpus, in its order: the held-out end is of other documents.
  const wanted = Math.min(train.count, Math.ceil(tokens / sequenceLength));
  const sequences = Array.from({ length: wanted }, (_, i) => {
    const [ids] = readSequences(train, Math.floor((i * train.count) / wanted), 1);
    return [...ids];
  });
  await captureLayers({ model, backend, sequences, layers: [layer], folder: out });
}

const path = join(out, 'fits.json');
const settings = { layer, tokens, steps };
const earlier = existsSync(path) ? JSON.parse(await readFile(path, 'utf8')) : { settings, fits: [] };
if (JSON.stringify(earlier.settings) !== JSON.stringify(settings)) {
  console.error(`${path} was made with ${JSON.stringify(earlier.settings)}; give another --out.`);
  process.exit(2);
}
const { fits } = earlier;
let affine = earlier.affine;
/** One fit; what an earlier call left of it, for either question, is taken from the file. */
async function fit({ name, ffn, inner }, seed, learningRate) {
  const known = fits.find((f) => f.name === name && f.seed === seed && f.learningRate === learningRate);
  if (known) return known;
  const init = { backend, config, layer, folder: out, ffn, intermediateSize: inner, seed };
  const options = { steps, batchTokens: 1024, learningRate, tableLearningRate: 3 };
  const start = performance.now();
  const found = await approximateLayer({ ...init, ...options });
  affine = found.affine;
  const made = { name, seed, learningRate, ...found.fitted };
  fits.push(made);
  await writeJsonFile(path, { settings, affine, fits });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.error(
    `${name}, seed ${seed}, rate ${learningRate}: ${(100 * made.share).toFixed(1)}% in ${seconds} s`,
  );
  return made;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rows = [];
for (const candidate of question.candidates()) {
  // Each at the best of its own learning rates, chosen with the first seed.
  const tried = [];
  for (const rate of rates) tried.push(await fit(candidate, seeds[0], rate));
  const best = tried.reduce((a, b) => (b.share < a.share ? b : a));
  const all = [best];
  for (const seed of seeds.slice(1)) all.push(await fit(candidate, seed, best.learningRate));
  const { ffn, inner = config.intermediateSize, series, name } = candidate;
  const { flop, parameters } = ffnCost({ ...config, ffn, intermediateSize: inner }, layer);
  rows.push({
    ...{ series, name, learningRate: best.learningRate, flop: flop.total, parameters: parameters.total },
    ...{ shares: all.map(({ share }) => share), share: mean(all.map(({ share }) => share)) },
  });
}
backend.dispose();

const whole = ffnCost({ ...config, ffn: { kind: 'dense' } }, layer).flop.total;
const percent = (value) => `${(100 * value).toFixed(1)}%`;
const number = (value) => value.toLocaleString('en-US');
console.log(`${question.title}: layer ${layer} of ${config.numHiddenLayers}, ${config.hiddenSize} wide, inner ${config.intermediateSize}.
${os.cpus()[0].model}, ${backend.info.name} (${backend.info.isa}), Node ${process.versions.node}; ${number(tokens)} tokens, ${steps} steps, seeds ${seeds.join(', ')}.

| FFN | unexplained | each seed | FLOP a token | fewer than the layer | parameters | learning rate |
|---|---|---|---|---|---|---|
| affine map, closed form | ${percent(affine.share)} | | ${number(2 * config.hiddenSize ** 2)} | ${(whole / (2 * config.hiddenSize ** 2)).toFixed(1)}x | ${number(config.hiddenSize * (config.hiddenSize + 1))} | |`);
for (const { name, share, shares, flop, parameters, learningRate } of rows) {
  console.log(
    `| ${name} | ${percent(share)} | ${shares.map(percent).join(', ')} | ${number(flop)} | ${(whole / flop).toFixed(1)}x | ${number(parameters)} | ${learningRate} |`,
  );
}
const drawn = plot({
  title: question.title,
  x: { title: 'FLOP per token (log scale)', log: true, show: (value) => `1e${Math.log10(value)}` },
  y: { title: 'unexplained variance (log scale)', log: true, show: (value) => `${100 * value}%` },
  include: [1],
  series: new Map(
    [...new Set(rows.map(({ series }) => series))].map((series) => [
      series,
      rows.filter((row) => row.series === series).map(({ flop, share }) => ({ x: flop, y: share })),
    ]),
  ),
  line: { name: 'affine map', y: affine.share },
});
await writeFile(join(out, `${positionals[0]}.svg`), drawn);
