import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Corpus } from '../src/data/sequences.js';
import { listCheckpoints } from '../src/training/checkpoint.js';
import type { TrainingOptionsInput } from '../src/training/options.js';
import type { TrainingProgress } from '../src/training/progress.js';
import { Trainer } from '../src/training/trainer.js';
import { farmCorpus, farmTokenizer } from './corpus.js';
import { backend, tinyConfig } from './model.js';

const config = tinyConfig({
  norm: 'pre',
  vocabSize: farmTokenizer.vocabularySize,
  maxPositionEmbeddings: 16,
  ffn: {
    kind: 'lookup',
    tables: 4,
    bits: 3,
    block: 4,
    stages: 2,
    read: 'two-cell',
    temperature: true,
    scorePower: true,
  },
});

const options: TrainingOptionsInput = {
  steps: 12,
  batchSize: 5,
  sequenceLength: 12,
  learningRate: 5e-3,
  warmupSteps: 2,
  cellVariation: 1,
  seed: 3,
};

let folder: string;
let corpus: Corpus;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookupffn-run-'));
  corpus = await farmCorpus();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs until done, or until step `stopAt` and the signal. */
async function runTo(trainer: Trainer, stopAt = Number.POSITIVE_INFINITY) {
  const controller = new AbortController();
  const progress: TrainingProgress[] = [];
  const result = await trainer.run({
    signal: controller.signal,
    onProgress: (p) => {
      progress.push(p);
      if (p.step >= stopAt) controller.abort();
    },
  });
  return { result, progress, losses: progress.map(({ loss }) => loss) };
}

const create = (more: Partial<Parameters<typeof Trainer.create>[0]> = {}) =>
  Trainer.create({ config, backend, corpus, options, tokenizer: farmTokenizer, ...more });
const resume = (more: Partial<Parameters<typeof Trainer.resume>[1]> = {}) =>
  Trainer.resume(folder, { backend, corpus, tokenizer: farmTokenizer, ...more });

const newest = async () => (await listCheckpoints(folder)).at(-1)!.folder;

