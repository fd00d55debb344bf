import { Random } from '@lookupffn/core';
import { parameterSpecs } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { AdamW, leastReadParameter } from '../src/optimizer/adamw.js';
import { groupOf } from '../src/optimizer/groups.js';
import { learningRateAt } from '../src/optimizer/schedule.js';
import { Parameters } from '../src/tape/parameters.js';
import { backend, tinyConfig } from './model.js';

const config = tinyConfig({
  ffn: {
    kind: 'lookup',
    tables: 3,
    bits: 2,
    block: 4,
    read: 'two-cell',
    temperature: true,
    scorePower: true,
  },
});

const options = {
  betas: [0.9, 0.99],
  epsilon: 1e-6,
  weightDecay: 0.1,
  tableWeightDecay: 0.02,
  tableLearningRate: 3,
  projectionLearningRate: 0.5,
  clipNorm: 0,
} as const;

/** Every parameter 0.5, and every gradient the given one. */
function setUp(gradient: number, clipNorm = 0) {
  const parameters = new Parameters(config, groupOf);
  parameters.data.fill(0.5);
  parameters.gradients.fill(gradient);
  return { parameters, adamw: new AdamW(backend.optim, parameters, { ...options, clipNorm }) };
}

describe('AdamW', () => {
  it('agrees with two steps worked by hand, for each group', () => {
    const { parameters, adamw } = setUp(0.2);
    adamw.step(1, 0.01, adamw.gradientNorm());
    // After one step the corrected moments are g and g^2: the update is g / (|g| + epsilon).
    const first = 0.2 / (0.2 + 1e-6);
    const expected = (rate: number, decay: number) => 0.5 - rate * (first + decay * 0.5);
    const of = (name: string) => parameters.get(name).data[0]!;
    const layer = 'roberta.encoder.layer.0';
    const word = 'roberta.embeddings.word_embeddings.weight';
    expect(of(`${layer}.attention.self.query.weight`)).toBeCloseTo(expected(0.01, 0.1), 6);
    expect(of(word)).toBeCloseTo(expected(0.01, 0.1), 6);
    expect(of(`${layer}.ffn.projection.weight`)).toBeCloseTo(expected(0.005, 0.1), 6);
    expect(of(`${layer}.attention.self.query.bias`)).toBeCloseTo(expected(0.01, 0), 6);
    expect(of(`${layer}.ffn.LayerNorm.weight`)).toBeCloseTo(expected(0.01, 0), 6);
    expect(of(`${layer}.ffn.read.temperature`)).toBeCloseTo(expected(0.01, 0), 6);
    expect(of(`${layer}.ffn.tables`)).toBeCloseTo(expected(0.03, 0.02), 6);

    // Second step, gradient -0.1: m = 0.9*0.02 - 0.1*0.1 = 0.008, corrected by 0.19; v = 0.99*0.0004 + 0.0001.
    const before = of(word);
    parameters.gradients.fill(-0.1);
    adamw.step(2, 0.005, adamw.gradientNorm());
    const update = 0.008 / 0.19 / (Math.sqrt(0.000496 / 0.0199) + 1e-6);
    expect(of(word)).toBeCloseTo(before - 0.005 * (update + 0.1 * before), 6);
  });

  it('clips by the global norm of all gradients', () => {
    const size = setUp(0).parameters.data.length;
    const clipped = setUp(0.3, 0.5);
    const norm = clipped.adamw.gradientNorm();
    expect(norm).toBeCloseTo(0.3 * Math.sqrt(size), 4);
    clipped.adamw.step(1, 0.01, norm);
    const scaled = 0.3 * (0.5 / norm);
    for (const { m, v } of clipped.adamw.moments) {
      expect(m[0]).toBeCloseTo(0.1 * scaled, 8);
      expect(v[0]).toBeCloseTo(0.01 * scaled * scaled, 10);
    }
    // A gradient within the norm is left as it is.
    const small = setUp(1e-4, 0.5);
    small.adamw.step(1, 0.01, small.adamw.gradientNorm());
    expect(small.adamw.moments[0]!.m[0]).toBeCloseTo(1e-5, 10);
  });

  it('holds learned temperature, beta and gamma above 0, and nothing else', () => {
    const { parameters, adamw } = setUp(1);
    adamw.step(1, 10, adamw.gradientNorm());
    for (const { name, kind, data } of parameters.groups.flatMap((group) => group.parameters)) {
      if (kind === 'read') for (const value of data) expect(value).toBeCloseTo(leastReadParameter, 6);
      else for (const value of data) expect(value, name).toBeLessThan(-1);
    }
  });

  it('puts every parameter of a model into one group', () => {
    const parameters = new Parameters(config, groupOf);
    const names = parameters.groups.flatMap((group) => group.parameters.map(({ name }) => name));
    expect(names.sort()).toEqual(
      parameterSpecs(config)
        .map(({ name }) => name)
        .sort(),
    );
    const total = parameters.groups.reduce((sum, { data }) => sum + data.length, 0);
    expect(total).toBe(parameters.data.length);
  });
});

