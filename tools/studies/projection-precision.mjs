// What fewer bits in a BH4 projection do to a LookupFFN: how many hash codes change, and how far the output moves. Stages
// are computed in float64 as the kernels do them, with the Hadamard factor inside a block folded into the block's weights,
// and rounded where a kernel would round. Prints markdown; docs/adr/0008-instruction-sets.md decides by it.
// usage: node projection-precision.mjs [--d 768] [--tables 128] [--tau 8] [--block 64] [--tokens 256] [--seed 1]
import { parseArgs } from 'node:util';
import { bf16ToFloat32, float32ToBf16, lookupFfnGeometry, Random, referenceOps } from '@lookupffn/core';

const { values: flags } = parseArgs({
  options: {
    d: { type: 'string', default: '768' },
    tables: { type: 'string', default: '128' },
    tau: { type: 'string', default: '8' },
    block: { type: 'string', default: '64' },
    tokens: { type: 'string', default: '256' },
    seed: { type: 'string', default: '1' },
  },
});
// By name: flags that are given come before those that are not.
const [d, tables, bits, block, rows, seed] = ['d', 'tables', 'tau', 'block', 'tokens', 'seed'].map((name) =>
  Number(flags[name]),
);
const stages = 4;
const {
  padded,
  codeBits,
  repeats,
  cells: tableCells,
} = lookupFfnGeometry({
  ...{ hidden: d, out: d, tables, bits, block, stages },
  ...{ projection: 'bh4', read: 'single' },
});
const random = new Random(seed);

function normal(length, std) {
  return Float32Array.from({ length }, () => std * random.normal());
}

// Initial values of the conventions, and inputs as a LayerNorm leaves them.
const x = normal(rows * d, 1);
const weight = normal(repeats * stages * padded * block, 1 / Math.sqrt(block * padded));
const cellValues = normal(tables * tableCells * d, 0.02);

/** Hadamard over `count` numbers that lie `step` apart. */
function butterflies(v, at, count, step) {
  for (let half = 1; half < count; half *= 2) {
    for (let i = 0; i < count; i++) {
      if (i & half) continue;
      const a = v[at + i * step];
      const b = v[at + (i + half) * step];
      v[at + i * step] = a + b;
      v[at + (i + half) * step] = a - b;
    }
  }
}

/** E = H_b W of every block, [.., out, in]. */
function fold() {
  const folded = Float64Array.from(weight);
  for (let at = 0; at < folded.length; at += block * block) {
    for (let i = 0; i < block; i++) butterflies(folded, at + i, block, block);
  }
  return folded;
}

/** Rounds `length` numbers from `at` to 8 bits of their largest, in place. */
function toInt8(v, at, length) {
  let most = 0;
  for (let i = at; i < at + length; i++) most = Math.max(most, Math.abs(v[i]));
  const step = most / 127 || 1;
  for (let i = at; i < at + length; i++) v[i] = Math.round(v[i] / step) * step;
}

const roundWeights = {
  f32: (folded) => folded,
  bf16: (folded) => bf16ToFloat32(float32ToBf16(Float32Array.from(folded))),
  // A scale an output.
  int8: (folded) => {
    for (let at = 0; at < folded.length; at += block) toInt8(folded, at, block);
    return folded;
  },
};
const roundActivations = {
  f32: () => {},
  // A scale a token and stage, or a token, stage and block.
  int8: (v) => toInt8(v, 0, padded),
  'int8 a block': (v) => {
    for (let at = 0; at < padded; at += block) toInt8(v, at, block);
  },
};

/** z of all rows (conventions 3). */
function project(weights, activations) {
  const folded = roundWeights[weights](fold());
  const z = new Float32Array(rows * codeBits);
  const next = new Float64Array(padded);
  for (let r = 0; r < rows; r++) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const v = new Float64Array(padded);
      v.set(x.subarray(r * d, (r + 1) * d));
      for (let stage = 0; stage < stages; stage++) {
        roundActivations[activations](v);
        let at = (repeat * stages + stage) * padded * block;
        for (let o = 0; o < padded; o++) {
          const start = o - (o % block);
          let sum = 0;
          for (let i = 0; i < block; i++) sum += folded[at++] * v[start + i];
          next[o] = sum;
        }
        for (let i = 0; i < block; i++) butterflies(next, i, padded / block, block);
        v.set(next);
      }
      for (let i = 0; i < padded && repeat * padded + i < codeBits; i++) {
        z[r * codeBits + repeat * padded + i] = 0.7 * v[i] + (i < d ? 0.3 * x[r * d + i] : 0);
      }
    }
  }
  return z;
}

function output(z, values) {
  const shape = { rows, tables, bits, cells: 1, out: d };
  const cells = new Int32Array(rows * tables);
  const weights = new Float32Array(rows * tables);
  referenceOps.read({ rows, tables, bits, read: 'single' }, z, {}, cells, weights);
  const y = new Float32Array(rows * d);
  referenceOps.gather(shape, cells, weights, values, null, y);
  return { cells, y };
}

const percent = (share) => `${(100 * share).toPrecision(2)}%`;
const differ = (a, b, same) =>
  a.reduce((count, value, i) => count + (same(value, b[i]) ? 0 : 1), 0) / a.length;
function relativeError(y, from) {
  let errors = 0;
  let squares = 0;
  y.forEach((value, i) => {
    errors += (value - from[i]) ** 2;
    squares += from[i] ** 2;
  });
  return Math.sqrt(errors / squares);
}

const exact = project('f32', 'f32');
const shape = { rows, projection: 'bh4', hidden: d, tables, bits, block, stages };
const reference = new Float32Array(exact.length);
referenceOps.project(shape, x, weight, new Float32Array(codeBits), reference);
if (!(relativeError(exact, reference) < 1e-6))
  throw new Error('The stages differ from the reference projection.');

const truth = output(exact, cellValues);
console.log(
  `${rows} tokens, d ${d}, ${tables} tables of ${tableCells}, block ${block}, normal data, seed ${seed}\n`,
);
console.log('| weights | activations | error of z | bits changed | codes changed | error of the output |');
console.log('|---|---|---|---|---|---|');
for (const [weights, activations] of [
  ['bf16', 'f32'],
  ['int8', 'f32'],
  ['f32', 'int8'],
  ['int8', 'int8'],
  ['int8', 'int8 a block'],
]) {
  const z = project(weights, activations);
  const { cells, y } = output(z, cellValues);
  const columns = [
    percent(relativeError(z, exact)),
    percent(differ(z, exact, (a, b) => a > 0 === b > 0)),
    percent(differ(cells, truth.cells, (a, b) => a === b)),
    percent(relativeError(y, truth.y)),
  ];
  console.log(`| ${weights} | ${activations} | ${columns.join(' | ')} |`);
}
const int8Tables = Float64Array.from(cellValues);
for (let at = 0; at < int8Tables.length; at += d) toInt8(int8Tables, at, d);
const { y } = output(exact, Float32Array.from(int8Tables));
console.log(`\nFor comparison, tables in int8: error of the output ${percent(relativeError(y, truth.y))}.`);
