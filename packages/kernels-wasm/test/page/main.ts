import { runConformance } from '@lookupffn/backend-conformance';
import { type LookupFfnConfig, registerBackend, resolveBackend } from '@lookupffn/core';
import { createReferenceBackend } from '@lookupffn/core/reference';
import { createWasmBackend, wasmFactory } from '@lookupffn/kernels-wasm';
import { randomSource, relativeError } from '../random.js';

// What a page does with this package: one LookupFFN forward beside the reference's, the kit's forward cases, threads.

const config: LookupFfnConfig = {
  hidden: 96,
  out: 96,
  tables: 16,
  bits: 6,
  projection: 'bh4',
  block: 16,
  stages: 4,
  read: 'two-cell',
};

async function lookupError(): Promise<{ isa: string; error: number }> {
  const random = randomSource(11);
  const weights = {
    norm: { weight: random.positive(96), bias: random.floats(96), epsilon: 1e-5 },
    projectionWeight: random.floats(4 * 128 * 16, 0.022),
    projectionBias: random.floats(96),
    tables: random.floats(16 * 64 * 96),
    bias: random.floats(96),
  };
  const rows = 33;
  const x = random.floats(rows * 96);
  registerBackend(wasmFactory);
  const backend = await resolveBackend();
  const [found, expected] = [backend, createReferenceBackend()].map((one) => {
    const y = new Float32Array(rows * 96);
    one.prepare.lookupFfn(config, weights).forward(rows, x, y);
    return y;
  }) as [Float32Array, Float32Array];
  return { isa: backend.info.isa, error: relativeError(found, expected) };
}

async function conformance() {
  const report = await runConformance(await wasmFactory.create(), {
    filter: ({ op }) => op.startsWith('ops.') || op.startsWith('prepare.'),
  });
  const failures = report.cases.filter(({ status }) => status === 'failed');
  return { passed: report.passed, failures };
}

/** How many threads there are of those asked for, and whether they give the same bits as one does. */
async function threads(asked: number | undefined) {
  const random = randomSource(3);
  const [rows, size] = [70, 200];
  const [weight, x] = [random.floats(size * size), random.floats(rows * size)];
  const results: Float32Array[] = [];
  let found = 0;
  for (const count of [1, asked]) {
    const backend = await createWasmBackend({ threads: count });
    found = backend.info.threads;
    const handle = backend.prepare.linear({ in: size, out: size, activation: 'gelu' }, weight, null);
    for (let i = 0; i < 10; i++) {
      const y = new Float32Array(rows * size);
      handle.forward(rows, x, y);
      results.push(y);
    }
    backend.dispose();
  }
  return { threads: found, same: results.every((y) => y.every((value, i) => value === results[0]![i])) };
}

/** The same in a worker of the page, which starts workers of its own. */
function threadsInWorker(asked: number): ReturnType<typeof threads> {
  const worker = new Worker('/main.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onerror = reject;
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.postMessage(asked);
  });
}

const api = {
  probe: () => wasmFactory.probe(),
  module: () => wasmFactory.module,
  lookupError,
  conformance,
  threads,
  threadsInWorker,
};
declare global {
  interface Window {
    lookupffn: typeof api;
  }
}
if (typeof window === 'object') window.lookupffn = api;
else self.onmessage = async ({ data }) => self.postMessage(await threads(data));