describe('Parameters', () => {
  it('are views of one array, found by their own and their tied names', () => {
    const parameters = new Parameters(config, groupOf);
    const random = new Random(0);
    for (let i = 0; i < parameters.data.length; i++) parameters.data[i] = random.normal();
    const word = parameters.get('roberta.embeddings.word_embeddings.weight');
    expect(parameters.get('lm_head.decoder.weight')).toBe(word);
    expect(parameters.find('lm_head.decoder.bias')).toBe(parameters.get('lm_head.bias'));
    expect(parameters.weights.get(word.name)).toBe(word.data);
    expect(() => parameters.get('nothing')).toThrow(/no parameter nothing/);
    expect(() => parameters.fill(new Map())).toThrow(/word_embeddings/);
  });
});

describe('learningRateAt', () => {
  const base = { learningRate: 0.8, steps: 10, warmupSteps: 4 } as const;
  const rates = (schedule: 'linear' | 'cosine' | 'constant') =>
    Array.from({ length: 10 }, (_, i) => learningRateAt(i + 1, { ...base, schedule }));

  it('warms up linearly and then falls linearly, never to 0', () => {
    const expected = [0.2, 0.4, 0.6, 0.8, 0.8, (0.8 * 5) / 6, (0.8 * 4) / 6, 0.4, (0.8 * 2) / 6, 0.8 / 6];
    for (const [i, rate] of rates('linear').entries()) expect(rate).toBeCloseTo(expected[i]!, 12);
  });

  it('falls along a half cosine', () => {
    const fall = rates('cosine').slice(4);
    expect(fall[0]).toBeCloseTo(0.8, 12);
    expect(fall[2]).toBeCloseTo(0.8 * 0.75, 12);
    expect(fall[3]).toBeCloseTo(0.4, 12);
    expect(fall[5]).toBeCloseTo(0.4 * (1 - Math.sqrt(3) / 2), 12);
  });

  it('stays at the peak and falls by the square root of the share done, whatever the steps before', () => {
    const stable = { ...base, schedule: 'warmup_stable_decay', decaySteps: 4 } as const;
    const long = { ...stable, steps: 25 } as const;
    const fall = [0, 0.25, 0.5, 0.75].map((done) => 0.8 * (1 - Math.sqrt(done)));
    for (const [i, rate] of fall.entries()) {
      expect(learningRateAt(7 + i, stable)).toBeCloseTo(rate, 12);
      expect(learningRateAt(22 + i, long)).toBeCloseTo(rate, 12);
    }
    const constant = { ...base, schedule: 'constant' } as const;
    for (let step = 1; step <= 6; step++)
      expect(learningRateAt(step, stable)).toBe(learningRateAt(step, constant));
  });

  it('stays, and does without warm-up', () => {
    expect(rates('constant').slice(3)).toEqual(Array(7).fill(0.8));
    expect(learningRateAt(1, { ...base, schedule: 'linear', warmupSteps: 0 })).toBe(0.8);
    expect(learningRateAt(10, { ...base, schedule: 'linear', warmupSteps: 10 })).toBe(0.8);
  });
});
