import { describe, expect, it } from 'vitest';
import { forwardSignatures, gradSignatures, optimSignatures } from '../../src/backend/signatures.js';
import { createReferenceBackend, registeredBackends } from '../../src/index.js';
import { moduleBeside } from '../../src/reference/module-url.js';
import factory from '../../src/reference.js';

describe('referenceFactory', () => {
  it('always runs, as the last choice', async () => {
    expect(factory).toMatchObject({ name: 'reference', priority: 0 });
    expect(await factory.probe()).toMatchObject({ ok: true, isa: 'js' });
    const backend = await factory.create();
    const y = new Float32Array(2);
    backend.ops.linear(
      { rows: 1, in: 2, out: 2 },
      Float32Array.of(3, 4),
      Float32Array.of(1, 0, 0, 1),
      null,
      y,
    );
    expect([...y]).toEqual([3, 4]);
  });

  it('does not register itself', () => {
    expect(registeredBackends().map((f) => f.name)).not.toContain('reference');
  });

  it('brings every operation itself and composes only the prepared ones', () => {
    const { info } = createReferenceBackend();
    const all = [
      ...Object.keys(forwardSignatures).map((name) => `ops.${name}`),
      ...Object.keys(gradSignatures).map((name) => `grad.${name}`),
      ...Object.keys(optimSignatures).map((name) => `optim.${name}`),
      'optim.sumOfSquares',
    ];
    expect([...info.own].sort()).toEqual(all.sort());
    expect([...info.filled].sort()).toEqual(['prepare.linear', 'prepare.lookupFfn']);
  });
});

describe('the module a worker loads', () => {
  const everything = () => true;

  it.each([
    [
      'file:///app/node_modules/@lookupffn/core/dist/index.js',
      'file:///app/node_modules/@lookupffn/core/dist/reference.js',
    ],
    ['file:///x/dist/index.cjs', 'file:///x/dist/reference.js'],
    ['file:///x/dist/reference.js', 'file:///x/dist/reference.js'],
    ['https://cdn.example/core/dist/index.js', 'https://cdn.example/core/dist/reference.js'],
  ])('of %s is %s', (own, expected) => expect(moduleBeside(own, everything)).toBe(expected));

  it.each([
    ['source', 'file:///repo/packages/core/src/reference/factory.ts'],
    ['a bundle', 'https://shop.example/assets/main-4f2a.js'],
    ['no usable URL', ''],
    ['nothing', undefined],
  ])('of %s is undefined, so that sessions stay on the caller’s thread', (_, own) => {
    expect(moduleBeside(own, everything)).toBeUndefined();
  });

  it('is undefined when the file is not there', () => {
    expect(moduleBeside('file:///x/dist/index.js', () => false)).toBeUndefined();
  });

  it('from source is undefined', () => expect(factory.module).toBeUndefined());
});
