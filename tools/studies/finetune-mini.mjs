// Whether a look-up model fine-tunes as well as its dense twin: four GLUE tasks, three seeds each, the command
// `lookupffn finetune` with the same steps for both, scored by the last weights as run_glue.py does, or by the epoch that
// is best on a share of the training examples (--validation-split). Runs that are done are kept, so that the same command
// goes on after a stop.
// usage: node finetune-mini.mjs <look-up folder> <dense folder> <glue folder> -o <folder> [--tasks mrpc,stsb,cola,sst2]
//        [--seeds 0,1,2] [--epochs 3] [--most-steps 1000] [--batch-size 32] [--learning-rate 2e-4]
//        [--dense-learning-rate <n>] [--table-learning-rate <n>] [--projection-learning-rate <n>]
//        [--table-dropout <share>] [--validation-split 0] [--threads 1] [--json]
// --learning-rate is of both sides; --dense-learning-rate of the dense one alone.
import { spawn } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags, positionals } = parseArgs({
  options: {
    output: { type: 'string', short: 'o' },
    tasks: { type: 'string', default: 'mrpc,stsb,cola,sst2' },
    seeds: { type: 'string', default: '0,1,2' },
    epochs: { type: 'string', default: '3' },
    'most-steps': { type: 'string', default: '1000' },
    'batch-size': { type: 'string', default: '32' },
    'learning-rate': { type: 'string', default: '2e-4' },
    'dense-learning-rate': { type: 'string' },
    'table-learning-rate': { type: 'string' },
    'projection-learning-rate': { type: 'string' },
    'table-dropout': { type: 'string' },
    'validation-split': { type: 'string', default: '0' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [lookup, dense, glue] = positionals;
const { output } = flags;
if (!glue || !output) {
  console.error(
    'usage: node finetune-mini.mjs <look-up folder> <dense folder> <glue folder> -o <folder> [...]',
  );
  process.exit(2);
}
const main = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));
const models = { dense, lookup };
const tasks = flags.tasks.split(',');
const seeds = flags.seeds.split(',').map(Number);

/** Steps of so many epochs over the task's training files, cut at the most. */
const files = {
  sst2: ['train.tsv', 1],
  cola: ['in_domain_train.tsv', 0],
  mrpc: ['msr_paraphrase_train.txt', 1],
  stsb: ['stsb-en-train.csv', 0],
};
async function stepsOf(task) {
  const [file, headers] = files[task];
  let lines = -headers;
  for await (const line of createInterface({ input: createReadStream(join(glue, task, file)) })) {
    if (line !== '') lines++;
  }
  const epoch = Math.ceil(lines / Number(flags['batch-size']));
  return Math.min(epoch * Number(flags.epochs), Number(flags['most-steps']));
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`exit ${code}`))));
  });
}

/** Rates as `lookupffn finetune` takes them; what is of look-ups changes nothing of a dense model. */
const rates = (model) => {
  const own = model === 'dense' ? flags['dense-learning-rate'] : undefined;
  const factors = ['table-learning-rate', 'projection-learning-rate', 'table-dropout'].flatMap((name) =>
    model === 'lookup' && flags[name] !== undefined ? [[name, Number(flags[name])]] : [],
  );
  return Object.fromEntries([['learning-rate', Number(own ?? flags['learning-rate'])], ...factors]);
};

/** What a run was asked; one of another kind in the same place is made anew. */
const settings = (model, task, seed, steps) => ({
  ...{ model: models[model], task, seed, steps },
  batchSize: Number(flags['batch-size']),
  rates: rates(model),
  validationSplit: Number(flags['validation-split']),
});

async function finished(model, task, seed, steps) {
  const folder = join(output, `${model}-${task}-${seed}`);
  const file = `${folder}.json`;
  const asked = settings(model, task, seed, steps);
  if (existsSync(file)) {
    const { metrics, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
    if (JSON.stringify(rest.settings) === JSON.stringify(asked)) return { metrics, ...rest };
  }
  // A whole model without its result is one whose measuring was stopped.
  if (existsSync(join(folder, 'config.json'))) rmSync(folder, { recursive: true });
  const started = performance.now();
  const { metrics, examples, evaluations } = await run([
    ...['finetune', models[model], '--task', task, '--data', join(glue, task), '-o', folder, '--json'],
    ...['--seed', String(seed), '--max-steps', String(steps), '--batch-size', flags['batch-size']],
    ...Object.entries(rates(model)).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...['--validation-split', flags['validation-split'], '--threads', flags.threads],
  ]);
  const seconds = (performance.now() - started) / 1000;
  const result = { settings: asked, metrics, examples, evaluations, seconds };
  writeFileSync(`${file}.tmp`, JSON.stringify(result, null, 2));
  renameSync(`${file}.tmp`, file);
  rmSync(folder, { recursive: true, force: true });
  return result;
}

mkdirSync(output, { recursive: true });
const results = [];
const total = tasks.length * seeds.length * 2;
for (const task of tasks) {
  const steps = await stepsOf(task);
  for (const seed of seeds) {
    for (const model of Object.keys(models)) {
      const { metrics, seconds } = await finished(model, task, seed, steps);
      results.push({ model, task, seed, steps, metrics, seconds });
      const score = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      console.error(
        `${results.length} of ${total}: ${model}, ${task}, seed ${seed}, ${steps} steps in ${seconds.toFixed(0)} s: ${score.join(', ')}`,
      );
    }
  }
}

const rows = tasks.map((task) => {
  const of = (model) => results.filter((row) => row.model === model && row.task === task);
  // A task's first metric is the one to compare by.
  const metric = Object.keys(of('dense')[0].metrics)[0];
  const summary = (model) => {
    const scores = of(model).map(({ metrics }) => 100 * metrics[metric]);
    const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length;
    return { mean, least: Math.min(...scores), most: Math.max(...scores) };
  };
  const [a, b] = [summary('dense'), summary('lookup')];
  return { task, metric, steps: of('dense')[0].steps, dense: a, lookup: b, difference: b.mean - a.mean };
});
writeFileSync(join(output, 'results.json'), JSON.stringify({ flags, rows, results }, null, 2));
if (flags.json) {
  console.log(JSON.stringify({ rows, results }, null, 2));
} else {
  const cell = ({ mean, least, most }) => `${mean.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)})`;
  console.log('| task | metric | steps | dense | look-ups | difference |\n|---|---|---|---|---|---|');
  for (const { task, metric, steps, dense: a, lookup: b, difference } of rows) {
    const points = `${difference < 0 ? '' : '+'}${difference.toFixed(1)}`;
    console.log(`| ${task} | ${metric} | ${steps} | ${cell(a)} | ${cell(b)} | ${points} |`);
  }
  console.log(`\nMeans of ${seeds.length} seeds, in points; in brackets the least and the most.`);
}
