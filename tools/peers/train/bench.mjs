// Our training beside a straightforward PyTorch implementation: same model, batch and threads, in turns in one run.
// usage: node bench.mjs [--threads 1] [--rounds 7] [--steps 2] [--ffn dense,lookup] [--python /usr/bin/python3] [--json]
import { spawn } from 'node:child_process';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { makeTrainer, mini } from './mini.mjs';

const { values: flags } = parseArgs({
  options: {
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    ffn: { type: 'string', default: 'dense,lookup' },
    python: { type: 'string', default: '/usr/bin/python3' },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(flags.threads);
const stepsARound = Number(flags.steps);
const rounds = Number(flags.rounds);
const shape = { ...mini(Number(flags.batch)), threads };
const tokens = shape.batch * shape.length * stepsARound;
const backend = await createNativeBackend({ threads });

async function ours(ffn) {
  // PyTorch's model has no cell-tv.
  const trainer = await makeTrainer(backend, ffn, shape);
  return async () => {
    const stop = new AbortController();
    const last = trainer.step + stepsARound;
    const start = performance.now();
    await trainer.run({ signal: stop.signal, onProgress: ({ step }) => step >= last && stop.abort() });
    return (performance.now() - start) / 1000;
  };
}

async function torch(ffn) {
  const script = fileURLToPath(new URL('torch_train.py', import.meta.url));
  // torch.set_num_threads does not reach an OpenBLAS built on plain threads (Debian's): it takes every core unless told
  // so before it is loaded.
  const env = { ...process.env, OMP_NUM_THREADS: flags.threads, OPENBLAS_NUM_THREADS: flags.threads };
  const child = spawn(flags.python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${flags.python} ended early; is PyTorch installed (Debian: python3-torch)?`);
    return JSON.parse(value);
  };
  child.stdin.write(`${JSON.stringify({ ...shape, ffn })}\n`);
  const about = await next();
  const run = async () => {
    child.stdin.write(`${stepsARound}\n`);
    return (await next()).seconds;
  };
  return { run, version: about.torch, end: () => child.stdin.end() };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const results = [];
let version;
for (const ffn of flags.ffn.split(',')) {
  const peer = await torch(ffn);
  version = peer.version;
  const contestants = { ours: await ours(ffn), torch: peer.run };
  const seconds = { ours: [], torch: [] };
  for (let round = -1; round < rounds; round++) {
    for (const name of round % 2 === 0 ? ['ours', 'torch'] : ['torch', 'ours']) {
      const taken = await contestants[name]();
      if (round >= 0) seconds[name].push(taken);
    }
  }
  peer.end();
  const speed = (name) => tokens / median(seconds[name]);
  results.push({
    ffn,
    ours: speed('ours'),
    torch: speed('torch'),
    ratio: median(seconds.torch.map((taken, i) => taken / seconds.ours[i])),
  });
}

const machine = {
  cpu: os.cpus()[0].model,
  isa: backend.info.isa,
  node: process.version,
  threads,
  torch: version,
};
if (flags.json) console.log(JSON.stringify({ machine, shape, results }, null, 2));
else {
  console.log(
    `${machine.cpu}, ${machine.isa}, ${threads} thread(s), PyTorch ${version}; batch ${shape.batch} x ${shape.length}`,
  );
  console.log('FFN      ours tokens/s   PyTorch tokens/s   ours over PyTorch (bar)');
  for (const { ffn, ours: a, torch: b, ratio } of results) {
    console.log(
      `${ffn.padEnd(8)} ${a.toFixed(0).padStart(13)}   ${b.toFixed(0).padStart(16)}   ${ratio.toFixed(2)}x (${ffn === 'dense' ? 1 : 2}x)`,
    );
  }
}
process.exit(0);
