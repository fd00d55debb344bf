import { Random, type ReadMode, referenceOptim } from '@lookupffn/core';
import type { LookupFfnInput, RobertaConfig, RobertaConfigInput } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import type { Parameters } from '../src/tape/parameters.js';
import { addCellVariation, backwardBatch } from '../src/training/objective.js';
import { float64Tape, makeFloat64, roughParameters, tinyBatch, tinyConfig } from './model.js';

interface Objective {
  /** Bit of the cell-tv regulariser; absent: none. */
  readonly bit?: number;
  readonly read?: ReadMode;
  readonly dropout?: number;
}

const lambda = 0.7;

/** The training objective at the present parameters; gradients are left in them. */
function evaluate(config: RobertaConfig, parameters: Parameters, objective: Objective): number {
  const { bit, read, dropout } = objective;
  const batch = tinyBatch(config);
  parameters.gradients.fill(0);
  const tape = float64Tape(config, parameters);
  tape.lookupTraining = {
    read,
    // The same look-ups are left out every time.
    ...(dropout ? { dropout: { rate: dropout, random: new Random(5) } } : {}),
  };
  // Chunks of two rows: three masked rows are a whole chunk and a part of one.
  const scale = 1 / batch.rows.length;
  const loss = scale * backwardBatch(tape, config, batch, scale, 2);
  if (bit === undefined) return loss;
  return loss + lambda * addCellVariation(referenceOptim, config, parameters, bit, lambda);
}

/** Largest difference between the gradients and central differences, over every parameter of the model. */
function checkGradients(config: RobertaConfig, objective: Objective = {}): void {
  const parameters = roughParameters(config, makeFloat64);
  evaluate(config, parameters, objective);
  const gradients = parameters.gradients.slice();
  for (const { parameters: list } of parameters.groups) {
    for (const { name, data, gradient } of list) {
      const offset = (gradient.byteOffset - parameters.gradients.byteOffset) / 8;
      // Every element of the small ones, and some twenty of the large ones.
      const stride = Math.max(1, Math.floor(data.length / 20));
      for (let i = 0; i < data.length; i += stride) {
        const value = data[i]!;
        const step = 1e-5;
        data[i] = value + step;
        const above = evaluate(config, parameters, objective);
        data[i] = value - step;
        const below = evaluate(config, parameters, objective);
        data[i] = value;
        const expected = (above - below) / (2 * step);
        expect(Math.abs(gradients[offset + i]! - expected), `${name}[${i}]`).toBeLessThan(
          1e-8 + 1e-6 * Math.abs(expected),
        );
      }
    }
  }
}

const lookup = (input: Partial<LookupFfnInput> = {}): RobertaConfigInput => ({
  ffn: { kind: 'lookup', tables: 5, bits: 3, block: 4, stages: 2, ...input },
});

const cases: Record<string, RobertaConfigInput> = {
  'dense, post-norm': { norm: 'post' },
  'dense, pre-norm': { norm: 'pre' },
  'single read, post-norm': { norm: 'post', ...lookup() },
  'single read, pre-norm': { norm: 'pre', ...lookup() },
  'single read, learned score, skip': lookup({ scorePower: true, skip: true }),
  'two-cell read, pre-norm, everything learned': {
    norm: 'pre',
    ...lookup({ read: 'two-cell', temperature: true, scorePower: true, skip: true }),
  },
  'two-cell read, post-norm, dense projection': lookup({ read: 'two-cell', projection: 'dense' }),
  'output rank, everything learned': lookup({
    ...{ read: 'two-cell', temperature: true, scorePower: true, skip: true },
    outputRank: 3,
  }),
  'output rank 1, one table, pre-norm': { norm: 'pre', ...lookup({ tables: 1, outputRank: 1 }) },
  'neighbours read': lookup({ read: 'neighbours' }),
  'full read': { norm: 'pre', ...lookup({ read: 'full' }) },
  'padded hidden size': { hiddenSize: 6, ...lookup({ read: 'two-cell', temperature: true }) },
  'look-ups in one layer only': lookup({ read: 'two-cell', layers: [1] }),
};

describe("a whole two-layer model's gradients agree with finite differences", () => {
  for (const [name, input] of Object.entries(cases)) {
    it(name, () => checkGradients(tinyConfig(input)));
  }

  it('cell variation of one bit and of all', () => {
    checkGradients(tinyConfig(lookup()), { bit: 1 });
    checkGradients(tinyConfig(lookup({ read: 'two-cell' })), { bit: -1 });
    checkGradients(tinyConfig(lookup({ outputRank: 3 })), { bit: -1 });
  });

  const learned = lookup({ read: 'two-cell', temperature: true, scorePower: true });

  it('table dropout', () => checkGradients(tinyConfig(learned), { dropout: 0.4 }));

  it.each(['neighbours', 'full'] as const)('annealed from %s: learned score parameters wait', (read) => {
    const config = tinyConfig(learned);
    checkGradients(config, { read });
    const parameters = roughParameters(config, makeFloat64);
    const own = evaluate(config, parameters, {});
    expect(evaluate(config, parameters, { read })).not.toBeCloseTo(own, 6);
    const waiting = parameters.groups.flatMap((group) => group.parameters).filter((p) => p.kind === 'read');
    expect(waiting.length).toBeGreaterThan(0);
    for (const { gradient } of waiting) expect(gradient.every((g) => g === 0)).toBe(true);
  });
});
