import { runConformance } from '@lookupffn/backend-conformance';
import { type LookupFfnConfig, registerBackend, resolveBackend } from '@lookupffn/core';
import { createReferenceBackend } from '@lookupffn/core/reference';
import { wasmFactory } from '@lookupffn/kernels-wasm';
import { randomSource, relativeError } from '../random.js';

// What a page does with this package: one LookupFFN forward beside the reference's, then the kit's forward cases.

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

const api = { probe: () => wasmFactory.probe(), module: () => wasmFactory.module, lookupError, conformance };
declare global {
  interface Window {
    lookupffn: typeof api;
  }
}
window.lookupffn = api;
