// Where a training step's time goes: the backend's operations by CPU time, for the `mini` model. CPU time, for a machine
// that others share; with several threads it is the sum over them.
// usage: node profile.mjs [--ffn lookup|dense] [--steps 6] [--threads 1] [--cell-variation 0] [--json]
import { parseArgs } from 'node:util';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { makeTrainer, mini } from './mini.mjs';

const { values: flags } = parseArgs({
  options: {
    ffn: { type: 'string', default: 'lookup' },
    steps: { type: 'string', default: '6' },
    threads: { type: 'string', default: '1' },
    'cell-variation': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const steps = Number(flags.steps);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const spent = new Map();
function note(name, milliseconds) {
  spent.set(name, (spent.get(name) ?? 0) + milliseconds);
}
function timed(group, operations) {
  return Object.fromEntries(
    Object.entries(operations).map(([name, run]) => [
      name,
      (...args) => {
        const start = cpu();
        const result = run(...args);
        const { rows, in: from, out } = args[0];
        note(
          name === 'linear' ? `${group}.linear ${rows}x${from} to ${out}` : `${group}.${name}`,
          cpu() - start,
        );
        return result;
      },
    ]),
  );
}

const native = await createNativeBackend({ threads: Number(flags.threads) });
const backend = {
  ...native,
  ops: timed('ops', native.ops),
  grad: timed('grad', native.grad),
  optim: timed('optim', native.optim),
};
const fill = Float32Array.prototype.fill;
Float32Array.prototype.fill = function (...args) {
  const start = cpu();
  const result = fill.apply(this, args);
  note('clearing buffers', cpu() - start);
  return result;
};

const trainer = await makeTrainer(backend, flags.ffn, mini(), Number(flags['cell-variation']));
async function run(count) {
  const stop = new AbortController();
  const last = trainer.step + count;
  await trainer.run({ signal: stop.signal, onProgress: ({ step }) => step >= last && stop.abort() });
}
await run(2);
spent.clear();
const start = cpu();
await run(steps);
const total = cpu() - start;
note('everything else', total - [...spent.values()].reduce((sum, value) => sum + value, 0));

const lines = [...spent]
  .sort((a, b) => b[1] - a[1])
  .map(([name, milliseconds]) => ({ name, milliseconds: milliseconds / steps, share: milliseconds / total }));
if (flags.json) console.log(JSON.stringify({ ffn: flags.ffn, step: total / steps, lines }, null, 2));
else {
  console.log(`${flags.ffn}: ${(total / steps).toFixed(0)} ms of CPU a step`);
  for (const { name, milliseconds, share } of lines) {
    console.log(
      `${name.padEnd(32)} ${milliseconds.toFixed(1).padStart(8)} ms ${(100 * share).toFixed(1).padStart(5)}%`,
    );
  }
}
process.exit(0);
