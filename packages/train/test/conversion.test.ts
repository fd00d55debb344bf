import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReferenceBackend, Random } from '@lookupffn/core';
import {
  defineConfig,
  type FfnSection,
  initialWeights,
  lookupDefaults,
  type RobertaConfigInput,
} from '@lookupffn/roberta';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fitAffine } from '../src/conversion/affine.js';
import { Block, ErrorSum } from '../src/conversion/block.js';
import { distilBatches } from '../src/conversion/distil-batches.js';
import { distilHead } from '../src/conversion/distil-head.js';
import { embeddingLoss, hiddenLoss, scoreLoss, softLoss } from '../src/conversion/distil-loss.js';
import { distilStep } from '../src/conversion/distil-step.js';
import { StudentTape, TeacherEvaluator } from '../src/conversion/hidden-states.js';
import { rowWeights } from '../src/conversion/importance.js';
import { convertDefaults, convertedConfig } from '../src/conversion/options.js';
import { PairReader, PairWriter } from '../src/conversion/pair-file.js';
import { approximateLayer, captureLayers, convertModel } from '../src/index.js';
import { Parameters } from '../src/tape/parameters.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const backend = createReferenceBackend();
const normals = (random: Random, length: number) => Float32Array.from({ length }, () => random.normal());

describe('captured pairs', () => {
  it('come back from their file, in order and by place', async () => {
    const random = new Random(1);
    const [x, y] = [normals(random, 40), normals(random, 40)];
    const path = join(root, 'pairs');
    const writer = await PairWriter.create(path, 4);
    await writer.append({ rows: 6, x: x.subarray(0, 24), y: y.subarray(0, 24) });
    await writer.append({ rows: 4, x: x.subarray(24), y: y.subarray(24) });
    expect(await readdir(root)).toEqual(['pairs.tmp']);
    await writer.finish();
    const reader = await PairReader.open(path, 4);
    expect(reader.rows).toBe(10);
    const found = await reader.read([7, 2], 2);
    expect(found.x).toEqual(Float32Array.from([...x.subarray(28, 36), ...x.subarray(8, 16)]));
    expect(found.y).toEqual(Float32Array.from([...y.subarray(28, 36), ...y.subarray(8, 16)]));
    let rows = 0;
    for await (const pairs of reader.scan(1, 10, 4)) rows += pairs.rows;
    expect(rows).toBe(9);
    await reader.close();
  });
});

it('the affine fit finds an affine map, and knows the variance of what it is fitted to', async () => {
  const random = new Random(2);
  const d = 6;
  const rows = 300;
  const x = normals(random, rows * d);
  const normed = new Float32Array(x.length);
  const [ones, zeros] = [new Float32Array(d).fill(1), new Float32Array(d)];
  backend.ops.layerNorm({ rows, size: d, epsilon: 1e-5 }, x, ones, zeros, normed);
  const map = normals(random, d * d);
  const offset = normals(random, d);
  const y = new Float32Array(x.length);
  backend.ops.linear({ rows, in: d, out: d }, normed, map, offset, y);
  const path = join(root, 'pairs');
  const writer = await PairWriter.create(path, d);
  await writer.append({ rows, x, y });
  await writer.finish();
  const reader = await PairReader.open(path, d);
  const fit = await fitAffine(backend, reader, rows, { norm: 'pre', layerNormEps: 1e-5 });
  const errors = new ErrorSum(d);
  const standardised = normed.map((value, i) => (value - fit.mean[i % d]!) / fit.deviation[i % d]!);
  const found = new Float32Array(y.length);
  backend.ops.linear({ rows, in: d, out: d }, standardised, fit.weight, fit.bias, found);
  const equal = new Float32Array(rows).fill(1);
  errors.add(found, y, equal);
  expect(errors.unexplained(fit).share).toBeLessThan(1e-5);
  const constant = new ErrorSum(d);
  constant.add(
    Float32Array.from(y, (_, i) => fit.bias[i % d]!),
    y,
    equal,
  );
  expect(constant.unexplained(fit).share).toBeCloseTo(1, 3);
  await reader.close();
});

