import { createReferenceBackend, defineBackend, type PreparedLinear } from '@lookupffn/core';
import { describe, expect, test } from 'vitest';
import {
  afterwards,
  blur,
  expectCaught,
  firstFailure,
  lastBit,
  nudge,
  preparedMutant,
  swallowNaN,
} from './mutants.js';

describe('broken optimiser operations are caught', () => {
  test.each([1, 2, 3, 4])('adamw: argument %i wrong', (at) => {
    expectCaught('optim', 'adamw', afterwards(at, nudge));
  });

  test.each([
    ['weightDecay', 0],
    ['gradientScale', 1],
    ['step', 1],
    ['beta2', 0.99],
    ['epsilon', 1e-2],
  ])('adamw: %s ignored', (key, value) => {
    expectCaught(
      'optim',
      'adamw',
      (original) =>
        (shape, ...rest) =>
          original({ ...(shape as object), [key]: value }, ...rest),
    );
  });

  test('sumOfSquares in float32', () => {
    expectCaught('optim', 'sumOfSquares', (original) => (x) => Math.fround(original(x) as number));
  });

  test('cellVariation: the loss wrong', () => {
    expectCaught(
      'optim',
      'cellVariation',
      (original) =>
        (...args) =>
          (original(...args) as number) * 1.001,
    );
  });

  test('cellVariation: the gradient wrong', () => {
    expectCaught('optim', 'cellVariation', (original) => (...args) => {
      const loss = original(...args);
      if (args[2]) nudge(args[2] as Float32Array);
      return loss;
    });
  });

  test('cellVariation: the gradient overwritten', () => {
    expectCaught('optim', 'cellVariation', (original) => (...args) => {
      (args[2] as Float32Array | null)?.fill(0);
      return original(...args);
    });
  });

  test.each([
    ['bit', -1],
    ['scale', 1],
  ])('cellVariation: %s ignored', (key, value) => {
    expectCaught(
      'optim',
      'cellVariation',
      (original) =>
        (shape, ...rest) =>
          original({ ...(shape as object), [key]: value }, ...rest),
    );
  });
});

describe('broken prepared weights are caught', () => {
  const { prepare } = createReferenceBackend();
  type Lookup = typeof prepare.lookupFfn;
  const op = 'prepare.lookupFfn';

  test('when sound, they pass', () => {
    const backend = preparedMutant((config, weights) => prepare.lookupFfn(config, weights));
    expect(firstFailure(backend, op)).toBeUndefined();
    expect(firstFailure(backend, 'prepare.linear')).toBeUndefined();
  });

  test.each(['norm', 'skip', 'temperature', 'beta', 'gamma'])('LookupFFN: %s ignored', (key) => {
    const backend = preparedMutant((config, weights) =>
      prepare.lookupFfn(config, { ...weights, [key]: undefined }),
    );
    expect(firstFailure(backend, op)).toBeTypeOf('string');
  });

  test.each([
    ['read', 'single'],
    ['stages', 4],
  ])('LookupFFN: %s taken for %s', (key, value) => {
    const backend = preparedMutant((config, weights) => {
      const changed = { ...config, [key]: value } as typeof config;
      // Weights of fewer stages are too short for four: repeat them.
      const length =
        weights.projectionWeight.length * (config.projection === 'bh4' ? changed.stages / config.stages : 1);
      const projectionWeight = Float32Array.from(
        { length },
        (_, i) => weights.projectionWeight[i % weights.projectionWeight.length]!,
      );
      return prepare.lookupFfn(changed, { ...weights, projectionWeight });
    });
    expect(firstFailure(backend, op)).toBeTypeOf('string');
  });

  /** A sound handle whose forward is followed by something that is not. */
  const then =
    (after: (y: Float32Array, rows: number, dtype?: string) => void, says?: string): Lookup =>
    (config, weights, options) => {
      const inner = prepare.lookupFfn(config, weights);
      const dtype = says === 'asked' ? (options?.tableDtype ?? 'f32') : (says ?? inner.dtype);
      return {
        bytes: inner.bytes,
        dtype,
        forward(rows, x, y) {
          inner.forward(rows, x, y);
          after(y, rows, options?.tableDtype);
        },
        dispose: () => inner.dispose(),
      };
    };
  const caught = (lookupFfn: Lookup, by?: string) =>
    expect(
      firstFailure(defineBackend({ name: 'mutant', tolerance: 1e-5, prepare: { lookupFfn } }), op, by),
    ).toBeTypeOf('string');

  test('LookupFFN: one value wrong', () => caught(then(nudge)));
  test('LookupFFN: a last bit that depends on the batch', () =>
    caught(
      then((y, rows) => rows > 1 && lastBit(y)),
      'rows alone and together',
    ));
  test('LookupFFN: NaN swallowed', () => caught(then(swallowNaN), 'NaN: '));
  test('LookupFFN: says a dtype that nobody asked for', () => caught(then(() => {}, 'int2')));
  test('LookupFFN: keeps the arrays given', () => {
    caught((config, weights) => {
      const { bytes } = prepare.lookupFfn(config, weights);
      const forward = (rows: number, x: Float32Array, y: Float32Array) =>
        prepare.lookupFfn(config, weights).forward(rows, x, y);
      return { bytes, dtype: 'f32', forward, dispose() {} };
    }, 'keeps nothing');
  });
  test.each([
    ['bf16', 0.01],
    ['f16', 0.003],
    ['int8', 0.03],
    ['int4', 0.2],
  ])('LookupFFN: %s tables too coarse', (dtype, error) => {
    caught(
      then((y, _, asked) => {
        if (asked === dtype) blur(y, error);
      }, 'asked'),
      ` ${dtype}`,
    );
  });

  const linearCaught = (change: (inner: PreparedLinear, asked?: string) => Partial<PreparedLinear>) => {
    const backend = defineBackend({
      name: 'mutant',
      tolerance: 1e-5,
      prepare: {
        linear(options, weight, bias) {
          const inner = prepare.linear(options, weight, bias);
          return {
            bytes: inner.bytes,
            dtype: inner.dtype,
            forward: inner.forward,
            dispose: inner.dispose,
            ...change(inner, options.dtype),
          };
        },
      },
    });
    expect(firstFailure(backend, 'prepare.linear')).toBeTypeOf('string');
  };

  test('linear: one value wrong', () => {
    linearCaught((inner) => ({
      forward(rows, x, y) {
        inner.forward(rows, x, y);
        nudge(y);
      },
    }));
  });
  test('linear: int8 too coarse', () => {
    linearCaught((inner, asked) => ({
      dtype: asked ?? 'f32',
      forward(rows, x, y) {
        inner.forward(rows, x, y);
        if (asked === 'int8') blur(y, 0.04);
      },
    }));
  });
  test('linear: the activation ignored', () => {
    const backend = defineBackend({
      name: 'mutant',
      tolerance: 1e-5,
      prepare: {
        linear: (options, weight, bias) => prepare.linear({ ...options, activation: 'none' }, weight, bias),
      },
    });
    expect(firstFailure(backend, 'prepare.linear')).toBeTypeOf('string');
  });
});
