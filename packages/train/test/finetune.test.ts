import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReferenceBackend, Random } from '@lookupffn/core';
import {
  defineConfig,
  initialWeights,
  parameterSpecs,
  type RobertaConfigInput,
  type RobertaModel,
  Session,
} from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { evaluateTask, type FinetuneEvaluation, finetune, type TaskTokenizer } from '../src/index.js';

const tokenizer: TaskTokenizer = {
  encode: (text, { pair } = {}) => {
    const ids = (part: string) => Array.from(part, (letter) => 5 + (letter.charCodeAt(0) % 30));
    const first = [0, ...ids(text), 2];
    const second = pair === undefined ? [] : [...ids(pair), 2];
    return { ids: [...first, ...second], typeIds: [...first.map(() => 0), ...second.map(() => 1)] };
  },
  decode: () => '',
  specialTokens: {},
};

function model(input: RobertaConfigInput, seed = 3) {
  const config = defineConfig({
    vocabSize: 40,
    hiddenSize: 12,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 24,
    maxPositionEmbeddings: 24,
    initializerRange: 0.2,
    ...input,
  });
  return { config, weights: initialWeights(config, new Random(seed)) };
}

const backend = createReferenceBackend();
const options = { epochs: 6, batchSize: 16, learningRate: 1e-2 };
const lookup = { kind: 'lookup', tables: 4, bits: 4, block: 4, read: 'two-cell', skip: true } as const;
// The label is whether a z stands in the text.
const examples = Array.from({ length: 160 }, (_, i) => ({
  text: `${'abcdefg'[i % 7]}${i % 2 === 1 ? 'z' : 'q'}${'hijkl'[i % 5]}`,
  label: i % 2,
}));

