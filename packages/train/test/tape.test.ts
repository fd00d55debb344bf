import { Random } from '@lookupffn/core';
import { initialWeights } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { chunkRows } from '../src/tape/masked-loss.js';
import { BufferPool } from '../src/tape/pool.js';
import { Recorder } from '../src/tape/recorder.js';
import { Tape } from '../src/tape/tape.js';
import { backwardBatch } from '../src/training/objective.js';
import { backend, roughParameters, tinyBatch, tinyConfig } from './model.js';

const config = tinyConfig({
  ffn: { kind: 'lookup', tables: 4, bits: 3, block: 4, read: 'two-cell', temperature: true, skip: true },
});

describe('Tape', () => {
  it('allocates nothing after the first step', () => {
    const parameters = roughParameters(config);
    const tape = new Tape({ backend, config, parameters });
    const batch = tinyBatch(config);
    backwardBatch(tape, config, batch, 1, 2);
    const first = tape.allocatedBytes;
    expect(first).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) backwardBatch(tape, config, batch, 1, 2);
    expect(tape.allocatedBytes).toBe(first);
  });

  it('needs no more for batches of many sizes than for the largest ones', () => {
    const pool = new BufferPool();
    const held = (rows: number) => {
      for (const buffer of [pool.floats(rows * 12), pool.zeros(rows * 12), pool.ints(rows)]) {
        expect(buffer.length % rows).toBe(0);
        pool.give(buffer);
      }
    };
    // Zeros where another size has left numbers.
    pool.give(pool.floats(1000 * 12).fill(7));
    expect(pool.zeros(997 * 12).every((value) => value === 0)).toBe(true);
    for (let rows = 960; rows <= 1024; rows++) held(rows);
    const bytes = pool.allocatedBytes;
    for (let rows = 960; rows <= 1024; rows++) held(rows);
    expect(pool.allocatedBytes).toBe(bytes);
    expect(bytes).toBeLessThan(8 * 1024 * 12 * 4);
  });

  it('gives its buffers back when a pass is given up', () => {
    const tape = new Tape({ backend, config, parameters: roughParameters(config) });
    const batch = tinyBatch(config);
    backwardBatch(tape, config, batch, 1);
    const bytes = tape.allocatedBytes;
    const bad = { ...batch, targets: Int32Array.of(1, 2, 99) };
    expect(() => backwardBatch(tape, config, bad, 1)).toThrow(/99/);
    tape.reset();
    backwardBatch(tape, config, batch, 1);
    // All but the result of the operation that failed.
    expect(tape.allocatedBytes - bytes).toBeLessThanOrEqual(12);
  });

  it('gives the same loss and nearly the same gradients however the logits are cut', () => {
    const batch = tinyBatch(config);
    const results = [1, 2, 100].map((rowsAtOnce) => {
      const parameters = roughParameters(config);
      const loss = backwardBatch(new Tape({ backend, config, parameters }), config, batch, 1, rowsAtOnce);
      return { loss, gradients: parameters.gradients };
    });
    for (const { loss, gradients } of results) {
      expect(loss).toBe(results[0]!.loss);
      const differences = gradients.map((g, i) => Math.abs(g - results[0]!.gradients[i]!));
      expect(Math.max(...differences)).toBeLessThan(1e-5);
    }
  });

  it('refuses targets that do not go with the logits', () => {
    const parameters = roughParameters(config);
    const tape = new Tape({ backend, config, parameters });
    const logits = tape.linear('lm_head.decoder', tape.embedding('lm_head.decoder', Int32Array.of(1)));
    expect(() => tape.crossEntropy(logits, Int32Array.of(1, 2))).toThrow(/2 targets for 1 rows/);
  });

  it('starts dense and look-up twins with the same values where they share a parameter', () => {
    const dense = initialWeights(tinyConfig(), new Random(4));
    const lookup = initialWeights(config, new Random(4));
    const shared = [...dense.keys()].filter((name) => lookup.has(name));
    expect(shared.length).toBeGreaterThan(20);
    for (const name of shared) expect(lookup.get(name)).toEqual(dense.get(name));
  });

  it('bounds the logits for any vocabulary, yet keeps rows enough for a fast product', () => {
    expect(chunkRows(8192)).toBe(512);
    expect(chunkRows(50265)).toBe(83);
    expect(chunkRows(10 ** 6)).toBe(64);
  });
});

describe('Recorder', () => {
  it('shares the gradient of a sum until one side is written to', () => {
    const recorder = new Recorder(backend, new BufferPool());
    const a = recorder.make(1, 2);
    const b = recorder.make(1, 2);
    const y = recorder.make(1, 2);
    recorder.record(y, [], () => {
      recorder.passGradient(y, a);
      recorder.passGradient(y, b);
      expect(a.gradient).toBe(b.gradient);
      recorder.gradientOf(a)[0]! += 10;
    });
    recorder.seed(y, 1);
    recorder.rewind(0);
    expect([...recorder.gradientOf(a)]).toEqual([11, 1]);
    expect([...recorder.gradientOf(b)]).toEqual([1, 1]);
    expect(b.gradient!.holders).toBe(1);
  });

  it('doubles the gradient of a value added to itself', () => {
    const recorder = new Recorder(backend);
    const x = recorder.make(1, 1);
    const y = recorder.record(recorder.make(1, 1), [], () => {
      recorder.passGradient(y, x);
      recorder.passGradient(y, x);
    });
    recorder.seed(y, 3);
    recorder.rewind(0);
    expect([...recorder.gradientOf(x)]).toEqual([6]);
    expect(() => recorder.seed(x, 1)).toThrow(/gradient already/);
  });
});
