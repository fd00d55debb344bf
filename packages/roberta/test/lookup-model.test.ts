import { createReferenceBackend } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import {
  DirectEvaluator,
  encode,
  maskedLogits,
  packSequences,
  type RobertaConfigInput,
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
    ['more bits than padded columns, two stages', { ffn: { ...lookup, tables: 9, stages: 2, block: 16 } }],
  ])('%s', (_, input) => {
    const model = tinyModel(input, 3);
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
