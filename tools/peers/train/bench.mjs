// Our training beside a straightforward PyTorch implementation: same model, batch and threads, in turns in one run.
// usage: node bench.mjs [--threads 1] [--rounds 7] [--steps 2] [--python /usr/bin/python3] [--json]
import { spawn } from 'node:child_process';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../../../packages/core/dist/index.js';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { defineConfig } from '../../../packages/roberta/dist/index.js';
import { Trainer } from '../../../packages/train/dist/index.js';

const { values: flags } = parseArgs({
  options: {
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    python: { type: 'string', default: '/usr/bin/python3' },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(flags.threads);
const stepsARound = Number(flags.steps);
const rounds = Number(flags.rounds);
// The `mini` preset of `lookupffn train`.
const shape = {
  hidden: 256,
  layers: 4,
  heads: 4,
  inner: 1024,
  vocabulary: 8192,
  length: 128,
  batch: Number(flags.batch),
  tables: 64,
  bits: 8,
  block: 16,
  stages: 4,
  threads,
};
const tokens = shape.batch * shape.length * stepsARound;
const backend = await createNativeBackend({ threads });

/** Random words: what is learned does not matter to the speed. */
function corpus() {
  const { vocabulary: size, length: sequenceLength } = shape;
  const sequences = {
    count: 4096,
    sequenceLength,
    vocabulary: { size, maskTokenId: 4, specialTokenIds: [0, 1, 2, 3, 4] },
    read(index, into, at) {
      const random = new Random(index);
      for (let i = 0; i < sequenceLength; i++) into[at + i] = 5 + random.below(size - 5);
    },
    source: String,
  };
  return {
    train: sequences,
    validation: sequences,
    documents: { train: [], validation: [] },
    tokens: 0,
    hash: '',
    tokenizerHash: '',
  };
}

async function ours(ffn) {
  const trainer = await Trainer.create({
    config: defineConfig({
      norm: 'pre',
      vocabSize: shape.vocabulary,
      hiddenSize: shape.hidden,
      numHiddenLayers: shape.layers,
      numAttentionHeads: shape.heads,
      intermediateSize: shape.inner,
      maxPositionEmbeddings: shape.length + 2,
      maskTokenId: 4,
      ffn:
        ffn === 'dense'
          ? { kind: 'dense' }
          : {
              kind: 'lookup',
              tables: shape.tables,
              bits: shape.bits,
              projection: 'bh4',
              block: shape.block,
              stages: shape.stages,
              read: 'two-cell',
              temperature: true,
            },
    }),
    backend,
    corpus: corpus(),
    options: {
      steps: 1_000_000,
      batchSize: shape.batch,
      sequenceLength: shape.length,
      // PyTorch's model has no such regulariser.
      cellVariation: 0,
    },
  });
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
  const child = spawn(flags.python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
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
for (const ffn of ['dense', 'lookup']) {
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