describe('Trainer', () => {
  it('learns: the loss on held-out text falls far below that of guessing words', async () => {
    for (const ffn of [{ kind: 'dense' } as const, config.ffn]) {
      const trainer = await create({
        config: { ...config, hiddenSize: 16, intermediateSize: 32, ffn },
        options: { ...options, steps: 150, batchSize: 16, learningRate: 1e-2 },
      });
      const { result, losses } = await runTo(trainer);
      expect(result.status).toBe('completed');
      expect(losses[0]).toBeGreaterThan(2.4);
      // ln 4 would be guessing the animal or its sound and knowing all else.
      expect(result.validation!.logPerplexity).toBeLessThan(1.4);
    }
  });

  it('gives bit-identical losses and weights when run again, and others from another seed', async () => {
    const first = await create();
    const second = await create();
    const a = await runTo(first);
    const b = await runTo(second);
    expect(b.losses).toEqual(a.losses);
    expect(second.model.weights).toEqual(first.model.weights);
    expect(b.result.validation).toEqual(a.result.validation);
    const other = await runTo(await create({ options: { ...options, seed: 4 } }));
    expect(other.losses).not.toEqual(a.losses);
  });

  it('goes on after a cut at any step with the same losses, bit for bit', async () => {
    const whole = await create();
    const expected = await runTo(whole);
    for (const cuts of [[1], [4, 5], [7, 11], [12]]) {
      let trainer = await create({ folder, overwrite: true });
      const losses: number[] = [];
      for (const cut of cuts) {
        const part = await runTo(trainer, cut);
        losses.push(...part.losses);
        const status = cut === 12 ? 'completed' : 'interrupted';
        expect(part.result).toMatchObject({ status, step: cut, checkpoint: await newest() });
        trainer = await resume();
        expect(trainer.step).toBe(cut);
      }
      const rest = await runTo(trainer);
      expect([...losses, ...rest.losses]).toEqual(expected.losses);
      expect(rest.result).toMatchObject({ status: 'completed', validation: expected.result.validation });
      expect(trainer.model.weights).toEqual(whole.model.weights);
      const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).loss)).toEqual(expected.losses);
    }
  });

  it('resumes with the look-ups that dropout leaves out, and in the middle of annealing, bit for bit', async () => {
    const regularised = {
      ...options,
      tableDropout: 0.3,
      annealFrom: 'neighbours',
      annealSteps: 6,
      cellVariationBits: 'all',
    } as const;
    const plain = await runTo(await create());
    const expected = await runTo(await create({ options: regularised }));
    expect(expected.losses[0]).not.toEqual(plain.losses[0]);
    const first = await runTo(await create({ folder, options: regularised }), 4);
    const rest = await runTo(await resume());
    expect([...first.losses, ...rest.losses]).toEqual(expected.losses);
    // Evaluation reads as the model does, with every table.
    expect(rest.result.validation).toEqual(expected.result.validation);
  });

  it('trains with more masks where asked to, and is measured by as many as ever', async () => {
    const usual = await runTo(await create());
    const more = await runTo(await create({ options: { ...options, mlmProbability: 0.5 } }));
    expect(more.losses[0]).not.toEqual(usual.losses[0]);
    expect(more.result.validation).toMatchObject({
      maskedTokens: (usual.result.validation as { maskedTokens: number }).maskedTokens,
    });
    expect(more.result.validation).not.toEqual(usual.result.validation);
  });

  it('looks at the tables when it evaluates, where asked to', async () => {
    const watched = { ...options, evaluateEvery: 6, watchTables: true };
    const { progress, losses } = await runTo(await create({ folder, options: watched }));
    expect(progress.filter((p) => p.tables).map((p) => p.step)).toEqual([6, 12]);
    expect(progress[5]!.tables!.layers.map(({ layer }) => layer)).toEqual([0, 1]);
    expect(losses).toEqual((await runTo(await create())).losses);
    const dense = await create({ config: { ...config, ffn: { kind: 'dense' } }, options: watched });
    expect((await runTo(dense)).progress.some((p) => p.tables)).toBe(false);
  });

  it('keeps the best evaluated checkpoint besides the newest', async () => {
    const trainer = await create({
      folder,
      // A rate this high makes later evaluations worse than some earlier one.
      options: { ...options, learningRate: 1, evaluateEvery: 1, keepCheckpoints: 1, keepBest: true },
    });
    const { result, progress } = await runTo(trainer);
    const evaluated = progress.map((p) => p.validation!.logPerplexity);
    const best = evaluated.indexOf(Math.min(...evaluated)) + 1;
    expect(best).toBeLessThan(12);
    expect(result.best).toMatchObject({ step: best, logPerplexity: evaluated[best - 1] });
    const steps = (await listCheckpoints(folder)).map(({ step }) => step);
    expect(steps).toEqual([best, 12]);
    expect(result.best!.checkpoint).toBe((await listCheckpoints(folder))[0]!.folder);
    expect((await runTo(await resume())).result.best).toEqual(result.best);
  });

  it('goes on from its last checkpoint after a kill, whose traces it clears', async () => {
    const expected = await runTo(await create());
    const killed = await create({ folder, options: { ...options, checkpointEvery: 4 } });
    await runTo(killed, 9);
    // What a kill at step 9 leaves: no checkpoint of that step, a half-written one, a line cut short.
    await rm(await newest(), { recursive: true });
    const half = join(folder, 'checkpoints', '.writing-abc');
    await mkdir(half);
    await writeFile(join(half, 'model.safetensors'), 'half');
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":10,"lo');
    const trainer = await resume();
    expect(trainer.step).toBe(8);
    const rest = await runTo(trainer);
    expect(rest.losses).toEqual(expected.losses.slice(8));
    expect((await readdir(join(folder, 'checkpoints'))).sort()).toEqual(['step-00000008', 'step-00000012']);
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it('keeps the last checkpoints only, each a complete model', async () => {
    const trainer = await create({
      folder,
      options: { ...options, checkpointEvery: 2, evaluateEvery: 5, keepCheckpoints: 3 },
    });
    const { result, progress } = await runTo(trainer);
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([8, 10, 12]);
    expect(progress.filter((p) => p.checkpoint).map((p) => p.step)).toEqual([2, 4, 6, 8, 10, 12]);
    expect(progress.filter((p) => p.validation).map((p) => p.step)).toEqual([5, 10, 12]);
    const model = await loadModelFolder(result.checkpoint!);
    expect(model.weights).toEqual(trainer.model.weights);
    expect(model.config.maskTokenId).toBe(4);
    expect(JSON.parse(model.tokenizerJson!)).toEqual(farmTokenizer.toJSON());
    // A finished run resumes to its end.
    const again = await runTo(await resume());
    expect(again.progress).toEqual([]);
    expect(again.result).toEqual(result);
  });

  it('reports progress and writes it, line by line', async () => {
    const { progress } = await runTo(await create({ folder }));
    expect(progress.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    for (const p of progress) {
      expect(p.steps).toBe(12);
      expect(p.tokens).toBe(p.step * 5 * 12);
      expect(p.gradientNorm).toBeGreaterThan(0);
      expect(p.tokensPerSecond).toBeGreaterThan(0);
      expect(p.cellVariation).toBeGreaterThan(0);
    }
    expect(progress.at(-1)!.etaSeconds).toBe(0);
    expect(progress[0]!.learningRate).toBeCloseTo(2.5e-3, 10);
    const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines[11]!)).toMatchObject({ step: 12, validation: progress[11]!.validation });
  });

  it('gives nearly the same step in micro-batches, and the same number of masked tokens', async () => {
    const whole = await runTo(await create(), 1);
    const parts = await runTo(await create({ options: { ...options, microBatchSize: 2 } }), 1);
    expect(parts.losses[0]).toBeCloseTo(whole.losses[0]!, 5);
    expect(parts.progress[0]!.gradientNorm).toBeCloseTo(whole.progress[0]!.gradientNorm, 4);
  });

  it('lets the event loop run between steps', async () => {
    const trainer = await create();
    let turns = 0;
    let running = true;
    const turn = () => {
      turns++;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    await runTo(trainer);
    running = false;
    expect(turns).toBeGreaterThanOrEqual(12);
  });

  it('stops before the first step when the signal has fired already, and can go on', async () => {
    const trainer = await create({ folder });
    const result = await trainer.run({ signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: 'interrupted', step: 0, loss: null });
    const expected = await runTo(await create());
    expect((await runTo(await resume())).losses).toEqual(expected.losses);
    expect((await runTo(trainer)).losses).toEqual(expected.losses);
  });

  it('makes up for an evaluation that a stop cut short, in the line of its step and the same folder', async () => {
    const watched = { ...options, steps: 6, evaluateEvery: 3, watchTables: true, keepCheckpoints: 1 };
    const expected = await runTo(await create({ options: watched }));
    for (const [stop, keepBest] of [[3, false] as const, [6, false] as const, [6, true] as const]) {
      const trainer = await create({ folder, overwrite: true, options: { ...watched, keepBest } });
      const controller = new AbortController();
      // The signal fires within the step, before its evaluation.
      const cut = await trainer.run({
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === stop - 1) setImmediate(() => setImmediate(() => controller.abort()));
        },
      });
      expect(cut).toMatchObject({ status: 'interrupted', step: stop });
      const inode = async () => (await stat(join(await newest(), 'model.safetensors'))).ino;
      const before = await inode();
      const { result } = await runTo(await resume());
      expect(result).toMatchObject({ status: 'completed', validation: expected.result.validation });
      // The weights stand where they stood: a kill at any moment would have left them.
      if (stop === 6) expect(await inode()).toBe(before);
      const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4, 5, 6]);
      for (const at of [2, 5]) {
        const { validation, tables } = expected.progress[at]!;
        expect(JSON.parse(lines[at]!)).toMatchObject({ validation, tables });
      }
      expect((await resume()).step).toBe(6);
      expect(result.best === null).toBe(!keepBest);
    }
  });

  it('is one run at a time', async () => {
    const trainer = await create();
    const first = trainer.run();
    await expect(trainer.run()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await first;
  });

  it('stops when training diverges, naming step, texts and last good checkpoint', async () => {
    const trainer = await create({ folder, options: { ...options, checkpointEvery: 2 } });
    const run = trainer.run({
      onProgress: ({ step }) => {
        if (step === 5) trainer.model.weights.get('lm_head.dense.weight')!.fill(Number.NaN);
      },
    });
    await expect(run).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/step 6.*farm\d+.*learningRate.*step-00000004/s),
      details: expect.objectContaining({
        step: 6,
        checkpoint: await newest().catch(() => expect.anything()),
      }),
    });
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([2, 4]);
    expect((await resume()).step).toBe(4);
  });
});

