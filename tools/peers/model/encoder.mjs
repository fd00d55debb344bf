// A dense encoder and its conversions to look-ups beside onnxruntime running the dense one, interleaved in one run: one
// text of so many tokens to its hidden states.
// usage: node encoder.mjs <dense folder> [converted folder...] [--tokens 8,32,128] [--rounds 25] [--threads 1] [--json]
import os from 'node:os';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { Session } from '../../../packages/roberta/dist/index.js';
import { loadModelFolder } from '../../../packages/roberta/dist/node.js';
import { interleaved, median } from './interleaved.mjs';
import { onnxSession } from './onnx-session.mjs';
import { robertaOnnx } from './roberta-onnx.mjs';

const { values: flags, positionals } = parseArgs({
  options: {
    tokens: { type: 'string', default: '8,32,128' },
    rounds: { type: 'string', default: '25' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [denseFolder, ...convertedFolders] = positionals;
if (!denseFolder) {
  console.error('usage: node encoder.mjs <dense folder> [converted folder...] [--tokens 8,32,128]');
  process.exit(2);
}
const threads = Number(flags.threads);
const rounds = Number(flags.rounds);
const dense = { ...(await loadModelFolder(denseFolder)) };
// The encoder alone: a head is no part of the comparison.
dense.config = { ...dense.config, head: 'none' };

async function onnx(tokens, dtype) {
  const session = await onnxSession(robertaOnnx(dense, tokens, dtype), threads);
  return async (ids) => {
    const input = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, tokens]);
    return (await session.run({ ids: input })).hidden.data;
  };
}

/** On the caller's thread: a session in a worker would add the same message to every call. */
async function ours(model, linearDtype, tableDtype) {
  const backend = createNativeBackend({ threads });
  const session = await Session.create({ model, backend, thread: 'caller', linearDtype, tableDtype });
  return async (ids) => (await session.hiddenStates([ids])).data;
}

const fixed = {
  'dense f32': await ours(dense, 'f32', 'f32'),
  'dense int8': await ours(dense, 'int8', 'int8'),
};
for (const folder of convertedFolders) {
  const model = await loadModelFolder(folder);
  fixed[`${folder} f32`] = await ours(model, 'f32', 'f32');
  fixed[`${folder} int8`] = await ours(model, 'int8', 'int8');
}

const results = [];
for (const tokens of flags.tokens.split(',').map(Number)) {
  const ids = (round) =>
    Array.from(
      { length: tokens },
      (_, t) => (t * 7919 + round * 104_729 + 1_000_000) % dense.config.vocabSize,
    );
  const contestants = {
    'onnxruntime dense f32': await onnx(tokens, 'f32'),
    'onnxruntime dense int8': await onnx(tokens, 'int8'),
    ...fixed,
  };
  // Both sides must compute the same before their times mean anything.
  const expected = await contestants['onnxruntime dense f32'](ids(0));
  const found = await contestants['dense f32'](ids(0));
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference =
    expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0) / scale;
  if (!(difference < 1e-3)) {
    console.error(`dense f32 differs from onnxruntime by ${difference}: the times below would mean nothing`);
    process.exit(1);
  }
  const runs = Object.fromEntries(
    Object.entries(contestants).map(([name, run]) => [name, (round) => run(ids(round))]),
  );
  const times = await interleaved(runs, rounds);
  for (const [name, list] of Object.entries(times)) {
    results.push({
      tokens,
      name,
      milliseconds: median(list),
      least: Math.min(...list),
      most: Math.max(...list),
    });
  }
  console.error(`${tokens} tokens: dense f32 agrees with onnxruntime to ${difference.toExponential(1)}`);
}

const { isa } = createNativeBackend({ threads }).info;
const machine = { cpu: os.cpus()[0].model, isa, node: process.version, threads };
if (flags.json) {
  console.log(JSON.stringify({ machine, results }, null, 2));
} else {
  console.log(`${machine.cpu}, ${isa}, threads ${threads}, Node ${machine.node}; ms for one text, median\n`);
  const lengths = [...new Set(results.map(({ tokens }) => tokens))];
  console.log(
    `| model | ${lengths.map((n) => `${n} tokens`).join(' | ')} |\n|---|${'---|'.repeat(lengths.length)}`,
  );
  for (const name of new Set(results.map((row) => row.name))) {
    const of = (n, who) => results.find((row) => row.tokens === n && row.name === who).milliseconds;
    const cell = (n) => `${of(n, name).toFixed(2)} (${(of(n, 'dense int8') / of(n, name)).toFixed(2)}x)`;
    console.log(`| ${name} | ${lengths.map(cell).join(' | ')} |`);
  }
  console.log('\nIn brackets: how many times as fast as our dense int8.');
}
process.exit(0);
