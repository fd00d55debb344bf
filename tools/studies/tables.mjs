// Two of the paper's questions about tables, for a run that `lookupffn train` or `ablate` has finished: what lower
// precision costs, by `lookupffn eval` on the held-out documents, and whether the tables stay healthy over the run, by
// what its evaluations noted in training/metrics.jsonl. Prints markdown.
// usage: node tables.mjs <run folder> [--dtypes f32,bf16,f16,int8,int4] [--sequences n] [--moments 6] [--threads 1]
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { modelCost, parameterSpecs } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';

const { values: flags, positionals } = parseArgs({
  options: {
    dtypes: { type: 'string', default: 'f32,bf16,f16,int8,int4' },
    sequences: { type: 'string' },
    moments: { type: 'string', default: '6' },
    threads: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('usage: node tables.mjs <run folder> [--dtypes f32,bf16,...] [--sequences n] [--moments 6]');
  process.exit(2);
}
const { config } = await loadModelFolder(folder).catch((error) => {
  console.error(error.message);
  process.exit(2);
});
if (config.ffn.kind === 'dense') {
  console.error(`${folder} is a dense model: it has no tables. Give the folder of one with look-ups.`);
  process.exit(2);
}
const text = await readFile(join(folder, 'training', 'metrics.jsonl'), 'utf8').catch((error) => {
  console.error(
    `${folder} has no training/metrics.jsonl (${error.code}). Give the folder of a training run.`,
  );
  process.exit(2);
});
// By step: what was made again after a stop counts once, and a line that a kill cut short is none.
const lines = new Map();
for (const line of text.split('\n')) {
  try {
    const made = JSON.parse(line);
    lines.set(made.step, made);
  } catch {}
}
const looked = [...lines.values()].filter(({ tables }) => tables).sort((a, b) => a.step - b.step);

const number = (value) => value.toLocaleString('en-US');
const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)}%`;
const signed = (value) => (Math.abs(value) < 5e-5 ? '0.0000' : `${value < 0 ? '' : '+'}${value.toFixed(4)}`);
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const head = (cells) => {
  row(cells);
  console.log(`|${'---|'.repeat(cells.length)}`);
};

const main = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
function evaluate(dtype) {
  const limit = flags.sequences === undefined ? [] : ['--sequences', flags.sequences];
  const args = ['eval', folder, '--dtype', dtype, '--threads', flags.threads, '--json', ...limit];
  const output = execFileSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}

const { ffn } = config;
const steps = Math.max(...lines.keys());
const tables = parameterSpecs(config).filter(({ kind }) => kind === 'table');
const numbers = tables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
const dtypes = flags.dtypes.split(',');
const results = dtypes.map(evaluate);
const [first] = results;
console.log(
  `${config.numHiddenLayers} layers, ${config.hiddenSize} wide; ${ffn.tables} tables of ${2 ** ffn.bits}, ${ffn.read} read, ${ffn.projection} projection${ffn.outputRank === undefined ? '' : `, output rank ${ffn.outputRank}`}; ${number(steps)} steps, ${number(lines.get(steps).tokens)} tokens.`,
);
console.log(
  `${os.cpus()[0].model}, ${first.kernel.backend} (${first.kernel.isa}), Node ${process.versions.node}. ${number(first.maskedTokens)} masked tokens of ${number(first.sequences)} sequences: ${first.corpus}.\n`,
);
console.log('## Precision of the tables\n');
head([
  'tables as',
  'log perplexity',
  `against ${dtypes[0]}`,
  'guessed right',
  'bits per byte',
  'FFN bytes a token',
]);
results.forEach(({ logPerplexity, accuracy, bitsPerByte }, i) => {
  const { ffnBytes } = modelCost(config, { tableDtype: dtypes[i] });
  const cost = signed(logPerplexity - first.logPerplexity);
  row([
    dtypes[i],
    logPerplexity.toFixed(4),
    cost,
    percent(accuracy, 2),
    bitsPerByte.toFixed(4),
    number(ffnBytes),
  ]);
});
console.log(
  `\n${number(numbers)} numbers in the tables; scales of quantised rows are not among the bytes.\n`,
);

console.log('## Health of the tables over the run\n');
if (looked.length === 0) {
  console.log('The run did not look at its tables (`watchTables` was off).');
} else {
  const wanted = Math.min(looked.length, Math.max(2, Number(flags.moments)));
  const places = new Set(
    Array.from({ length: wanted }, (_, i) => Math.round((i * (looked.length - 1)) / Math.max(1, wanted - 1))),
  );
  head([
    'step',
    'layer',
    'cells used',
    'evenness',
    'busiest cell',
    'constant bits',
    'score, mean',
    'score, deviation',
    'output beside its input',
  ]);
  for (const place of places) {
    const { step, tables: health } = looked[place];
    for (const {
      layer,
      occupancy,
      evenness,
      busiestCell,
      constantBits,
      score,
      outputShare,
    } of health.layers) {
      row([
        ...[number(step), layer, percent(occupancy), evenness.toFixed(3), percent(busiestCell), constantBits],
        ...[
          score.mean.toFixed(3),
          score.deviation.toFixed(3),
          outputShare === undefined ? '' : percent(outputShare),
        ],
      ]);
    }
  }
  const [start, end] = [looked[0], looked.at(-1)];
  console.log(
    `\nEvenness is exp(entropy of the codes) over the cells, mean over tables: 1 when all are used alike. ${number(end.tables.tokens)} tokens at each look, ${looked.length} looks.\n`,
  );
  console.log(`Drift from step ${number(start.step)} to step ${number(end.step)}:\n`);
  head(['layer', 'cells used', 'evenness', 'busiest cell', 'score, mean']);
  end.tables.layers.forEach((after, i) => {
    const before = start.tables.layers[i];
    const points = (value) => `${value < 0 ? '' : '+'}${(100 * value).toFixed(1)} points`;
    row([
      after.layer,
      points(after.occupancy - before.occupancy),
      `${(after.evenness / before.evenness).toFixed(2)}x`,
      points(after.busiestCell - before.busiestCell),
      `${(after.score.mean / before.score.mean).toFixed(2)}x`,
    ]);
  });
}
