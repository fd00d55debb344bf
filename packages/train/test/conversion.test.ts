import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReferenceBackend, Random } from '@lookupffn/core';
import { defineConfig, initialWeights } from '@lookupffn/roberta';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fitAffine } from '../src/conversion/affine.js';
import { Block, ErrorSum } from '../src/conversion/block.js';
import { distilLoss } from '../src/conversion/distil.js';
import { convertDefaults, convertedConfig } from '../src/conversion/options.js';
import { PairReader, PairWriter } from '../src/conversion/pair-file.js';
import { convertModel } from '../src/index.js';

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
  const fit = await fitAffine(backend, reader, rows, 1e-5);
  const errors = new ErrorSum(d);
  const standardised = normed.map((value, i) => (value - fit.mean[i % d]!) / fit.deviation[i % d]!);
  const found = new Float32Array(y.length);
  backend.ops.linear({ rows, in: d, out: d }, standardised, fit.weight, fit.bias, found);
  errors.add(found, y);
  expect(errors.unexplained(fit.variance).share).toBeLessThan(1e-5);
  const constant = new ErrorSum(d);
  constant.add(
    Float32Array.from(y, (_, i) => fit.bias[i % d]!),
    y,
  );
  expect(constant.unexplained(fit.variance).share).toBeCloseTo(1, 3);
  await reader.close();
});

it("distillation's gradient is that of its loss", () => {
  const random = new Random(3);
  const size = 5;
  const offsets = Int32Array.of(0, 3, 7);
  const student = normals(random, 7 * size);
  const teacher = normals(random, 7 * size);
  const { gradient } = distilLoss(student, teacher, offsets, size);
  for (const i of [0, 4, 12, 23, 34]) {
    const at = (change: number) => {
      const moved = student.slice();
      moved[i]! += change;
      return distilLoss(moved, teacher, offsets, size).loss;
    };
    const step = 2 ** -8;
    expect(gradient[i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4);
  }
  expect(distilLoss(teacher, teacher, offsets, size).loss).toBeCloseTo(0, 6);
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
  };
  const run = (change: object = {}) =>
    convertModel({ model, backend, sequences, folder: root, options: { ...options, ...change } });

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
    expect(report.distilled).toBeGreaterThan(report.budget[1]!.lookup);
    expect(report.chosen).toEqual([0, 1]);
    expect(converted.config.ffn).toMatchObject({ kind: 'lookup', skip: true, layers: [0, 1] });
    const tables = affineOnly.weights.get('bert.encoder.layer.0.ffn.tables')!;
    expect(tables.every((value) => value === 0)).toBe(true);
    // What was captured is gone; what goes on is kept.
    expect((await readdir(root)).sort()).toEqual([
      'convert.json',
      'layer-0.safetensors',
      'layer-1.safetensors',
    ]);
    expect(progress).toContain('running the dense model');
  });

  it('goes on after a stop to the same result, and not with other settings', async () => {
    const whole = await run();
    await rm(root, { recursive: true });
    const controller = new AbortController();
    const stopped = convertModel({
      model,
      backend,
      sequences,
      folder: root,
      options,
      signal: controller.signal,
      onProgress: (what, step) => {
        if (what.startsWith('layer 1') && step === 20) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(root)).toContain('layer-0.safetensors');
    expect((await run()).report).toEqual(whole.report);
    await expect(run({ tables: 7 })).rejects.toMatchObject({ code: 'RUN_MISMATCH' });
  });

  it('converts as many layers as the loss allows', async () => {
    expect((await run({ layers: 'auto', maxLoss: 0, distilSteps: 0 })).report.chosen).toEqual([]);
    await rm(root, { recursive: true });
    expect((await run({ layers: 'auto', maxLoss: 2, distilSteps: 0 })).report.chosen).toEqual([0, 1]);
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
    expect(() => new Block(backend, config, 0)).toThrow(/no look-up layer/);
  });
});