it('a token counts by what the LayerNorm behind it leaves of its error', () => {
  const random = new Random(6);
  const [rows, size] = [4, 96];
  const pairs = { rows, x: normals(random, rows * size), y: normals(random, rows * size) };
  // An outlier: LayerNorm divides it, and any error in it, by fifty times as much.
  for (let c = 0; c < size; c++) pairs.y[c]! *= 50;
  expect(rowWeights({ norm: 'pre' }, pairs)).toEqual(new Float32Array(rows).fill(1));
  const weights = rowWeights({ norm: 'post' }, pairs);
  const [ones, zeros] = [new Float32Array(size).fill(1), new Float32Array(size)];
  const normed = (sum: Float32Array) => {
    const y = new Float32Array(sum.length);
    backend.ops.layerNorm({ rows, size, epsilon: 1e-12 }, sum, ones, zeros, y);
    return y;
  };
  const sum = pairs.x.map((value, i) => value + pairs.y[i]!);
  const before = normed(sum);
  // A small error of no mean; what of it lies along the row is scaled away, which is little of so many columns.
  const error = (c: number) => (c % 2 ? 1e-2 : -1e-2);
  const after = normed(sum.map((value, i) => value + error(i % size)));
  for (let row = 0; row < rows; row++) {
    const seen = after
      .subarray(row * size, (row + 1) * size)
      .reduce((total, value, c) => total + (value - before[row * size + c]!) ** 2, 0);
    expect(seen / (weights[row]! * size * 1e-4)).toBeGreaterThan(0.8);
    expect(seen / (weights[row]! * size * 1e-4)).toBeLessThan(1.05);
  }
});

