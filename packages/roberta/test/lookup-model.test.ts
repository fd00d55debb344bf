import { createReferenceBackend, Random } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import {
  DirectEvaluator,
  defineConfig,
  encode,
  feedForward,
  initialWeights,
  type LookupFfnSection,
  maskedLogits,
  packSequences,
  type RobertaConfigInput,
  type RobertaModel,
} from '../src/index.js';
import { PlainEvaluator } from './helpers/plain-evaluator.js';
import { lookup, relativeError, tinyModel } from './helpers/tiny.js';

const sequences = [[0, 7, 4, 9, 2], [], [0, 2], [0, 30, 11, 4, 4, 25, 8, 16, 5, 39, 12, 2]];
const learned = { temperature: true, scorePower: true, skip: true };

describe('the model against the conventions in float64', () => {
  it.each<[string, RobertaConfigInput]>([
    ['dense, post-norm', {}],
    ['look-up, post-norm', { ffn: lookup }],
    ['look-up, pre-norm', { norm: 'pre', ffn: lookup }],
    ['two cells, every learned parameter', { ffn: { ...lookup, ...learned, read: 'two-cell' } }],
    ['dense projection, pre-norm', { norm: 'pre', ffn: { ...lookup, ...learned, projection: 'dense' } }],
    ['one dense layer, one look-up', { ffn: { ...lookup, layers: [0] } }],
    ['output rank', { ffn: { ...lookup, ...learned, read: 'two-cell', outputRank: 5 } }],
    ['output rank 1, one table, pre-norm', { norm: 'pre', ffn: { ...lookup, tables: 1, outputRank: 1 } }],
    ['more bits than padded columns, two stages', { ffn: { ...lookup, tables: 9, stages: 2, block: 16 } }],
  ])('%s', (_, input) => {
    const model = tinyModel(input, 5);
    const batch = packSequences(sequences, model.config);
    const direct = new DirectEvaluator(createReferenceBackend(), model);
    const plain = new PlainEvaluator(model);
    const hidden = encode(direct, model.config, batch);
    const expected = encode(plain, model.config, batch);
    expect(relativeError(hidden.data, expected.flat())).toBeLessThan(5e-6);
    const rows = Int32Array.of(2, 10, 11);
    const logits = maskedLogits(direct, model.config, hidden, rows);
    const expectedLogits = maskedLogits(plain, model.config, expected, rows).flat();
    expect(relativeError(logits.data, expectedLogits)).toBeLessThan(5e-6);
  });
});

/** The same model with every output matrix multiplied into what stands before it: tables, bias and affine path. */
function folded({ config, weights }: RobertaModel): RobertaModel {
  const { outputRank: rank, ...ffn } = config.ffn as LookupFfnSection;
  const d = config.hiddenSize;
  const made = new Map(weights);
  for (const [name, matrix] of weights) {
    if (!name.endsWith('.ffn.output.weight')) continue;
    const block = name.slice(0, -'.output.weight'.length);
    /** `W t` of each row t, in float64. */
    const spread = (rows: Float32Array) =>
      Float64Array.from({ length: (rows.length / rank!) * d }, (_, i) => {
        const [row, o] = [Math.floor(i / d), i % d];
        let sum = 0;
        for (let j = 0; j < rank!; j++) sum += matrix[o * rank! + j]! * rows[row * rank! + j]!;
        return sum;
      });
    made.set(`${block}.tables`, Float32Array.from(spread(weights.get(`${block}.tables`)!)));
    const offset = weights.get(`${block}.output.bias`)!;
    const bias = spread(weights.get(`${block}.bias`)!).map((value, o) => value + offset[o]!);
    made.set(`${block}.bias`, Float32Array.from(bias));
    const skip = weights.get(`${block}.skip.weight`);
    if (skip) {
      // [r, d] as d columns of r numbers each, and back.
      const columns = Float32Array.from(skip, (_, i) => skip[(i % rank!) * d + Math.floor(i / rank!)]!);
      const wide = spread(columns);
      made.set(
        `${block}.skip.weight`,
        Float32Array.from(wide, (_, i) => wide[(i % d) * d + Math.floor(i / d)]!),
      );
    }
    made.delete(name);
    made.delete(`${block}.output.bias`);
  }
  return { config: { ...config, ffn }, weights: made };
}

describe('an output matrix folded into its tables changes nothing', () => {
  it.each<[string, RobertaConfigInput]>([
    ['two cells, everything learned', { ffn: { ...lookup, ...learned, read: 'two-cell', outputRank: 5 } }],
    [
      'all neighbours, odd sizes, pre-norm',
      { norm: 'pre', hiddenSize: 15, ffn: { ...lookup, read: 'neighbours', outputRank: 7 } },
    ],
    ['one table, rank of the hidden size', { ffn: { ...lookup, tables: 1, outputRank: 12 } }],
    ['rank 1, one layer', { ffn: { ...lookup, layers: [1], outputRank: 1 } }],
  ])('%s', (_, input) => {
    const model = tinyModel(input, 4);
    const wide = folded(model);
    expect(model.weights.size).toBeGreaterThan(wide.weights.size);
    const hidden = ({ config, weights }: RobertaModel, texts: number[][]) =>
      encode(
        new DirectEvaluator(createReferenceBackend(), { config, weights }),
        config,
        packSequences(texts, config),
      ).data.slice();
    for (const texts of [sequences, [[0]], []]) {
      expect(relativeError(hidden(model, texts), hidden(wide, texts))).toBeLessThan(5e-6);
    }
  });
});

it('an output matrix starts so that a block varies as much as without one', () => {
  const spread = (outputRank?: number) => {
    const ffn = {
      kind: 'lookup',
      tables: 32,
      bits: 4,
      block: 16,
      ...(outputRank ? { outputRank } : {}),
    } as const;
    const config = defineConfig({
      hiddenSize: 256,
      numHiddenLayers: 1,
      numAttentionHeads: 4,
      vocabSize: 50,
      ffn,
    });
    const weights = initialWeights(config, new Random(11));
    const random = new Random(12);
    const x = {
      rows: 16,
      columns: 256,
      data: Float32Array.from({ length: 16 * 256 }, () => random.normal()),
    };
    const { data } = feedForward(
      new DirectEvaluator(createReferenceBackend(), { config, weights }),
      config,
      0,
      x,
    );
    return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  };
  const whole = spread();
  for (const rank of [32, 128, 256]) expect(Math.abs(spread(rank) / whole - 1)).toBeLessThan(0.1);
});