describe('a learning rate far too high', () => {
  it.each([0, 1])('writes no checkpoint of broken weights (checkpointEvery %i)', async (checkpointEvery) => {
    const trainer = await create({
      folder,
      options: { ...options, warmupSteps: 0, learningRate: 1e38, checkpointEvery },
    });
    await expect(trainer.run()).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/diverged at step \d.*farm\d+.*Lower learningRate.*checkpoint/),
    });
    const left = await readdir(join(folder, 'checkpoints'));
    expect(left.every((name) => name.startsWith('step-'))).toBe(true);
    if (left.length > 0) await expect(resume()).resolves.toBeInstanceOf(Trainer);
  });
});

describe('weights that are finite still, but no longer a model', () => {
  it('are told by the evaluation, before they become a checkpoint', async () => {
    const wild = { ...options, warmupSteps: 0, learningRate: 1e20, evaluateEvery: 1 };
    const trainer = await create({ folder, options: wild });
    await expect(trainer.run()).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringMatching(/step 1: the log perplexity on held-out text is NaN/),
    });
    expect(await readdir(join(folder, 'checkpoints'))).toEqual([]);
  });
});

describe('a checkpoint that cannot be used', () => {
  beforeEach(async () => {
    await runTo(await create({ folder, options: { ...options, checkpointEvery: 4 } }), 6);
  });

  it.each(['model.safetensors', 'optimizer.safetensors', 'trainer.json', 'config.json'])(
    'a cut-off %s is named, and the way out',
    async (name) => {
      const path = join(await newest(), name);
      await truncate(path, Math.floor((await stat(path)).size / 2));
      await expect(resume()).rejects.toMatchObject({
        code: 'FILE_CORRUPT',
        message: expect.stringMatching(
          new RegExp(`${name}.*Remove .*step-00000006 to go on from .*step-00000004`, 's'),
        ),
      });
      await rm(await newest(), { recursive: true });
      expect((await resume()).step).toBe(4);
    },
  );

  it('a missing file is damage too, and a state of another format', async () => {
    const state = join(await newest(), 'trainer.json');
    await writeFile(state, '{"format":2}');
    await expect(resume()).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
    await rm(state);
    await expect(resume()).rejects.toMatchObject({ code: 'FILE_CORRUPT', message: /trainer\.json/ });
  });

  it('another config, other options, another corpus or tokenizer: every differing key is named', async () => {
    const dense = { ...config, ffn: { kind: 'dense' } as const, numAttentionHeads: 4 };
    await expect(resume({ config: dense, options: { learningRate: 1 } })).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      message: expect.stringMatching(/num_attention_heads \(was 2, now 4\)/),
      details: expect.objectContaining({
        keys: expect.arrayContaining([
          'config.num_attention_heads',
          'config.ffn.type',
          'options.learningRate',
        ]),
      }),
    });
    const other = await farmCorpus({ seed: 9 });
    await expect(resume({ corpus: other })).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      details: expect.objectContaining({ keys: ['corpus'] }),
    });
    await expect(resume({ corpus: { ...corpus, tokenizerHash: 'other' } })).rejects.toMatchObject({
      details: expect.objectContaining({ keys: ['tokenizer'] }),
    });
    // The run's own config and options, and another pace of checkpoints, are welcome.
    const same = await resume({ config, options: { ...options, checkpointEvery: 100 } });
    expect(same.options.checkpointEvery).toBe(100);
  });

  it('another corpus or tokenizer may be forced, and is said; another config or option may not', async () => {
    const other = { ...(await farmCorpus({ seed: 9 })), tokenizerHash: 'other' };
    await expect(resume({ corpus: other })).rejects.toThrow(/force it/);
    const forced = await resume({ corpus: other, force: true });
    expect(forced.changes).toEqual([
      expect.stringMatching(/^the tokenizer/),
      expect.stringMatching(/^the corpus/),
    ]);
    // From the next checkpoint on they are the run's.
    await forced.run({ signal: AbortSignal.abort() });
    expect((await resume({ corpus: other })).changes).toEqual([]);
    await expect(resume({ corpus: other, force: true, options: { seed: 9 } })).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
    });
  });

  it('says that another backend, or number of threads, goes on', async () => {
    expect((await resume()).changes).toEqual([]);
    const other = { ...backend, info: { ...backend.info, threads: backend.info.threads + 1 } };
    expect((await resume({ backend: other })).changes).toEqual([
      expect.stringMatching(/^the backend .*threads 1, now .*threads 2/),
    ]);
  });

  it('a folder without checkpoints cannot be resumed, one with them not be started in', async () => {
    await expect(Trainer.resume(join(folder, 'none'), { backend, corpus })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    await expect(create({ folder })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/Resume/),
    });
    expect((await resume()).step).toBe(6);
  });
});