it("distillation's gradients are those of its losses", () => {
  const random = new Random(3);
  const size = 5;
  const offsets = Int32Array.of(0, 3, 7);
  const student = normals(random, 7 * size);
  const teacher = normals(random, 7 * size);
  const losses = [
    (x: Float32Array) => hiddenLoss(x, teacher, size, 0.7),
    (x: Float32Array) => embeddingLoss(x, teacher, offsets, size, 1.5),
    (x: Float32Array) => softLoss(x, teacher, size, 2, 0.7),
    (x: Float32Array) => scoreLoss(x, teacher, 0.7),
  ];
  for (const lossOf of losses) {
    const { gradient } = lossOf(student);
    for (const i of [0, 4, 12, 23, 34]) {
      const at = (change: number) => {
        const moved = student.slice();
        moved[i]! += change;
        return lossOf(moved).loss;
      };
      const step = 2 ** -8;
      expect(gradient[i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4);
    }
    expect(lossOf(teacher).loss).toBeCloseTo(0, 6);
  }
});

it.each<[string, RobertaConfigInput]>([
  ['words', { head: 'masked-lm', maskTokenId: 4 }],
  ['words of a pre-norm model', { head: 'masked-lm', maskTokenId: 4, norm: 'pre' }],
  [
    'classes',
    {
      head: 'sequence-classification',
      labels: ['a', 'b', 'c'],
      problemType: 'single_label_classification',
      family: 'bert',
    },
  ],
  ['scores', { head: 'sequence-classification', labels: ['a'], problemType: 'regression' }],
  ['hidden states alone', { head: 'none' }],
])('a step of distillation has the gradient of its loss: %s', (_, input) => {
  const shape = { vocabSize: 40, hiddenSize: 12, numHiddenLayers: 2, numAttentionHeads: 2 };
  const config = defineConfig({ ...shape, intermediateSize: 20, maxPositionEmbeddings: 24, ...input });
  const student = convertedConfig(config, [1], { ...convertDefaults, tables: 3, bits: 3, block: 4 });
  const large = (one: typeof config, seed: number) => {
    const weights = initialWeights(one, new Random(seed));
    for (const [name, data] of weights) {
      if (!/Norm|projection/.test(name)) for (let i = 0; i < data.length; i++) data[i]! *= 12;
    }
    return weights;
  };
  const parameters = new Parameters(student, () => 'all');
  parameters.fill(large(student, 1));
  const teacher = new TeacherEvaluator(backend, { config, weights: large(config, 2) });
  const tape = new StudentTape({ backend, config: student, parameters });
  const random = new Random(3);
  const texts = [9, 14].map((length) => Array.from({ length }, () => 5 + random.below(35)));
  const loss = (logitWeight: number) => {
    const head = distilHead(student, { logitWeight, temperature: 2, seed: 0 });
    parameters.gradients.fill(0);
    return distilStep({ tape, config: student, teacher, teacherConfig: config, head }, texts, 1);
  };
  const whole = loss(1);
  const gradients = parameters.gradients.slice();
  if (config.head === 'none') expect(whole).toBe(loss(0));
  else expect(whole).toBeGreaterThan(loss(0));
  const prefix =
    config.family === 'bert' ? 'bert' : config.norm === 'pre' ? 'roberta_prelayernorm' : 'roberta';
  for (const name of ['0.attention.self.value.weight', '1.ffn.tables', '1.ffn.skip.weight']) {
    const { data } = parameters.get(`${prefix}.encoder.layer.${name}`);
    const from = data.byteOffset / 4;
    const strongest = Array.from({ length: data.length }, (_, i) => i)
      .sort((a, b) => Math.abs(gradients[from + b]!) - Math.abs(gradients[from + a]!))
      .slice(0, 2);
    for (const i of strongest) {
      const start = data[i]!;
      const at = (change: number) => {
        data[i] = start + change;
        return loss(1);
      };
      const step = 2 ** -9;
      const slope = (at(step) - at(-step)) / (2 * step);
      data[i] = start;
      expect(Math.abs(gradients[from + i]! / slope - 1)).toBeLessThan(0.03);
    }
  }
  teacher.dispose();
});

it('batches take every text once before any twice', () => {
  const sequences = Array.from({ length: 7 }, (_, i) => [i, i]);
  const batches = distilBatches(sequences, 4, new Random(7));
  const taken = Array.from({ length: 7 }, () => batches.next().value).flat();
  expect(taken).toHaveLength(14);
  for (const half of [taken.slice(0, 7), taken.slice(7)]) {
    expect(half.map(([id]) => id).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }
});

describe('a conversion', () => {
  const config = defineConfig({
    family: 'bert',
    head: 'none',
    vocabSize: 60,
    hiddenSize: 8,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 24,
    maxPositionEmbeddings: 16,
  });
  const weights = initialWeights(config, new Random(4));
  for (const [name, data] of weights) {
    if (!name.includes('Norm')) for (let i = 0; i < data.length; i++) data[i]! *= 12;
  }
  const model = { config, weights };
  const random = new Random(5);
  const sequences = Array.from({ length: 480 }, () =>
    Array.from({ length: 4 + random.below(6) }, () => random.below(60)),
  );
  const options = {
    tables: 6,
    bits: 4,
    block: 4,
    steps: 60,
    distilSteps: 20,
    batchTokens: 128,
    learningRate: 3e-3,
    distilBatchTokens: 128,
    distilLearningRate: 1e-3,
  };
  const run = (change: object = {}) =>
    convertModel({ model, backend, sequences, folder: root, options: { ...options, ...change } });

  it('has a simpler sibling: another FFN fitted to one layer alone', async () => {
    await captureLayers({ model, backend, sequences, layers: [1], folder: root });
    const steps = { steps: 100, batchTokens: 128, learningRate: 1e-2, tableLearningRate: 3 };
    const approximate = (ffn: FfnSection, more: object = {}) =>
      approximateLayer({ backend, config, layer: 1, folder: root, ffn, seed: 0, ...steps, ...more });
    const dense = await approximate({ kind: 'dense' }, { intermediateSize: 32 });
    const narrow = await approximate({ kind: 'dense' }, { intermediateSize: 1 });
    const ffn = { ...lookupDefaults, kind: 'lookup', tables: 8, bits: 4, projection: 'dense' } as const;
    const lookup = await approximate({ ...ffn, read: 'two-cell' });
    const ranked = await approximate({ ...ffn, read: 'two-cell', outputRank: 1 });
    // One closed form, whatever is fitted beside it.
    for (const { affine } of [narrow, lookup, ranked]) expect(affine).toEqual(dense.affine);
    expect(dense.affine.share).toBeLessThan(1);
    // The layer is a dense FFN: only a dense one can do without a remainder, and one number cannot carry eight.
    expect(dense.fitted.share).toBeLessThan(dense.affine.share);
    expect(narrow.fitted.share).toBeGreaterThan(dense.affine.share);
    expect(lookup.fitted.share).toBeLessThan(0.9);
    expect(ranked.fitted.share).toBeGreaterThan(lookup.fitted.share);
    expect(await approximate({ ...ffn, read: 'two-cell' })).toEqual(lookup);
    await expect(approximate({ ...ffn, bits: 40 })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('explains more than its affine baseline, layer by layer and as a whole', async () => {
    const progress: string[] = [];
    const {
      model: converted,
      affineOnly,
      report,
    } = await convertModel({
      model,
      backend,
      sequences,
      folder: root,
      options,
      onProgress: (what) => progress.push(what),
    });
    expect(report.layers.map(({ layer }) => layer).sort()).toEqual([0, 1]);
    for (const { affine, warmStart, fitted } of report.layers) {
      expect(affine.perColumn).toBeLessThan(1);
      expect(warmStart.perColumn).toBeLessThan(affine.perColumn);
      expect(fitted.perColumn).toBeLessThan(warmStart.perColumn);
    }
    expect(report.budget).toHaveLength(2);
    expect(report.budget[1]!.lookup).toBeGreaterThan(report.budget[1]!.affine);
    expect(report.distilled.lookup).toBeGreaterThan(report.budget[1]!.lookup);
    expect(report.distilled.affine).toBeGreaterThan(report.budget[1]!.affine);
    expect(report.distilled.lookup).toBeGreaterThan(report.distilled.affine);
    expect(report.chosen).toEqual([0, 1]);
    const within = report.budget.findLast(({ lookup }) => lookup >= 1 - convertDefaults.maxLoss);
    expect(report.suggested).toEqual([...(within?.layers ?? [])].sort());
    expect(converted.config.ffn).toMatchObject({ kind: 'lookup', skip: true, layers: [0, 1] });
    const tables = affineOnly.weights.get('bert.encoder.layer.0.ffn.tables')!;
    expect(tables.every((value) => value === 0)).toBe(true);
    // What was captured is gone; what goes on is kept.
    expect((await readdir(root)).sort()).toEqual([
      'budget.json',
      'convert.json',
      'distil-affine.safetensors',
      'distil-lookup.safetensors',
      'layer-0.safetensors',
      'layer-1.safetensors',
    ]);
    expect(progress).toContain('running the dense model');
  });

  const bits = ({ model: { weights } }: Awaited<ReturnType<typeof run>>) => [...weights];
  let first: ReturnType<typeof run> | undefined;
  const uninterrupted = async () => {
    first ??= run().finally(() => rm(root, { recursive: true }));
    return first;
  };

  it.each([
    ['a fit', 'layer 1', 20],
    ['distillation', 'distilling look-ups', 12],
    ['the baseline', 'distilling affine', 3],
  ])('goes on after a stop in %s to the same bits, and not with other settings', async (_, what, at) => {
    const whole = await uninterrupted();
    const controller = new AbortController();
    const stopped = convertModel({
      model,
      backend,
      sequences,
      folder: root,
      options,
      signal: controller.signal,
      onProgress: (doing, step) => {
        if (doing.startsWith(what) && step === at) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(root)).toContain('layer-0.safetensors');
    const steps: number[] = [];
    const resumed = await convertModel({
      model,
      backend,
      sequences,
      folder: root,
      options,
      onProgress: (doing, step) => {
        if (doing.startsWith(what)) steps.push(step);
      },
    });
    if (what.startsWith('distilling')) expect(steps[0]).toBe(at + 1);
    expect(resumed.report).toEqual(whole.report);
    expect(bits(resumed)).toEqual(bits(whole));
    const refused = (message: RegExp) => ({ code: 'RUN_MISMATCH', message: expect.stringMatching(message) });
    await expect(run({ tables: 7 })).rejects.toMatchObject(refused(/with other settings/));
    // Of the same shape, one number another.
    const other = new Map(weights);
    other.set(
      'bert.embeddings.word_embeddings.weight',
      weights.get('bert.embeddings.word_embeddings.weight')!.slice(),
    );
    other.get('bert.embeddings.word_embeddings.weight')![77]! += 1e-3;
    const resume = (change: object) =>
      convertModel({ model, backend, sequences, folder: root, options, ...change });
    await expect(resume({ model: { config, weights: other } })).rejects.toMatchObject(
      refused(/another model/),
    );
    const shifted = sequences.map((ids) => ids.map((id) => (id + 1) % 60));
    await expect(resume({ sequences: shifted })).rejects.toMatchObject(refused(/other texts/));
  });

  it('converts as many layers as the loss allows, on the fits that are there', async () => {
    const fits = { layers: 'auto', distilSteps: 0 };
    const { report: plain } = await run({ ...fits, maxLoss: 0 });
    expect(plain.chosen).toEqual([]);
    const kept: string[] = [];
    const curve = () =>
      convertModel({
        model,
        backend,
        sequences,
        folder: root,
        options: { ...options, layers: 'auto', distilSteps: 0, maxLoss: 2, budgetSteps: 30 },
        onBudgetModel: async (kind, layers, { config: { ffn } }) => {
          expect(ffn).toMatchObject({ kind: 'lookup', layers: [...layers].sort() });
          kept.push(`${kind} ${layers.length}`);
        },
      });
    const { report } = await curve();
    expect(kept).toEqual(['affine 1', 'lookup 1', 'affine 2', 'lookup 2']);
    // Points that are done are not made again, and what they were distilled in is gone.
    expect((await curve()).report).toEqual(report);
    expect(kept).toHaveLength(4);
    expect((await readdir(root)).filter((name) => name.startsWith('distil'))).toEqual([]);
    expect(report.chosen).toEqual([0, 1]);
    expect(report.layers).toEqual(plain.layers);
    for (const kind of ['lookup', 'affine'] as const) {
      expect(report.budget[1]![kind]).toBeGreaterThan(plain.budget[1]![kind]);
    }
  });

  it('refuses a converted model, layers that are not there, and too little text', async () => {
    const lookup = { config: convertedConfig(config, [0], convertDefaults), weights };
    const bad = [
      convertModel({ model: lookup, backend, sequences, folder: root, options }),
      run({ layers: [2] }),
      convertModel({ model, backend, sequences: sequences.slice(0, 260), folder: root, options }),
    ];
    const codes = (await Promise.allSettled(bad)).map(
      (result) => result.status === 'rejected' && result.reason.code,
    );
    expect(codes).toEqual(['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'CORPUS_INVALID']);
    expect(() => new Block(backend, config, 0).lookup).toThrow(/no look-up layer/);
  });
});
