// The same work by lookupffn's wasm backend and by onnxruntime-web, for Node and for a page alike.
import { Random } from '../../../packages/core/dist/index.js';

/** Layers that run after each other, as in a model: a layer's weights must not stay in a cache they would not stay in. */
const LAYERS = 4;
const STAGES = 4;

const nameOf = (value) => (value.constructor ? value.constructor.name : typeof value);

function normal(random, length, std) {
  const array = new Float32Array(length);
  for (let i = 0; i < length; i++) array[i] = std * random.normal();
  return array;
}

/** Weights of both kinds of FFN and of the input; the same on every machine. */
export function makeWeights({ d, tables, tau, block }) {
  const random = new Random(1);
  const inner = 4 * d;
  const padded = 2 ** Math.ceil(Math.log2(d));
  const repeats = Math.max(1, Math.ceil((tables * tau) / padded));
  const dense = Array.from({ length: LAYERS }, () => ({
    up: {
      weight: normal(random, inner * d, 1 / Math.sqrt(d)),
      bias: normal(random, inner, 0.01),
      out: inner,
      size: d,
    },
    down: {
      weight: normal(random, inner * d, 1 / Math.sqrt(inner)),
      bias: normal(random, d, 0.01),
      out: d,
      size: inner,
    },
  }));
  const lookup = Array.from({ length: LAYERS }, () => ({
    projectionWeight: normal(random, repeats * STAGES * padded * block, 1 / Math.sqrt(block * padded)),
    projectionBias: normal(random, tables * tau, 0.01),
    // Scores are near 1.5 at tau = 8: this keeps the outputs of the chain near 1.
    tables: normal(random, tables * 2 ** tau * d, 0.5 / Math.sqrt(tables)),
    bias: normal(random, d, 0.01),
  }));
  return { dense, lookup };
}

/** Runs `layers` after each other on the same input each time. */
function chain(layers, rows, d, x) {
  const pair = [new Float32Array(rows * d), new Float32Array(rows * d)];
  return () => {
    let input = x;
    layers.forEach((layer, i) => {
      layer(rows, input, pair[i % 2]);
      input = pair[i % 2];
    });
    return input;
  };
}

function denseLayers(backend, { d }, dense, dtype, rows) {
  const inner = 4 * d;
  const middle = new Float32Array(rows * inner);
  return dense.map(({ up, down }) => {
    const first = backend.prepare.linear(
      { in: d, out: inner, activation: 'gelu', dtype },
      up.weight,
      up.bias,
    );
    const second = backend.prepare.linear({ in: inner, out: d, dtype }, down.weight, down.bias);
    if (first.dtype !== dtype) throw new Error(`asked for ${dtype}, got ${first.dtype}`);
    return (count, x, y) => {
      first.forward(count, x, middle);
      second.forward(count, middle, y);
    };
  });
}

function lookupLayers(backend, { d, tables, tau, block }, weights, tableDtype, read) {
  const config = { hidden: d, out: d, tables, bits: tau, projection: 'bh4', block, stages: STAGES, read };
  return weights.map((layer) => {
    const handle = backend.prepare.lookupFfn(config, layer, { tableDtype });
    if (handle.dtype !== tableDtype) throw new Error(`asked for ${tableDtype}, got ${handle.dtype}`);
    return handle.forward.bind(handle);
  });
}

async function onnx(ort, model, rows, d, x) {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  return async () => {
    const results = await session.run({ x0: new ort.Tensor('float32', x, [rows, d]) });
    const { data } = Object.values(results)[0];
    if (!(data instanceof Float32Array)) throw new Error(`the session gave ${nameOf(data)}`);
    return data;
  };
}

/**
 * `models` are ONNX files: `f32` and `int8`, a chain of dense FFNs, and `linear`, one matrix with bias. The functions
 * give the last output, so that `agreement` can compare them.
 */
export async function makeContestants({ backend, ort, models, shape, rows }) {
  const { d } = shape;
  const { dense, lookup } = makeWeights(shape);
  const x = normal(new Random(2), rows * d, 1);
  const { up } = dense[0];
  const linear = backend.prepare.linear({ in: d, out: up.out }, up.weight, up.bias);
  const projected = new Float32Array(rows * up.out);
  return {
    'lookup int8': chain(lookupLayers(backend, shape, lookup, 'int8', 'single'), rows, d, x),
    'lookup int8 two-cell': chain(lookupLayers(backend, shape, lookup, 'int8', 'two-cell'), rows, d, x),
    'lookup f32': chain(lookupLayers(backend, shape, lookup, 'f32', 'single'), rows, d, x),
    'dense f32': chain(denseLayers(backend, shape, dense, 'f32', rows), rows, d, x),
    'dense int8': chain(denseLayers(backend, shape, dense, 'int8', rows), rows, d, x),
    'onnxruntime-web dense f32': await onnx(ort, models.f32, rows, d, x),
    'onnxruntime-web dense int8': await onnx(ort, models.int8, rows, d, x),
    'linear f32': () => {
      linear.forward(rows, x, projected);
      return projected;
    },
    'onnxruntime-web linear f32': await onnx(ort, models.linear, rows, d, x),
  };
}

const pairs = [
  ['dense f32', 'onnxruntime-web dense f32', 1e-3],
  ['dense int8', 'onnxruntime-web dense f32', 0.1],
  ['onnxruntime-web dense int8', 'onnxruntime-web dense f32', 0.1],
  ['linear f32', 'onnxruntime-web linear f32', 1e-4],
];

/** That both did the same work: the root mean square difference of what must agree, or an error. */
export async function agreement(contestants) {
  const lines = [];
  for (const [one, other, most] of pairs) {
    if (!contestants[one]) continue;
    const [a, b] = [await contestants[one](), await contestants[other]()];
    let difference = 0;
    let magnitude = 0;
    for (let i = 0; i < a.length; i++) {
      difference += (a[i] - b[i]) ** 2;
      magnitude += b[i] ** 2;
    }
    const error = Math.sqrt(difference / magnitude);
    if (!(error < most) || a.length !== b.length) throw new Error(`${one} and ${other} differ by ${error}`);
    lines.push(`${one} differs from ${other} by ${error.toExponential(1)}`);
  }
  return lines;
}