describe('a run that branches off from another', () => {
  const stable = { ...options, steps: 8, schedule: 'constant' } as const;
  const end = { steps: 12, schedule: 'warmup_stable_decay', decaySteps: 4 } as const;
  let trunk: string;
  const fork = (more: Partial<Parameters<typeof Trainer.fork>[0]> = {}) =>
    Trainer.fork({ from: trunk, folder, backend, corpus, tokenizer: farmTokenizer, options: end, ...more });
  beforeEach(async () => {
    trunk = await mkdtemp(join(tmpdir(), 'lookupffn-trunk-'));
    await runTo(
      await create({ folder: trunk, options: { ...stable, checkpointEvery: 3, keepCheckpoints: 9 } }),
    );
  });
  afterEach(() => rm(trunk, { recursive: true, force: true }));

  it('ends as the run that was trained in one go, bit for bit, its metrics from the first step on', async () => {
    const whole = await create({ options: { ...options, ...end } });
    const expected = await runTo(whole);
    for (const fromStep of [undefined, 8, 6, 3]) {
      const trainer = await fork({ fromStep, overwrite: true });
      expect(trainer.step).toBe(fromStep ?? 8);
      const { result } = await runTo(trainer);
      expect(result.validation).toEqual(expected.result.validation);
      expect(trainer.model.weights).toEqual(whole.model.weights);
      const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).loss)).toEqual(expected.losses);
    }
    expect((await listCheckpoints(trunk)).map(({ step }) => step)).toEqual([3, 6, 8]);
  });

  it('is cut and resumed without the run that it came from', async () => {
    const expected = await runTo(await create({ options: { ...options, ...end } }));
    await runTo(await fork(), 10);
    await rm(trunk, { recursive: true });
    expect((await runTo(await resume())).result.validation).toEqual(expected.result.validation);
  });

  it('may go on as the run did, and branch once more', async () => {
    const longer = await mkdtemp(join(tmpdir(), 'lookupffn-longer-'));
    try {
      await runTo(await fork({ folder: longer, options: { steps: 10 } }));
      const { result } = await runTo(await fork({ from: longer, options: { ...end, steps: 14 } }));
      const whole = await runTo(await create({ options: { ...options, ...end, steps: 14 } }));
      expect(result.validation).toEqual(whole.result.validation);
    } finally {
      await rm(longer, { recursive: true });
    }
  });

  it.each([
    // Its first step has the peak still: the fall of the last five may begin with the eighth.
    ['a fall that would have begun', { ...end, decaySteps: 6 }, 'options.schedule', /step 8 had .* 0\.005/],
    ['another schedule', { steps: 12, schedule: 'linear' }, 'options.schedule', /step 4 had .* linear/],
    ['another seed', { ...end, seed: 4 }, 'options.seed', /was 3, now 4/],
    ['an end that is past', { steps: 8 }, 'options.steps', /8 are done, now 8/],
  ] as const)('refuses %s', async (_, given, key, message) => {
    await expect(fork({ options: given })).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      details: expect.objectContaining({ keys: expect.arrayContaining([key]) }),
      message: expect.stringMatching(message),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes on at other learning rates: the way on from a run that diverged', async () => {
    const lower = { ...end, learningRate: 1e-3, tableLearningRate: 1, projectionLearningRate: 1 };
    const { progress } = await runTo(await fork({ options: lower }));
    expect(progress.map(({ step, learningRate }) => [step, learningRate])[0]).toEqual([9, 1e-3]);
  });

  it('goes on with other regularisers, from the same weights', async () => {
    const same = await runTo(await fork({ options: end }));
    const none = { ...end, cellVariation: 0, tableDropout: 0.5, weightDecay: 0 };
    const { progress } = await runTo(await fork({ options: none, overwrite: true }));
    expect(progress[0]).toMatchObject({ step: 9 });
    expect(progress[0]).not.toHaveProperty('cellVariation');
    expect(progress[0]!.loss).not.toBe(same.progress[0]!.loss);
  });

  it('writes nothing where its checkpoint is damaged', async () => {
    const path = join((await listCheckpoints(trunk)).at(-1)!.folder, 'optimizer.safetensors');
    await truncate(path, 100);
    await expect(fork()).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses its own folder, and a step without a checkpoint, naming those there are', async () => {
    await expect(fork({ folder: trunk, overwrite: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await listCheckpoints(trunk)).toHaveLength(3);
    await expect(fork({ fromStep: 5 })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringMatching(/of step 5.*3, 6, 8/),
    });
  });
});

describe('what cannot be trained is refused before anything is written', () => {
  it.each([
    ['sequences over the position limit', { config: { ...config, maxPositionEmbeddings: 13 } }, /too long/],
    ['a vocabulary larger than the model', { config: { ...config, vocabSize: 6 } }, /16 ids.*6/],
    ['another sequence length', { options: { ...options, sequenceLength: 16 } }, /sequenceLength is 16/],
    ['a model that cannot exist', { config: { ...config, hiddenSize: 7 } }, /num_attention_heads/],
    ['weights of another model', { weights: new Map() }, /word_embeddings/],
  ])('%s', async (_, more, message) => {
    await expect(create(more)).rejects.toThrow(message);
  });

  it('a file where the folder should be', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(create({ folder: path })).rejects.toMatchObject({ code: 'FILE_IO' });
  });
});
