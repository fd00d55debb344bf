// Our FFNs beside onnxruntime's, interleaved in one run so that a noisy machine is noisy for both.
// usage: node bench.mjs [--d 768] [--tables 128] [--tau 8] [--block 64] [--tokens 1,8,128,2048] [--rounds 15] [--clock wall|cpu] [--only int8] [--json]
// --clock cpu counts the process's CPU time: for a machine that others use too, where a round of wall time says who else ran.
import os from 'node:os';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { Random } from '../../../packages/core/dist/index.js';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { denseFfnModel } from './dense-ffn.mjs';
import { densePair } from './dense-pair.mjs';

const { values: flags } = parseArgs({
  options: {
    d: { type: 'string', default: '768' },
    tables: { type: 'string', default: '128' },
    tau: { type: 'string', default: '8' },
    block: { type: 'string', default: '64' },
    tokens: { type: 'string', default: '1,8,128,2048' },
    rounds: { type: 'string', default: '15' },
    layers: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    clock: { type: 'string', default: 'wall' },
    json: { type: 'boolean', default: false },
  },
});
const d = Number(flags.d);
const inner = 4 * d;
const layerCount = Number(flags.layers);
const random = new Random(1);

function normal(length, std) {
  const array = new Float32Array(length);
  for (let i = 0; i < length; i++) array[i] = std * random.normal();
  return array;
}

const lookup = {
  hidden: d,
  out: d,
  tables: Number(flags.tables),
  bits: Number(flags.tau),
  projection: 'bh4',
  block: Number(flags.block),
  stages: 4,
};
const padded = 2 ** Math.ceil(Math.log2(d));
const codeBits = lookup.tables * lookup.bits;
const repeats = Math.max(1, Math.ceil(codeBits / padded));

// Distinct layers in turn, so that no layer's weights stay in a cache they would not stay in.
const dense = Array.from({ length: layerCount }, () => ({
  up: { weight: normal(inner * d, 1 / Math.sqrt(d)), bias: normal(inner, 0.01), out: inner, size: d },
  down: { weight: normal(inner * d, 1 / Math.sqrt(inner)), bias: normal(d, 0.01), out: d, size: inner },
}));
const lookupWeights = Array.from({ length: layerCount }, () => ({
  projectionWeight: normal(repeats * 4 * padded * lookup.block, 1 / Math.sqrt(lookup.block * padded)),
  projectionBias: normal(codeBits, 0.01),
  // Scores are near 1.5 at tau = 8: this keeps the outputs of the chain near 1.
  tables: normal(lookup.tables * 2 ** lookup.bits * d, 0.5 / Math.sqrt(lookup.tables)),
  bias: normal(d, 0.01),
}));

const backend = await createNativeBackend({ threads: 1 });

async function onnx(dtype) {
  const session = await ort.InferenceSession.create(denseFfnModel(dense, d, dtype), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  return async (rows, x) => {
    await session.run({ x0: new ort.Tensor('float32', x, [rows, d]) });
  };
}

/** Runs `layers` handles after each other, as a model would. */
function chain(handles) {
  const buffers = new Map();
  return async (rows, x) => {
    if (!buffers.has(rows)) buffers.set(rows, [new Float32Array(rows * d), new Float32Array(rows * d)]);
    const pair = buffers.get(rows);
    let input = x;
    handles.forEach((handle, i) => {
      handle(rows, input, pair[i % 2]);
      input = pair[i % 2];
    });
  };
}

const ourDense = (dtype) => chain(dense.map((weights) => densePair(backend, d, dtype, weights)));

function ourLookup(tableDtype, read, projectionDtype) {
  const handles = lookupWeights.map((weights) =>
    backend.prepare.lookupFfn({ ...lookup, read }, weights, { tableDtype, projectionDtype }),
  );
  if (handles[0].dtype !== tableDtype)
    console.error(`note: tables asked as ${tableDtype} are kept as ${handles[0].dtype}`);
  return chain(handles.map((handle) => (rows, x, y) => handle.forward(rows, x, y)));
}

// The last two are what everybody is compared with; --only leaves out others.
const makers = {
  'lookup f32 single': () => ourLookup('f32', 'single'),
  'lookup bf16 single': () => ourLookup('bf16', 'single'),
  'lookup int8 single': () => ourLookup('int8', 'single'),
  'lookup int8 single, bf16 projection': () => ourLookup('int8', 'single', 'bf16'),
  'lookup int4 single': () => ourLookup('int4', 'single'),
  'lookup int8 two-cell': () => ourLookup('int8', 'two-cell'),
  'dense f32': () => ourDense('f32'),
  'dense int8': () => ourDense('int8'),
  'onnxruntime dense f32': () => onnx('f32'),
  'onnxruntime dense int8': () => onnx('int8'),
};
const only = new RegExp(flags.only);
const contestants = {};
for (const [name, make] of Object.entries(makers)) {
  if (name.startsWith('onnxruntime') || only.test(name)) contestants[name] = await make();
}

/** Microseconds of the chosen clock. */
function now() {
  if (flags.clock === 'wall') return Number(process.hrtime.bigint()) / 1000;
  const { user, system } = process.cpuUsage();
  return user + system;
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** Microseconds a token and layer: one round of every contestant in turn, many rounds, medians. */
async function measure(rows) {
  const inputs = Array.from({ length: 8 }, () => normal(rows * d, 1));
  const calls = Math.max(1, Math.min(200, Math.round(1024 / rows)));
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -2; round < Number(flags.rounds); round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const start = now();
      for (let call = 0; call < calls; call++) await run(rows, inputs[call % inputs.length]);
      if (round >= 0) times[name].push((now() - start) / calls / rows / layerCount);
    }
  }
  return Object.entries(times).map(([name, list]) => ({
    tokens: rows,
    name,
    microseconds: median(list),
    least: Math.min(...list),
    most: Math.max(...list),
  }));
}

const results = [];
for (const rows of flags.tokens.split(',').map(Number)) results.push(...(await measure(rows)));

const machine = {
  cpu: os.cpus()[0].model,
  isa: backend.info.isa,
  node: process.version,
  threads: 1,
  clock: flags.clock,
};
if (flags.json) {
  console.log(JSON.stringify({ machine, shape: { ...lookup, inner }, results }, null, 2));
} else {
  console.log(
    `${machine.cpu}, ${machine.isa}, one thread, ${flags.clock} time; d=${d}, ${lookup.tables} tables of ${2 ** lookup.bits}, block ${lookup.block}`,
  );
  console.log('tokens  us/token/layer (least to most)      vs ort f32   vs ort int8  contestant');
  for (const result of results) {
    const against = (name) =>
      results.find((r) => r.tokens === result.tokens && r.name === name).microseconds / result.microseconds;
    const range = `${result.microseconds.toFixed(2)} (${result.least.toFixed(2)} to ${result.most.toFixed(2)})`;
    const ratios = ['onnxruntime dense f32', 'onnxruntime dense int8'].map((n) =>
      `${against(n).toFixed(2)}x`.padStart(10),
    );
    console.log(
      `${String(result.tokens).padStart(6)}  ${range.padEnd(32)} ${ratios.join('   ')}  ${result.name}`,
    );
  }
}
