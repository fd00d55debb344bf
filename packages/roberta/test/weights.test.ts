import {
  memorySource,
  openSafetensors,
  Random,
  serializeSafetensors,
  type TensorToWrite,
} from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import {
  countParameters,
  defineConfig,
  initialWeights,
  loadWeights,
  parameterSpecs,
  type RobertaConfig,
  weightTensors,
} from '../src/index.js';
import { codeOf, lookup, tinyModel } from './helpers/tiny.js';

type Tensor = TensorToWrite<Float32Array>;
const load = async (tensors: Tensor[], config: RobertaConfig, options = {}) =>
  loadWeights(
    await openSafetensors(memorySource(serializeSafetensors(tensors), 'test file')),
    config,
    options,
  );

describe('initialWeights', () => {
  const config = tinyModel().config;

  it('gives a dense and a look-up model the same values wherever they share a parameter', () => {
    const dense = initialWeights(config, new Random(7));
    const twin = initialWeights(tinyModel({ ffn: lookup }).config, new Random(7));
    const shared = [...dense.keys()].filter((name) => twin.has(name));
    expect(shared).toContain('roberta.encoder.layer.1.attention.self.query.weight');
    for (const name of shared) expect(twin.get(name)).toEqual(dense.get(name));
    expect(initialWeights(config, new Random(8)).get('lm_head.dense.weight')).not.toEqual(
      dense.get('lm_head.dense.weight'),
    );
  });

  it('has the standard deviations of its list', () => {
    const wide = defineConfig({
      hiddenSize: 128,
      numAttentionHeads: 4,
      numHiddenLayers: 1,
      vocabSize: 100,
      ffn: { kind: 'lookup', tables: 32, bits: 6, block: 32 },
    });
    const weights = initialWeights(wide, new Random(1));
    const deviation = (name: string) => {
      const data = weights.get(name)!;
      return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    };
    expect(deviation('roberta.embeddings.word_embeddings.weight')).toBeCloseTo(0.02, 3);
    expect(deviation('roberta.encoder.layer.0.ffn.tables')).toBeCloseTo(0.02, 3);
    // N(0, 1/(b P)) with b = 32 and P = 128.
    expect(deviation('roberta.encoder.layer.0.ffn.projection.weight')).toBeCloseTo(1 / 64, 3);
    expect(deviation('roberta.encoder.layer.0.ffn.LayerNorm.weight')).toBe(1);
  });

  it('starts positions as sinusoids, whose neighbours are as alike everywhere, and a single token type at 0', () => {
    const { config } = tinyModel({ hiddenSize: 16, numAttentionHeads: 2, maxPositionEmbeddings: 20 });
    const weights = initialWeights(config, new Random(1));
    const positions = weights.get('roberta.embeddings.position_embeddings.weight')!;
    const std = config.initializerRange;
    const row = (p: number) => positions.subarray(16 * p, 16 * (p + 1));
    const dot = (p: number, q: number) => row(p).reduce((sum, value, i) => sum + value * row(q)[i]!, 0);
    for (let p = 0; p < 19; p++) {
      expect(dot(p, p) / (16 * std ** 2)).toBeCloseTo(1, 5);
      expect(dot(p, p + 1)).toBeCloseTo(dot(0, 1), 8);
      expect(dot(p, p + 1)).toBeLessThan(0.99 * dot(p, p));
    }
    expect(row(3)[0]! / std).toBeCloseTo(Math.SQRT2 * Math.sin(3), 5);
    expect(row(3)[5]! / std).toBeCloseTo(Math.SQRT2 * Math.cos(3 / 10_000 ** (4 / 16)), 5);
    const types = (typeVocabSize: number) =>
      initialWeights({ ...config, typeVocabSize }, new Random(1)).get(
        'roberta.embeddings.token_type_embeddings.weight',
      )!;
    expect(types(1).every((value) => value === 0)).toBe(true);
    expect(types(2).every((value) => value !== 0)).toBe(true);
  });

  it('spreads embeddings and dense matrices by initializer_range, look-up blocks as before', () => {
    const config = tinyModel({ ffn: lookup }).config;
    const usual = initialWeights(config, new Random(1));
    const wide = initialWeights({ ...config, initializerRange: 0.04 }, new Random(1));
    const ratio = (name: string) => wide.get(name)![3]! / usual.get(name)![3]!;
    expect(ratio('roberta.embeddings.word_embeddings.weight')).toBeCloseTo(2, 5);
    expect(ratio('roberta.encoder.layer.0.attention.self.query.weight')).toBeCloseTo(2, 5);
    expect(ratio('roberta.encoder.layer.0.ffn.tables')).toBe(1);
  });
});

