// A tiny application, as a user of the package would write it: bundlers.test.ts has each bundler build it.
import { createReferenceBackend } from '@lookupffn/core/reference';
import { createWasmBackend } from '@lookupffn/kernels-wasm';

const rows = 9;
const config = {
  ...{ hidden: 40, out: 48, tables: 12, bits: 5, projection: 'bh4', block: 16, stages: 4 },
  read: 'two-cell',
};

/** Numbers in (-1, 1), the same in every engine. */
function numbers(length, step) {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * step));
}

const weights = {
  projectionWeight: numbers(4 * 64 * 16, 1.7),
  projectionBias: numbers(60, 0.9),
  tables: numbers(12 * 32 * 48, 2.3),
  bias: numbers(48, 0.4),
};

function forward(backend) {
  const y = new Float32Array(rows * 48);
  const layer = backend.prepare.lookupFfn(config, weights);
  layer.forward(rows, numbers(rows * 40, 1.1), y);
  layer.dispose();
  return y;
}

async function compare() {
  const backend = await createWasmBackend();
  const [found, expected] = [forward(backend), forward(createReferenceBackend())];
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
  backend.dispose();
  return { name: backend.info.name, isa: backend.info.isa, error: error / largest };
}

globalThis.result = compare();
