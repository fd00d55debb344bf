import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

// The built package by its own name (`build` runs before `test`): what a session meets, in each module system.
const require = createRequire(import.meta.url);
const core = require('@lookupffn/core') as typeof import('../../src/index.js');
const entry = require('@lookupffn/core/reference') as typeof import('../../src/reference.js');

const worker = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData).then(async ({ default: factory }) => {
    const backend = await factory.create();
    const y = new Float32Array(1);
    backend.ops.linear({ rows: 1, in: 2, out: 1 }, Float32Array.of(3, 4), Float32Array.of(1, 2), null, y);
    parentPort.postMessage({ name: backend.info.name, y: y[0] });
  });`;

it('its module runs the reference on a worker thread', async () => {
  const url = core.referenceFactory.module;
  expect(url).toMatch(/^file:.*\/dist\/reference\.js$/);
  expect(entry.default.module).toBe(url);
  const thread = new Worker(worker, { eval: true, workerData: url });
  const message = await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  await thread.terminate();
  expect(message).toEqual({ name: 'reference', y: 11 });
});

it('an error of another copy of core is known by its brand', () => {
  let thrown: unknown;
  try {
    entry.createReferenceBackend().ops.gelu({ size: -1 }, new Float32Array(0), new Float32Array(0));
  } catch (error) {
    thrown = error;
  }
  expect(thrown instanceof core.LookupFfnError).toBe(false);
  expect(core.isLookupFfnError(thrown)).toBe(true);
});

it('ES modules and CommonJS share one registry', async () => {
  // Not a literal: type checking runs before this package is built.
  const name: string = '@lookupffn/core';
  const esm: typeof import('../../src/index.js') = await import(name);
  expect(esm.registerBackend).not.toBe(core.registerBackend);
  core.registerBackend({ ...core.referenceFactory, name: 'from-commonjs' });
  expect(esm.registeredBackends().map((f) => f.name)).toContain('from-commonjs');
});
