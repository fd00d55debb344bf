import { Random, roundTables } from '@lookupffn/core';
import { initialWeights } from '@lookupffn/roberta';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchFiller } from '../src/data/batches.js';
import type { Corpus } from '../src/data/sequences.js';
import { CellCounts } from '../src/evaluation/cell-counts.js';
import { evaluate } from '../src/evaluation/evaluate.js';
import { tableHealth } from '../src/evaluation/table-health.js';
import { Parameters } from '../src/tape/parameters.js';
import { Tape } from '../src/tape/tape.js';
import { backwardBatch } from '../src/training/objective.js';
import { farmCorpus, farmTokenizer } from './corpus.js';
import { backend, tinyConfig } from './model.js';

const config = tinyConfig({
  vocabSize: farmTokenizer.vocabularySize,
  maxPositionEmbeddings: 16,
  ffn: { kind: 'lookup', tables: 4, bits: 3, block: 4, stages: 2, read: 'two-cell', layers: [1] },
});
const model = { config, weights: initialWeights(config, new Random(5)) };

let corpus: Corpus;
beforeAll(async () => {
  corpus = await farmCorpus();
});

describe('evaluate', () => {
  it('is the same for every batch size, bit for bit, and another for another seed', async () => {
    const sequences = corpus.validation;
    const whole = await evaluate({ model, backend, sequences });
    for (const batchSize of [1, 2, 7]) {
      expect(await evaluate({ model, backend, sequences, batchSize })).toEqual(whole);
    }
    expect(whole.sequences).toBe(sequences.count);
    expect(whole.maskedTokens).toBe(sequences.count * 2);
    const other = await evaluate({ model, backend, sequences, seed: 1 });
    expect(other.logPerplexity).not.toBe(whole.logPerplexity);
  });

  it("agrees with the training tape's loss on the same masks", async () => {
    const sequences = corpus.validation;
    const { logPerplexity } = await evaluate({ model, backend, sequences, maxSequences: 3, seed: 2 });
    const random = new Random(2).fork('evaluation');
    const items = [0, 1, 2].map((sequence) => ({ sequence, random: random.fork(sequence) }));
    const batch = new BatchFiller(sequences, 3, config.padTokenId + 1).fill(items);
    const parameters = new Parameters(config);
    parameters.fill(model.weights);
    const sum = backwardBatch(new Tape({ backend, config, parameters }), config, batch, 1);
    expect(sum / batch.rows.length).toBeCloseTo(logPerplexity, 5);
  });

  it('counts right guesses: a model whose bias knows one word is right where that word is', async () => {
    const weights = new Map([...model.weights].map(([name, data]) => [name, data.slice().fill(0)]));
    const the = Number(farmTokenizer.encode('the').ids[0]);
    weights.get('lm_head.bias')![the] = 50;
    const sequences = corpus.validation;
    const { accuracy, logPerplexity } = await evaluate({ model: { config, weights }, backend, sequences });
    const random = new Random(0).fork('evaluation');
    const filler = new BatchFiller(sequences, 1, 2);
    const targets = Array.from({ length: sequences.count }, (_, i) => [
      ...filler.fill([{ sequence: i, random: random.fork(i) }]).targets,
    ]).flat();
    const share = targets.filter((target) => target === the).length / targets.length;
    expect(share).toBeGreaterThan(0);
    expect(accuracy).toBeCloseTo(share, 12);
    expect(logPerplexity).toBeCloseTo(50 * (1 - share), 3);
  });

  it('gives what tables of every type give, on a backend that has f32 alone', async () => {
    const sequences = corpus.validation;
    const exact = await evaluate({ model, backend, sequences });
    const tables = 'roberta.encoder.layer.1.ffn.tables';
    for (const tableDtype of ['bf16', 'f16', 'int8', 'int4'] as const) {
      const weights = new Map(model.weights);
      weights.set(tables, roundTables(weights.get(tables)!, config.hiddenSize, tableDtype));
      const rounded = await evaluate({ model: { config, weights }, backend, sequences });
      expect(rounded.logPerplexity).not.toBe(exact.logPerplexity);
      expect(await evaluate({ model, backend, sequences, precision: { tableDtype } })).toEqual(rounded);
    }
  });

  it('refuses sequences of another tokenizer and stops when cancelled', async () => {
    const sequences = corpus.validation;
    const small = { ...model, config: { ...config, vocabSize: 6 } };
    await expect(evaluate({ model: small, backend, sequences })).rejects.toThrow(/16 ids.*6/);
    const signal = AbortSignal.abort();
    await expect(evaluate({ model, backend, sequences, signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(evaluate({ model, backend, sequences, maxSequences: 0 })).rejects.toThrow(/0 sequences/);
  });
});

describe('tableHealth', () => {
  it('looks at the look-up layers only', async () => {
    const health = await tableHealth({ model, backend, sequences: corpus.validation });
    expect(health.tokens).toBe(corpus.validation.count * 12);
    expect(health.layers).toHaveLength(1);
    const [layer] = health.layers;
    expect(layer).toMatchObject({ layer: 1, tables: 4, cells: 8 });
    expect(layer!.occupancy).toBeGreaterThan(0.1);
    expect(layer!.score.mean).toBeGreaterThan(0);
    expect(layer!.outputShare).toBeGreaterThan(0);
    const dense = tinyConfig({ vocabSize: config.vocabSize, maxPositionEmbeddings: 16 });
    const plain = { config: dense, weights: initialWeights(dense, new Random(0)) };
    expect((await tableHealth({ model: plain, backend, sequences: corpus.validation })).layers).toEqual([]);
  });

  it('finds the dead bits of a projection whose bias drowns them', async () => {
    const weights = new Map(model.weights);
    const name = 'roberta.encoder.layer.1.ffn.projection.bias';
    const bias = weights.get(name)!.slice();
    bias[0] = 1000;
    bias[7] = -1000;
    weights.set(name, bias);
    const sequences = corpus.validation;
    const before = await tableHealth({ model, backend, sequences });
    const after = await tableHealth({ model: { config, weights }, backend, sequences });
    expect(after.layers[0]!.constantBits).toBeGreaterThanOrEqual(2);
    expect(after.layers[0]!.occupancy).toBeLessThan(before.layers[0]!.occupancy);
  });

  it('counts by hand', () => {
    const counts = new CellCounts({
      hidden: 4,
      out: 4,
      tables: 2,
      bits: 2,
      projection: 'dense',
      block: 1,
      stages: 1,
      read: 'single',
    });
    // Table 0: codes 0, 1, 2, 3; table 1: always 2 but once 3.
    counts.add(2, Int32Array.of(0, 2, 1, 2), Float32Array.of(1, 3, 1, 3));
    counts.add(2, Int32Array.of(2, 2, 3, 3), Float32Array.of(1, 3, 1, 3));
    // The first of four columns is 1, 3, 1, 3: a variance of 1, a quarter of it a column; the hidden states are all 2.
    const outputs = Float32Array.of(1, 5, 0, 0, 3, 5, 0, 0);
    counts.addOutputs(new Float32Array(8).fill(2), outputs);
    counts.addOutputs(new Float32Array(8).fill(-2), outputs);
    const health = counts.health(7);
    expect(health).toMatchObject({ layer: 7, tables: 2, cells: 4, busiestCell: 0.75, constantBits: 1 });
    expect(health.occupancy).toBe(6 / 8);
    const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    expect(health.evenness).toBeCloseTo((1 + Math.exp(entropy) / 4) / 2, 12);
    expect(health.score.mean).toBe(2);
    expect(health.score.deviation).toBe(1);
    expect(health.outputShare).toBe(Math.sqrt(0.25 / 4));
  });
});
