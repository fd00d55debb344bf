// What a conversion keeps: STS-B by the cosine of embeddings, SST-2, CoLA and MRPC by linear probes on frozen ones, for
// the dense model, the converted one and its affine-only twin, each as the command `lookupffn eval --task` measures it.
// With --curve instead STS-B at each number of layers converted, of the models that `convert --keep-budget` saved.
// usage: node convert-minilm.mjs <dense folder> <converted folder> <glue folder> [--tasks stsb,sst2,cola,mrpc] [--curve]
//        [--threads 1] [--json]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags, positionals } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'stsb,sst2,cola,mrpc' },
    curve: { type: 'boolean', default: false },
    threads: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [dense, converted, glue] = positionals;
if (!glue) {
  console.error(
    'usage: node convert-minilm.mjs <dense folder> <converted folder> <glue folder> [--tasks ...]',
  );
  process.exit(2);
}
const main = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const twins = (label, folder) => [
  { name: label, folder, dtype: 'f32' },
  { name: `${label} int8`, folder, dtype: 'int8' },
];
const affine = 'affine maps alone';
/** The models that convert --keep-budget saved, one a number of layers. */
function budget() {
  const models = [];
  for (let count = 1; existsSync(`${converted}/budget/${count}`); count++) {
    const folder = `${converted}/budget/${count}`;
    const { layers } = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')).ffn;
    models.push(...twins(`${count} (${layers.join(', ')})`, folder));
    models.push({ name: `${count}, ${affine}`, folder: `${folder}-affine`, dtype: 'f32' });
  }
  if (models.length > 0) return models;
  console.error(`${converted}/budget holds no models: convert with --budget-steps and --keep-budget`);
  process.exit(2);
}
const models = [
  ...twins('dense', dense),
  ...(flags.curve
    ? budget()
    : [...twins('look-ups', converted), { name: affine, folder: `${converted}/affine-only`, dtype: 'f32' }]),
];
const tasks = flags.curve ? ['stsb'] : flags.tasks.split(',');
const results = [];
for (const { name, folder, dtype } of models) {
  for (const task of tasks) {
    const args = ['eval', folder, '--task', task, '--data', `${glue}/${task}`, '--dtype', dtype, '--json'];
    if (flags.threads) args.push('--threads', flags.threads);
    const text = execFileSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { metrics } = JSON.parse(text);
    results.push({ model: name, task, metrics });
    console.error(`${name}, ${task}: ${JSON.stringify(metrics)}`);
  }
}

if (flags.json) {
  console.log(JSON.stringify(results, null, 2));
} else {
  // A task's first metric is the one to compare by.
  const score = (model, task) =>
    Object.entries(results.find((row) => row.model === model && row.task === task).metrics)[0];
  const heads = tasks.map((task) => `${task} ${score('dense', task)[0]}`);
  console.log(`| model | ${heads.join(' | ')} |\n|---|${'---|'.repeat(tasks.length)}`);
  for (const { name } of models) {
    const cell = (task) => {
      const [value, whole] = [score(name, task)[1], score('dense', task)[1]];
      // Of a similarity the share that is kept; of classes the difference in points.
      const change =
        task === 'stsb'
          ? `${((100 * value) / whole).toFixed(1)}%`
          : `${value < whole ? '' : '+'}${(100 * (value - whole)).toFixed(1)}`;
      return `${value.toFixed(4)} (${change})`;
    };
    console.log(`| ${name} | ${tasks.map(cell).join(' | ')} |`);
  }
}
