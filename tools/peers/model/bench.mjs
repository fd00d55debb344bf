// Whole models beside onnxruntime's, interleaved in one run so that a noisy machine is noisy for all: RoBERTa-base shape,
// random weights, one sequence through the encoder and the language-model head at one position.
// usage: node bench.mjs [--tokens 128] [--rounds 15] [--threads 1] [--layers 12] [--only text] [--json]
import os from 'node:os';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { Session } from '../../../packages/roberta/dist/index.js';
import { interleaved, median } from './interleaved.mjs';
import { onnxSession } from './onnx-session.mjs';
import { robertaOnnx } from './roberta-onnx.mjs';
import { lookupFfn, makeModel, sentence } from './weights.mjs';

const { values: flags } = parseArgs({
  options: {
    tokens: { type: 'string', default: '128' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
    layers: { type: 'string', default: '12' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const [tokens, rounds, threads, layers] = ['tokens', 'rounds', 'threads', 'layers'].map((name) =>
  Number(flags[name]),
);
const sentences = Array.from({ length: 4 }, (_, i) => sentence(tokens, i + 1));
const position = tokens >> 1;

async function onnx(dense, dtype) {
  const session = await onnxSession(robertaOnnx(dense, tokens, dtype), threads);
  const at = new ort.Tensor('int64', BigInt64Array.of(BigInt(position)), [1]);
  return async (ids) => {
    const input = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, tokens]);
    return (await session.run({ ids: input, position: at })).logits.data;
  };
}

/** On the caller's thread: a session in a worker would add the same message to every call. */
async function ours(model, linearDtype, tableDtype) {
  const backend = createNativeBackend({ threads });
  const session = await Session.create({ model, backend, thread: 'caller', linearDtype, tableDtype });
  return Object.assign(async (ids) => (await session.maskedLogits([ids], [[position]])).data, {
    dtypes: session.info.dtypes,
    isa: session.info.isa,
  });
}

const dense = makeModel({ layers });
const lookup = makeModel({ layers, ffn: lookupFfn });
const makers = {
  'onnxruntime dense f32': () => onnx(dense, 'f32'),
  'onnxruntime dense int8': () => onnx(dense, 'int8'),
  'dense f32': () => ours(dense, 'f32'),
  'dense int8': () => ours(dense, 'int8'),
  'lookup f32, tables f32': () => ours(lookup, 'f32', 'f32'),
  'lookup f32, tables int8': () => ours(lookup, 'f32', 'int8'),
  'lookup int8, tables int8': () => ours(lookup, 'int8', 'int8'),
};
const contestants = {};
for (const [name, make] of Object.entries(makers)) {
  if (!name.includes(flags.only) && !name.startsWith('onnxruntime')) continue;
  console.error(`preparing ${name}`);
  contestants[name] = await make();
}

/** Both sides must compute the same before their times mean anything. */
async function agreement() {
  const expected = await contestants['onnxruntime dense f32'](sentences[0]);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const result = {};
  for (const name of Object.keys(contestants).filter((name) => name.includes('dense'))) {
    const found = await contestants[name](sentences[0]);
    result[name] = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0) / scale;
  }
  return result;
}

const agreed = await agreement();
const runs = Object.fromEntries(
  Object.entries(contestants).map(([name, run]) => [name, (round) => run(sentences[(round + 4) % 4])]),
);
const times = await interleaved(runs, rounds);

const results = Object.entries(times).map(([name, list]) => ({
  name,
  milliseconds: median(list),
  least: Math.min(...list),
  most: Math.max(...list),
  microsPerTokenLayer: (median(list) * 1000) / tokens / layers,
  dtypes: contestants[name].dtypes,
}));
const of = (name) => results.find((result) => result.name === name).milliseconds;
const best = Math.min(...results.filter(({ name }) => name.startsWith('lookup')).map((r) => r.milliseconds));
const verdict = [
  { against: 'onnxruntime dense f32', atLeast: 3, aim: 4 },
  { against: 'onnxruntime dense int8', atLeast: 1.5, aim: 2.2 },
].map((row) => ({ ...row, ratio: of(row.against) / best }));
const machine = {
  cpu: os.cpus()[0].model,
  isa: createNativeBackend({ threads }).info.isa,
  node: process.version,
  threads,
};

if (flags.json) {
  console.log(JSON.stringify({ machine, tokens, layers, agreement: agreed, results, verdict }, null, 2));
} else {
  console.log(
    `${machine.cpu}, ${machine.isa}, threads ${threads}, Node ${machine.node}; RoBERTa-base shape, ${layers} layers, ${tokens} tokens\n`,
  );
  console.log(
    '| model | ms (least to most) | us/token/layer | vs ort f32 | vs ort int8 |\n|---|---|---|---|---|',
  );
  for (const { name, milliseconds, least, most, microsPerTokenLayer } of results) {
    const against = (peer) => `${(of(peer) / milliseconds).toFixed(2)}x`;
    console.log(
      `| ${name} | ${milliseconds.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)}) | ${microsPerTokenLayer.toFixed(1)} | ${against('onnxruntime dense f32')} | ${against('onnxruntime dense int8')} |`,
    );
  }
  console.log('\nlargest difference of logits from onnxruntime f32, relative:');
  for (const [name, error] of Object.entries(agreed)) console.log(`  ${name}: ${error.toExponential(1)}`);
  for (const { against, ratio, atLeast, aim } of verdict) {
    const word = ratio >= aim ? 'the aim is reached' : ratio >= atLeast ? 'enough' : 'TOO SLOW';
    console.log(
      `our fastest lookup model vs ${against}: ${ratio.toFixed(2)}x (at least ${atLeast}x, aim ${aim}x): ${word}`,
    );
  }
}
process.exit(0);
