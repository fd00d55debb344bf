// How long a packed RoBERTa-base-sized lookup model takes from opening to its first result, page cache warm: each sample
// is a fresh process. usage: node load.mjs [--rounds 9] [--threads 1] [--keep folder] [--linear-dtype f32] [--json]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNativeBackend, nativeFactory } from '../../../packages/kernels-native/dist/index.js';
import { Session } from '../../../packages/roberta/dist/index.js';
import { packModel, saveModelFolder } from '../../../packages/roberta/dist/node.js';
import { lookupFfn, makeModel, sentence } from './weights.mjs';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '1' },
    keep: { type: 'string' },
    'linear-dtype': { type: 'string', default: 'f32' },
    json: { type: 'boolean', default: false },
    sample: { type: 'string' },
    thread: { type: 'string', default: 'caller' },
  },
});
const threads = Number(flags.threads);

if (flags.sample) {
  const ids = sentence(16);
  const start = performance.now();
  const session = await Session.create({
    model: flags.sample,
    backend: nativeFactory,
    threads,
    thread: flags.thread,
  });
  const opened = performance.now();
  await session.fillMask([ids]);
  const first = performance.now();
  console.log(JSON.stringify({ open: opened - start, total: first - start, memory: await session.memory() }));
  process.exit(0);
}

const folder = flags.keep ?? mkdtempSync(join(os.tmpdir(), 'lookupffn-load-'));
const path = join(folder, 'model.lffn');
try {
  if (!existsSync(path)) {
    console.error(`writing and packing a model in ${folder}`);
    await saveModelFolder(folder, makeModel({ ffn: lookupFfn }));
    const backend = createNativeBackend();
    await packModel(folder, { backend, linearDtype: flags['linear-dtype'], tableDtype: 'int8' });
  }
  const self = fileURLToPath(import.meta.url);
  const sample = (thread) =>
    JSON.parse(
      execFileSync(process.execPath, [
        self,
        '--sample',
        path,
        '--threads',
        flags.threads,
        '--thread',
        thread,
      ]),
    );
  const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
  const results = ['caller', 'worker'].map((thread) => {
    sample(thread);
    const samples = Array.from({ length: Number(flags.rounds) }, () => sample(thread));
    const of = (key) => samples.map((one) => one[key]);
    const range = { least: Math.min(...of('total')), most: Math.max(...of('total')) };
    return {
      thread,
      open: median(of('open')),
      total: median(of('total')),
      ...range,
      memory: samples[0].memory,
    };
  });
  const machine = { cpu: os.cpus()[0].model, node: process.version, threads };
  const fileBytes = statSync(path).size;
  if (flags.json) console.log(JSON.stringify({ machine, fileBytes, results }, null, 2));
  else {
    console.log(
      `${machine.cpu}, Node ${machine.node}, threads ${threads}; packed file ${(fileBytes / 2 ** 20).toFixed(0)} MiB, fill-mask of 16 tokens\n`,
    );
    console.log(
      '| session on | open, ms | to first result, ms (least to most) | at most 150, aim 50 |\n|---|---|---|---|',
    );
    for (const { thread, open, total, least, most } of results) {
      const word = total <= 50 ? 'the aim is reached' : total <= 150 ? 'enough' : 'TOO SLOW';
      console.log(
        `| ${thread} | ${open.toFixed(1)} | ${total.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)}) | ${word} |`,
      );
    }
    const { memory } = results[0];
    console.log(
      `\nsession.memory(), MiB: ${Object.entries(memory)
        .map(([kind, n]) => `${kind} ${(n / 2 ** 20).toFixed(1)}`)
        .join(', ')}`,
    );
  }
} finally {
  if (!flags.keep) rmSync(folder, { recursive: true, force: true });
}
