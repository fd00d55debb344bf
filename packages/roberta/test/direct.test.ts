import { createReferenceBackend, defineBackend } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../src/direct/pool.js';
import { Scopes } from '../src/direct/scopes.js';
import { DirectEvaluator, encode, maskedLogits, packSequences } from '../src/index.js';
import { codeOf, lookup, tinyModel } from './helpers/tiny.js';

describe('BufferPool', () => {
  it('hands out the smallest buffer that fits', () => {
    const pool = new BufferPool();
    const small = pool.take(100);
    const large = pool.take(1000);
    pool.give(large);
    pool.give(small);
    expect(pool.take(90)).toBe(small);
    expect(pool.take(90)).toBe(large);
  });

  it('replaces its largest buffer rather than keep one for every length seen', () => {
    const pool = new BufferPool();
    for (let length = 100; length < 100_000; length *= 2) pool.give(pool.take(length));
    expect(pool.bytes).toBeLessThan(4 * 100_000 * 1.3);
  });
});

describe('Scopes', () => {
  it('takes back all but the result, and the spent input', () => {
    const scopes = new Scopes();
    const x = scopes.make(2, 3);
    const y = scopes.tidy(() => {
      scopes.make(2, 3);
      return scopes.tidy(() => {
        scopes.make(5, 5);
        return scopes.make(2, 3);
      });
    }, x);
    expect(scopes.alive).toBe(1);
    expect(scopes.make(2, 3).data.buffer).not.toBe(y.data.buffer);
  });

  it('keeps what a tidy only passes through', () => {
    const scopes = new Scopes();
    const x = scopes.make(1, 4);
    expect(scopes.tidy(() => x, x)).toBe(x);
    expect(scopes.alive).toBe(1);
  });

  it('takes everything back after a throw', () => {
    const scopes = new Scopes();
    expect(() =>
      scopes.tidy(() => {
        scopes.make(1, 4);
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(scopes.alive).toBe(0);
  });
});

describe('DirectEvaluator', () => {
  const model = tinyModel({ ffn: { ...lookup, layers: [1] }, numHiddenLayers: 3 });
  const { config } = model;
  const batch = packSequences([[0, 5, 6, 7, 2]], config);

  it('allocates nothing after the first pass, and no more for a deeper model', () => {
    const bytesAfter = (layers: number, passes: number) => {
      const deep = tinyModel({ ffn: { ...lookup, layers: [1] }, numHiddenLayers: layers });
      const direct = new DirectEvaluator(createReferenceBackend(), deep);
      for (let i = 0; i < passes; i++) {
        maskedLogits(direct, deep.config, encode(direct, deep.config, batch), Int32Array.of(1));
        direct.releaseAll();
      }
      return direct.activationBytes;
    };
    const once = bytesAfter(3, 1);
    expect(once).toBeGreaterThan(0);
    expect(bytesAfter(3, 6)).toBe(once);
    expect(bytesAfter(9, 1)).toBe(once);
  });

  it('tells what it holds: each embedding table once, prepared weights, norms', () => {
    const direct = new DirectEvaluator(createReferenceBackend(), model);
    maskedLogits(direct, config, encode(direct, config, batch), Int32Array.of(0));
    const source = [...model.weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    // The word embeddings are kept twice: as a table, and prepared as the decoder (with its bias).
    expect(direct.bytes).toBe(source + 4 * config.vocabSize * config.hiddenSize);
    expect(direct.dtypes).toEqual(['f32']);
  });

  it('asks the backend for the dtypes and the fused activation', () => {
    const asked: string[] = [];
    const reference = createReferenceBackend();
    const backend = defineBackend({
      name: 'spy',
      prepare: {
        linear(options, weight, bias) {
          asked.push(`${options.in}>${options.out} ${options.activation} ${options.dtype}`);
          return reference.prepare.linear(options, weight, bias);
        },
        lookupFfn(shape, weights, options) {
          asked.push(`look-up ${options?.tableDtype}`);
          return reference.prepare.lookupFfn(shape, weights, options);
        },
      },
    });
    const direct = new DirectEvaluator(backend, model, { linearDtype: 'int8', tableDtype: 'bf16' });
    maskedLogits(direct, config, encode(direct, config, batch), Int32Array.of(0));
    expect(asked).toContain('12>20 gelu int8');
    expect(asked).toContain('20>12 none int8');
    expect(asked.filter((line) => line === 'look-up bf16')).toHaveLength(1);
    // Three layers of q, k, v, output; two dense FFNs; the head's dense and decoder.
    expect(asked).toHaveLength(3 * 4 + 2 * 2 + 1 + 2);
  });

  it('refuses weights that do not fit, before it prepares any', async () => {
    const weights = new Map(model.weights);
    weights.set('lm_head.bias', new Float32Array(3));
    const make = () => new DirectEvaluator(createReferenceBackend(), { config, weights });
    expect(await codeOf(make)).toMatchObject({
      code: 'TENSOR_MISMATCH',
      details: { tensor: 'lm_head.bias' },
    });
  });

  it('is refused after dispose', async () => {
    const direct = new DirectEvaluator(createReferenceBackend(), model);
    direct.dispose();
    direct.dispose();
    expect(await codeOf(() => encode(direct, config, batch))).toMatchObject({ code: 'DISPOSED' });
  });
});