describe('parameters', () => {
  it('leaves unused read parameters and the dense FFN out of look-up layers', () => {
    const { config } = tinyModel({ ffn: { ...lookup, layers: [1], temperature: true, read: 'two-cell' } });
    const names = parameterSpecs(config).map(({ name }) => name);
    expect(names).toContain('roberta.encoder.layer.0.intermediate.dense.weight');
    expect(names).not.toContain('roberta.encoder.layer.1.intermediate.dense.weight');
    expect(names).toContain('roberta.encoder.layer.1.ffn.read.temperature');
    expect(names).not.toContain('roberta.encoder.layer.1.ffn.score.beta');
  });

  it('are counted by parts that add up', () => {
    const { config, weights } = tinyModel({ ffn: lookup });
    const { total, ...parts } = countParameters(config);
    expect(total).toBe([...weights.values()].reduce((sum, { length }) => sum + length, 0));
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
    // Two layers: LayerNorm 24, BH4 [2, 4, 4, 4, 4], bias 20, tables [5, 16, 12], bias 12, output LayerNorm 24.
    expect(parts.ffn).toBe(2 * (24 + 512 + 20 + 960 + 12 + 24));
  });
});

describe('loadWeights', () => {
  const { config, weights } = tinyModel({ norm: 'pre', ffn: { ...lookup, skip: true, scorePower: true } });
  const tensors = weightTensors(config, weights);
  const change = (name: string, edit: (tensor: Tensor) => Tensor[]) =>
    tensors.flatMap((tensor) => (tensor.name === name ? edit(tensor) : [tensor]));
  const query = 'roberta_prelayernorm.encoder.layer.1.attention.self.query.weight';

  it('reads what weightTensors gives', async () => {
    const loaded = await load(tensors, config);
    expect(loaded.weights).toEqual(weights);
    expect(loaded.unused).toEqual([]);
  });

  it('reads names without prefix, the decoder beside its twin, and says what it left', async () => {
    const renamed = tensors.flatMap((tensor) => {
      if (tensor.name === 'lm_head.bias') return [{ ...tensor, name: 'lm_head.decoder.bias' }];
      if (tensor.name.endsWith('word_embeddings.weight')) {
        return [tensor, { ...tensor, name: 'lm_head.decoder.weight' }];
      }
      return [{ ...tensor, name: tensor.name.replace(/^roberta_prelayernorm\./, '') }];
    });
    const pooler: Tensor = { name: 'pooler.dense.bias', dtype: 'F32', shape: [1], data: new Float32Array(1) };
    const loaded = await load([...renamed, pooler], config);
    expect(loaded.weights).toEqual(weights);
    expect(loaded.unused).toEqual(['pooler.dense.bias']);
  });

  it('puts arrays on shared memory when asked', async () => {
    const loaded = await load(tensors, config, { shared: true });
    expect(loaded.weights).toEqual(weights);
    expect([...loaded.weights.values()].every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(
      true,
    );
  });

  it('names a missing tensor and where it looked', async () => {
    const error = await codeOf(() =>
      load(
        change(query, () => []),
        config,
      ),
    );
    expect(error).toMatchObject({ code: 'TENSOR_MISSING', details: { tensor: query, expected: [12, 12] } });
    expect(error.message).toContain('test file');
    expect(error.message).toContain(query.replace('roberta_prelayernorm.', ''));
  });

  it('says so when a checkpoint has no head', async () => {
    const { message } = await codeOf(() =>
      load(
        tensors.filter(({ name }) => !name.startsWith('lm_head.')),
        config,
      ),
    );
    expect(message).toContain('head');
  });

  it('names a tensor of another shape, with both shapes', async () => {
    const error = await codeOf(() =>
      load(
        change(query, (t) => [{ ...t, shape: [6, 24] }]),
        config,
      ),
    );
    expect(error).toMatchObject({ code: 'TENSOR_MISMATCH', details: { tensor: query } });
    expect(error.message).toMatch(/6,\s*24.*12,\s*12/);
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('refuses %s', async (value) => {
    const broken = change(query, (t) => {
      const data = t.data.slice();
      data[17] = value;
      return [{ ...t, data }];
    });
    const error = await codeOf(() => load(broken, config));
    expect(error).toMatchObject({ code: 'NOT_FINITE', details: { tensor: query, index: 17 } });
    // Nor is such a checkpoint written.
    const map = new Map(broken.map(({ name, data }) => [name, data]));
    expect(await codeOf(() => weightTensors(config, map))).toMatchObject({ code: 'NOT_FINITE' });
  });

  it('refuses a decoder of its own', async () => {
    const words = tensors.find(({ name }) => name.endsWith('word_embeddings.weight'))!;
    const decoder = { ...words, name: 'lm_head.decoder.weight', data: words.data.map((value) => -value) };
    expect(await codeOf(() => load([...tensors, decoder], config))).toMatchObject({
      code: 'TENSOR_MISMATCH',
      details: { tensor: 'lm_head.decoder.weight' },
    });
  });
});