describe('fine-tuning', () => {
  it.each<[string, RobertaConfigInput]>([
    ['a dense RoBERTa with a language-model head', {}],
    ['a look-up BERT without a head', { family: 'bert', head: 'none', typeVocabSize: 2, ffn: lookup }],
    ['a pre-norm model', { norm: 'pre', ffn: lookup }],
  ])('teaches %s to tell classes apart', async (_, input) => {
    const start = model(input);
    const before = new Map([...start.weights].map(([name, data]) => [name, data.slice()]));
    const task = {
      kind: 'classification',
      metrics: ['accuracy'],
      train: examples.slice(0, 120),
      test: examples.slice(120),
    } as const;
    const losses: number[] = [];
    const tuned = await finetune({
      model: start,
      backend,
      tokenizer,
      task,
      options,
      onProgress: ({ loss }) => losses.push(loss),
    });
    expect(start.weights).toEqual(before);
    expect(losses[0]).toBeCloseTo(Math.log(2), 0);
    const session = await Session.create({ model: tuned, backend });
    const result = await evaluateTask(session, tokenizer, task);
    expect(result).toMatchObject({ method: 'head', metrics: { accuracy: 1 } });
    await session.dispose();
  });

  it('trains and measures on as much of a text, whatever limit the tokenizer holds', async () => {
    const limited: TaskTokenizer = {
      ...tokenizer,
      encode: (text, { truncation, maxLength = 5 } = {}) => {
        const ids = Array.from(tokenizer.encode(text).ids);
        return { ids: truncation === false ? ids : [...ids.slice(0, maxLength - 1), 2] };
      },
    };
    // The letter that tells is past that limit.
    const later = examples.map(({ text, label }) => ({ text: `abcd${text}`, label }));
    const task = {
      kind: 'classification',
      metrics: ['accuracy'],
      train: later.slice(0, 120),
      test: later.slice(120),
    } as const;
    const all = { ...options, maxLength: 0 };
    const tuned = await finetune({ model: model({}), backend, tokenizer: limited, task, options: all });
    const session = await Session.create({ model: tuned, backend });
    expect(await evaluateTask(session, limited, task)).toMatchObject({ metrics: { accuracy: 1 } });
    await session.dispose();
  });

  it('teaches scores of pairs', async () => {
    const train = Array.from({ length: 120 }, (_, i) => ({
      text: 'abz'[i % 3]!,
      pair: 'cd'[i % 2]!,
      label: (i % 3) + 3 * (i % 2),
    }));
    const task = { kind: 'regression', metrics: ['spearman'], train, test: train.slice(0, 12) } as const;
    const start = model({ family: 'bert', head: 'none', typeVocabSize: 2 });
    const longer = { ...options, epochs: 12 };
    const tuned = await finetune({ model: start, backend, tokenizer, task, options: longer });
    const session = await Session.create({ model: tuned, backend });
    const { metrics } = await evaluateTask(session, tokenizer, task);
    expect(metrics.spearman).toBeGreaterThan(0.9);
    await session.dispose();
  });

  it('teaches scores of single texts', async () => {
    const train = Array.from({ length: 120 }, (_, i) => ({
      text: `${'abc'[i % 3]}${'zq'[i % 2]}`,
      label: (i % 3) / 2 - (i % 2),
    }));
    const task = { kind: 'regression', metrics: ['pearson'], train, test: train.slice(0, 6) } as const;
    const longer = { ...options, epochs: 12 };
    const tuned = await finetune({ model: model({}), backend, tokenizer, task, options: longer });
    expect(tuned.config).toMatchObject({ problemType: 'regression', labels: ['score'] });
    const session = await Session.create({ model: tuned, backend });
    const { method, metrics } = await evaluateTask(session, tokenizer, task);
    expect(method).toBe('head');
    expect(metrics.pearson).toBeGreaterThan(0.9);
    await session.dispose();
  });

  it("starts from BERT's pooler where the model comes with it, and from a head of its own where that fits", async () => {
    const bert = (change: RobertaConfigInput) => model({ family: 'bert', typeVocabSize: 2, ...change });
    const classes = (...labels: string[]) =>
      bert({ head: 'sequence-classification', problemType: 'single_label_classification', labels });
    const task = { kind: 'classification', train: examples.slice(0, 4) } as const;
    const still = { ...options, epochs: 1, learningRate: 0 };
    const tune = async (start: RobertaModel) =>
      (await finetune({ model: start, backend, tokenizer, task, options: still })).weights;
    const [pooler, out] = ['bert.pooler.dense.weight', 'classifier.weight'];
    const three = classes('a', 'b', 'c');
    const pooled = { ...bert({ head: 'none' }), weights: three.weights };
    expect((await tune(pooled)).get(pooler)).toEqual(three.weights.get(pooler));
    // Of other classes: its pooler is kept, its outputs cannot be.
    expect((await tune(three)).get(pooler)).toEqual(three.weights.get(pooler));
    expect((await tune(three)).get(out)).toHaveLength(2 * 12);
    const two = classes('a', 'b');
    expect((await tune(two)).get(out)).toEqual(two.weights.get(out));
    const bare = bert({ head: 'none' });
    expect((await tune(bare)).get(pooler)).not.toEqual(three.weights.get(pooler));
  });

  it('has a rate for what makes the codes, and one for the tables', async () => {
    const start = model({ ffn: lookup });
    const task = { kind: 'classification', train: examples.slice(0, 32) } as const;
    const still = { tableLearningRate: 0, projectionLearningRate: 0 };
    const tuned = await finetune({
      ...{ model: start, backend, tokenizer, task },
      options: { ...options, epochs: 1, ...still },
    });
    const kinds = new Map(parameterSpecs(start.config).map(({ name, kind }) => [name, kind]));
    const held = ['projection', 'threshold', 'table'];
    const changed = [...start.weights].map(([name, data]) => {
      const after = tuned.weights.get(name);
      return [kinds.get(name), after ? !after.every((value, i) => value === data[i]) : null];
    });
    for (const [kind, moved] of changed) {
      // The head of the language model is gone.
      if (moved !== null) expect([kind, moved]).toEqual([kind, !held.includes(kind as string)]);
    }
    expect([...kinds.values()]).toEqual(expect.arrayContaining(held));
  });

  it('leaves look-ups out in training alone, the same after a stop', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookupffn-'));
    try {
      const task = { kind: 'classification', train: examples.slice(0, 40) } as const;
      const run = (tableDropout: number, change: object = {}) =>
        finetune({
          ...{ model: model({ ffn: lookup }), backend, tokenizer, task },
          options: { epochs: 1, batchSize: 8, tableDropout },
          ...change,
        });
      const whole = await run(0.5);
      expect(whole.weights).not.toEqual((await run(0)).weights);
      const checkpoint = join(folder, 'finetune.safetensors');
      const controller = new AbortController();
      const onProgress = ({ step }: { step: number }) => step === 2 && controller.abort();
      await expect(run(0.5, { checkpoint, signal: controller.signal, onProgress })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      expect((await run(0.5, { checkpoint })).weights).toEqual(whole.weights);
      for (const rate of [1, -0.1, Number.NaN]) {
        await expect(run(rate)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('goes on after a stop to the same bits, and not with other settings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookupffn-'));
    try {
      const task = { kind: 'classification', train: examples.slice(0, 40) } as const;
      const checkpoint = join(folder, 'finetune.safetensors');
      const steps: number[] = [];
      const run = (change: object = {}, epochs = 3) =>
        finetune({
          model: model({ ffn: lookup }),
          backend,
          tokenizer,
          task,
          options: { epochs, batchSize: 8 },
          onProgress: ({ step }) => steps.push(step),
          ...change,
        });
      const whole = await run();
      const controller = new AbortController();
      // In the middle of the second epoch, whose order comes from the first's.
      const onProgress = ({ step }: { step: number }) => step === 7 && controller.abort();
      await expect(run({ checkpoint, signal: controller.signal, onProgress })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      await expect(run({ checkpoint }, 4)).rejects.toMatchObject({ code: 'RUN_MISMATCH' });
      await expect(run({ checkpoint, model: model({ ffn: lookup }, 9) })).rejects.toMatchObject({
        code: 'RUN_MISMATCH',
      });
      const short = { options: { epochs: 3, maxSteps: 4, batchSize: 8 } };
      await expect(run({ checkpoint, ...short })).rejects.toMatchObject({ code: 'RUN_MISMATCH' });
      steps.length = 0;
      const dropout = { options: { epochs: 3, batchSize: 8, tableDropout: 0.5 } };
      await expect(run({ checkpoint, ...dropout })).rejects.toMatchObject({ code: 'RUN_MISMATCH' });
      const few = await run(short);
      expect(steps).toEqual([1, 2, 3, 4]);
      // Its schedule ends there: not the first four of a longer one.
      expect(few.weights).not.toEqual(whole.weights);
      steps.length = 0;
      expect((await run({ checkpoint })).weights).toEqual(whole.weights);
      expect(steps).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps the best epoch on examples held out, also over a stop', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookupffn-'));
    try {
      // A rate that learns the task and then destroys it: the last epoch is not the best.
      const task = { kind: 'classification', metrics: ['accuracy'], train: examples } as const;
      const evaluations: FinetuneEvaluation[] = [];
      const run = (change: object = {}, split = 0.25) =>
        finetune({
          ...{ model: model({}), backend, tokenizer, task },
          options: { epochs: 8, batchSize: 8, learningRate: 0.05, seed: 3, validationSplit: split },
          onEvaluation: (evaluation) => evaluations.push(evaluation),
          ...change,
        });
      const whole = await run();
      const all = evaluations.splice(0);
      expect(all.map(({ step, epoch }) => [step, epoch])).toEqual(
        Array.from({ length: 8 }, (_, i) => [15 * (i + 1), i + 1]),
      );
      const scores = all.map(({ metrics }) => metrics.accuracy!);
      const most = Math.max(...scores);
      const first = scores.indexOf(most);
      expect(first).toBeLessThan(7);
      expect(all.map(({ best }, i) => best === scores[i]! > Math.max(-1, ...scores.slice(0, i)))).toEqual(
        Array(8).fill(true),
      );
      // The weights are those that were measured, not the last.
      const short = await run({
        signal: undefined,
        onEvaluation: undefined,
        onProgress: undefined,
        checkpoint: join(folder, 'whole'),
      });
      expect(short.weights).toEqual(whole.weights);
      // Stopped in an epoch after the best one, and gone on.
      const checkpoint = join(folder, 'stopped');
      const controller = new AbortController();
      const onProgress = ({ step }: { step: number }) => step === 15 * (first + 1) + 3 && controller.abort();
      await expect(run({ checkpoint, signal: controller.signal, onProgress })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      expect((await run({ checkpoint })).weights).toEqual(whole.weights);
      // Stopped while an epoch is measured: that measuring is made again.
      const later = join(folder, 'later');
      const second = new AbortController();
      evaluations.length = 0;
      const stopping = ({ step }: { step: number }) => step === 30 && second.abort();
      await expect(
        run({ checkpoint: later, signal: second.signal, onProgress: stopping }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
      expect(evaluations.splice(0).map(({ epoch }) => epoch)).toEqual([1]);
      expect((await run({ checkpoint: later })).weights).toEqual(whole.weights);
      expect(evaluations.map(({ epoch }) => epoch)).toEqual([2, 3, 4, 5, 6, 7, 8]);
      for (const share of [1, -0.5, 0.001, Number.NaN]) {
        await expect(run({}, share)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is the same for the same seed, is cancelled, and refuses labels that are no classes', async () => {
    const task = { kind: 'classification', train: examples.slice(0, 32) } as const;
    const run = (change: object) =>
      finetune({ model: model({}), backend, tokenizer, task, options: { epochs: 1 }, ...change });
    expect((await run({})).weights).toEqual((await run({})).weights);
    const controller = new AbortController();
    controller.abort();
    await expect(run({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const bad = { ...task, train: [{ text: 'a', label: 0.5 }] };
    await expect(run({ task: bad })).rejects.toMatchObject({ code: 'CORPUS_INVALID' });
    await expect(run({ task: { ...task, train: [] } })).rejects.toMatchObject({ code: 'CORPUS_INVALID' });
    const one = { ...task, train: task.train.map(({ text }) => ({ text, label: 1 })) };
    await expect(run({ task: one })).rejects.toThrow(/at least two classes/);
    // Before a step is made, and not when the time has come to measure.
    const onProgress = () => expect.unreachable();
    const wider = { ...task, test: [{ text: 'a', label: 4 }] };
    await expect(run({ task: wider, onProgress })).rejects.toThrow(/label 4, but .* classes 0 to 1/);
  });
});
