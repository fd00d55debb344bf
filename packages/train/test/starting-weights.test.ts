import { Random } from '@lookupffn/core';
import { initialWeights, parameterSpecs } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { startingWeights } from '../src/training/starting-weights.js';
import { tinyConfig } from './model.js';

const dense = tinyConfig({ norm: 'pre', ffn: { kind: 'dense' } });
const lookup = tinyConfig({ norm: 'pre', ffn: { kind: 'lookup', tables: 4, bits: 3, block: 4, stages: 2 } });
const trained = { weights: initialWeights(dense, new Random(99)) };
const ofFfn = (name: string) => /\.layer\.\d+\.(intermediate|output|ffn)\./.test(name);

describe('the weights to start with', () => {
  it('are the trained model’s', () => {
    const { weights, missing } = startingWeights(dense, trained);
    expect(weights).toEqual(trained.weights);
    expect(missing).toEqual([]);
  });

  it.each([
    ['look-ups', lookup],
    ['dense ones of the same size', dense],
  ])('have FFNs as in a run from scratch where these are to be fresh: %s', (_, config) => {
    const { weights, missing } = startingWeights(config, trained, { freshFfn: true, seed: 7 });
    const scratch = initialWeights(config, new Random(7).fork('weights'));
    expect([...weights.keys()]).toEqual(parameterSpecs(config).map(({ name }) => name));
    for (const [name, data] of weights) {
      expect(data, name).toEqual((ofFfn(name) ? scratch : trained.weights).get(name));
    }
    expect([...weights.keys()].filter(ofFfn).length).toBeGreaterThan(4);
    expect(missing).toEqual([]);
  });

  it('are fresh where the trained model has nothing, or nothing of that size, and say so', () => {
    const [word, bias] = [parameterSpecs(dense)[0]!.name, 'lm_head.bias'];
    const some = new Map(trained.weights).set(bias, new Float32Array(3));
    some.delete(word);
    const { weights, missing } = startingWeights(dense, { weights: some });
    expect(missing).toEqual([word, bias]);
    const scratch = initialWeights(dense, new Random(0).fork('weights'));
    for (const name of missing) expect(weights.get(name)).toEqual(scratch.get(name));
  });
});
