// What a conversion keeps: STS-B by the cosine of embeddings, SST-2, CoLA and MRPC by linear probes on frozen ones, for
// the dense model, the converted one and its affine-only twin, each as the command `lookupffn eval --task` measures it.
// usage: node convert-minilm.mjs <dense folder> <converted folder> <glue folder> [--tasks stsb,sst2,cola,mrpc] [--json]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags, positionals } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'stsb,sst2,cola,mrpc' },
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
const models = [
  { name: 'dense', folder: dense, dtype: 'f32' },
  { name: 'dense int8', folder: dense, dtype: 'int8' },
  { name: 'look-ups', folder: converted, dtype: 'f32' },
  { name: 'look-ups int8', folder: converted, dtype: 'int8' },
  { name: 'affine maps alone', folder: `${converted}/affine-only`, dtype: 'f32' },
];
const tasks = flags.tasks.split(',');
const results = [];
for (const { name, folder, dtype } of models) {
  for (const task of tasks) {
    const args = ['eval', folder, '--task', task, '--data', `${glue}/${task}`, '--dtype', dtype, '--json'];
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
