import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@lookupffn/core';
import { defineConfig, initialWeights, type RobertaConfigInput } from '@lookupffn/roberta';
import { loadModelFolder, saveModelFolder, saveTuning, tuningKey } from '@lookupffn/roberta/node';
import { trainByteLevelBpe } from '@lookupffn/tokenizer';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { lockFile, withRunLock } from '../src/training/run-lock.js';
import { cli, refusal, temporaryFolder } from './cli.js';

const root = temporaryFolder();
const model = join(root, 'model');
/** The same with a head of two named classes. */
const classifier = join(root, 'classifier');
const words = [
  'good',
  'fine',
  'great',
  'bad',
  'poor',
  'awful',
  'film',
  'story',
  'music',
  'plot',
  'actor',
  'scene',
];
const random = new Random(1);
const sentence = (first: string) =>
  [first, ...Array.from({ length: 3 + random.below(3) }, () => words[6 + random.below(6)]!)].join(' ');
const rows = Array.from({ length: 700 }, (_, i) => ({
  text: sentence(words[i % 6]!),
  label: i % 6 < 3 ? 1 : 0,
}));
const run = (...args: string[]) => cli([...args, '--backend', 'reference', '--json']);
// For people, whose messages stand on standard error.
const refused = async (...args: string[]) => refusal(await cli([...args, '--backend', 'reference']));

beforeAll(async () => {
  const tokenizer = await trainByteLevelBpe([rows.map(({ text }) => text).join('\n')], {
    vocabularySize: 300,
  });
  const shape = {
    vocabSize: tokenizer.vocabularySize,
    hiddenSize: 8,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 16,
    maxPositionEmbeddings: 40,
    initializerRange: 0.3,
  };
  const save = async (folder: string, input: RobertaConfigInput) => {
    const config = defineConfig({ ...shape, ...input });
    const weights = initialWeights(config, random);
    await saveModelFolder(folder, { config, weights, tokenizerJson: tokenizer.toJSON() });
  };
  await save(model, {});
  await save(classifier, {
    head: 'sequence-classification',
    labels: ['bad', 'good'],
    problemType: 'single_label_classification',
  });
  const write = (name: string, list: typeof rows) =>
    writeFileSync(
      join(root, name),
      list.map(({ text, label }) => JSON.stringify({ text, label })).join('\n'),
    );
  write('train.jsonl', rows.slice(0, 200));
  write('test.jsonl', rows.slice(200, 260));
  writeFileSync(join(root, 'texts.txt'), rows.map(({ text }) => text).join('\n'));
  mkdirSync(join(root, 'stsb'));
  for (const part of ['train', 'test']) {
    const pairs = rows
      .slice(0, 20)
      .map(({ text }, i) => `${text},${i % 2 ? text : 'awful plot'},${i % 2 ? 5 : 1}`);
    writeFileSync(join(root, 'stsb', `stsb-en-${part}.csv`), pairs.join('\n'));
  }
});

const own = [
  '--train-file',
  join(root, 'train.jsonl'),
  '--test-file',
  join(root, 'test.jsonl'),
  '--text-column',
  'text',
];

describe('tasks', () => {
  it("are measured by GLUE names and on files of one's own", async () => {
    const similar = await run('eval', model, '--task', 'stsb', '--data', join(root, 'stsb'));
    expect(JSON.parse(similar.stdout)).toMatchObject({ task: 'stsb', method: 'cosine', examples: 20 });
    expect(JSON.parse(similar.stdout).metrics.spearman).toBeGreaterThan(0.8);
    const probed = await run('eval', model, ...own);
    expect(JSON.parse(probed.stdout)).toMatchObject({ method: 'probe', examples: 60 });
  });

  it('are measured in the --dtype that is asked for, on a tuned folder too', async () => {
    const env = { XDG_CACHE_HOME: temporaryFolder() };
    vi.stubEnv('XDG_CACHE_HOME', env.XDG_CACHE_HOME);
    await saveTuning(await tuningKey(model, 'native'), {
      precision: { linearDtype: 'int8', tableDtype: 'int8' },
      options: {},
      ...{ tokens: 8, microsPerToken: 1, defaultMicrosPerToken: 2, error: 0, maxError: 1 },
      made: '2026-01-01T00:00:00.000Z',
    });
    vi.unstubAllEnvs();
    const dtypes = async (...flags: string[]) => {
      const args = ['eval', model, '--task', 'stsb', '--data', join(root, 'stsb'), '--backend', 'native'];
      const { stdout } = await cli([...args, '--json', ...flags], { env });
      return JSON.parse(stdout).kernel.dtypes;
    };
    expect(await dtypes()).toEqual(['f32']);
    expect(await dtypes('--dtype', 'f32')).toEqual(['f32']);
    expect(await dtypes('--dtype', 'int8')).toContain('int8');
  });

  it('are fine-tuned, and then measured by the head', async () => {
    const out = join(root, 'tuned');
    const result = await run(
      'finetune',
      model,
      ...own,
      '-o',
      out,
      '--epochs',
      '8',
      '--learning-rate',
      '0.01',
    );
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ method: 'head', metrics: { accuracy: 1 } });
    const again = await run('eval', out, ...own);
    expect(JSON.parse(again.stdout).metrics).toEqual(JSON.parse(result.stdout).metrics);
    expect(await refused('finetune', model, ...own, '-o', out)).toContain('holds a model already');
  });

  it('are fine-tuned to the best epoch on examples held out', async () => {
    const out = join(root, 'best');
    const args = ['--epochs', '3', '--learning-rate', '0.01', '--validation-split', '0.2'];
    const { code, stdout, stderr } = await run('finetune', model, ...own, '-o', out, ...args);
    expect(code).toBe(0);
    const { evaluations } = JSON.parse(stdout);
    expect(evaluations.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2, 3]);
    expect(evaluations[0]).toMatchObject({ best: true, metrics: { accuracy: expect.any(Number) } });
    expect(stderr).toMatch(/epoch 1: accuracy [01]\.\d{4}, .* held out, the best so far/);
    expect(readdirSync(out).filter((name) => name.startsWith('finetune'))).toEqual([]);
    expect(await refused('finetune', model, ...own, '-o', `${out}2`, '--validation-split', '1')).toContain(
      '--validation-split',
    );
  });

  it('may have more than two classes, scores of single texts, and the names of a head', async () => {
    const file = (name: string, lines: string[]) => {
      writeFileSync(join(root, name), ['sentence\tlabel', ...lines].join('\n'));
      return join(root, name);
    };
    const firsts = rows.slice(0, 150).map(({ text }) => text);
    const three = file(
      'three.tsv',
      firsts.map((text, i) => `${text}\t${i % 3}`),
    );
    const probed = JSON.parse((await run('eval', model, '--train-file', three, '--test-file', three)).stdout);
    expect(probed).toMatchObject({ method: 'probe', examples: 150 });
    expect(Object.keys(probed.metrics)).toEqual(['accuracy', 'macroF1', 'matthews']);

    const scores = file(
      'scores.tsv',
      firsts.map((text, i) => `${text}\t${i % 6 < 3 ? 0.5 : -1}`),
    );
    const out = join(root, 'scored');
    const flags = ['--train-file', scores, '--test-file', scores, '--regression'];
    const tuning = await run('finetune', model, ...flags, '-o', out, '--max-steps', '2');
    expect(JSON.parse(tuning.stdout).metrics).toHaveProperty('spearman');
    expect(JSON.parse((await run('eval', out, ...flags)).stdout)).toMatchObject({ method: 'head' });
    expect(await refused('eval', model, ...flags)).toContain('Fine-tune it on the task first');

    const named = file('named.tsv', ['good film\tgood', 'bad film\tbad', 'fine plot\t1']);
    const byName = JSON.parse((await run('eval', classifier, '--test-file', named)).stdout);
    expect(byName).toMatchObject({ method: 'head', examples: 3 });
    const kept = join(root, 'kept');
    const again = ['--train-file', named, '-o', kept, '--max-steps', '1'];
    expect((await run('finetune', classifier, ...again)).code).toBe(0);
    expect((await loadModelFolder(kept)).config.labels).toEqual(['bad', 'good']);
    expect(await refused('eval', model, '--test-file', named)).toContain('Number the classes from 0');
  });

  it("are measured with the older files of a model's vocabulary too", async () => {
    const old = join(root, 'old');
    cpSync(model, old, { recursive: true });
    const json = JSON.parse(readFileSync(join(old, 'tokenizer.json'), 'utf8'));
    rmSync(join(old, 'tokenizer.json'));
    const missing = await refused('eval', old, '--task', 'stsb', '--data', join(root, 'stsb'));
    expect(missing).toContain('vocab.json with merges.txt');
    writeFileSync(join(old, 'vocab.json'), JSON.stringify(json.model.vocab));
    const merges = json.model.merges.map((pair: string | string[]) =>
      Array.isArray(pair) ? pair.join(' ') : pair,
    );
    writeFileSync(join(old, 'merges.txt'), `#version: 0.2\n${merges.join('\n')}\n`);
    const score = async (folder: string) =>
      JSON.parse((await run('eval', folder, '--task', 'stsb', '--data', join(root, 'stsb'))).stdout).metrics;
    expect(await score(old)).toEqual(await score(model));
  });

  it('are refused in words that help', async () => {
    expect(await refused('eval', model, '--task', 'stsb')).toContain('--task needs --data');
    expect(
      await refused('eval', model, '--test-file', join(root, 'test.jsonl'), '--text-column', 'text'),
    ).toContain('--train-file');
    expect(await refused('eval', model, ...own, '--label-column', 'class')).toMatch(
      /no column class.*text, label/,
    );
    expect(await refused('finetune', model, '-o', join(root, 'none'))).toContain('--train-file');
    expect(existsSync(join(root, 'none'))).toBe(false);
    const stsb = ['--task', 'stsb', '--data', join(root, 'stsb')];
    expect(
      await refused(
        'eval',
        model,
        ...stsb,
        '--test-file',
        'nope.csv',
        '--text-column',
        'text',
        '--regression',
      ),
    ).toMatch(/--test-file, --text-column, --regression/);
    expect(await refused('eval', model, ...stsb, '--corpus', join(root, 'texts.txt'))).toContain('--corpus');
  });

  it('are refused before anything is trained, embedded or tokenised', async () => {
    const five = join(root, 'five.jsonl');
    writeFileSync(five, [0, 1, 4].map((label) => JSON.stringify({ text: 'film', label })).join('\n'));
    const out = join(root, 'five');
    const files = ['--train-file', join(root, 'train.jsonl'), '--test-file', five, '--text-column', 'text'];
    const untrained = await refused('finetune', model, ...files, '-o', out, '--epochs', '1');
    expect(untrained).toMatch(/label 4, but the model's head .* classes 0 to 1 only/);
    // Corrected, the same command goes on: no folder stands in its way.
    expect(existsSync(out)).toBe(false);
    expect(await refused('eval', model, ...files)).toMatch(/label 4, but the training examples/);
    const cache = join(root, 'no-tokens');
    const corpus = ['--corpus', join(root, 'texts.txt'), '--token-cache', cache];
    expect(await refused('eval', classifier, ...corpus)).toMatch(/cannot predict masked words.*--task/);
    expect(existsSync(cache)).toBe(false);
  });
});

it.each([
  ['finetune', ['--task', 'stsb', '--data', join(root, 'stsb')]],
  ['convert', ['--data', join(root, 'texts.txt')]],
])('%s keeps a second process out of the folder', async (command, flags) => {
  const out = join(root, `${command}-locked`);
  await withRunLock(out, async () => {
    expect(refusal(await cli([command, model, ...flags, '-o', out]))).toContain(
      `in use by process ${process.pid} on this machine`,
    );
    expect(readdirSync(out)).toEqual([lockFile]);
  });
  expect(existsSync(out)).toBe(false);
});

describe('convert', () => {
  const args = [
    '--tables',
    '4',
    '--bits',
    '4',
    '--steps',
    '20',
    '--distil-steps',
    '5',
    '--batch-tokens',
    '64',
    '--distil-batch-tokens',
    '64',
  ];

  it('writes a look-up model, its affine twin and a report', async () => {
    const out = join(root, 'converted');
    const data = ['--data', join(root, 'texts.txt')];
    const budget = ['--budget-steps', '2', '--keep-budget'];
    const result = await run('convert', model, ...data, '-o', out, ...args, ...budget);
    expect(result.stderr).not.toContain('error');
    expect(result.code).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report.chosen).toEqual([0]);
    // Whether one layer is within the budget is known with every choice of layers.
    expect(report.suggested).toEqual(report.budget[0].lookup >= 1 - 0.02 ? [0] : []);
    expect(Math.abs(report.int8 - report.distilled.lookup)).toBeLessThan(0.01);
    expect(report.layers[0].fitted.perColumn).toBeLessThan(report.layers[0].affine.perColumn);
    expect(report.speed.map(({ tokens }: { tokens: number }) => tokens)).toEqual([8, 32]);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Affine alone');
    expect((await loadModelFolder(out)).config.ffn).toMatchObject({
      kind: 'lookup',
      skip: true,
      layers: [0],
    });
    expect((await loadModelFolder(join(out, 'affine-only'))).tokenizerJson).toBeDefined();
    // The models behind the report's curve can be measured like any other.
    const twins = ['1', '1-affine'].map((name) => loadModelFolder(join(out, 'budget', name)));
    for (const { config, tokenizerJson } of await Promise.all(twins)) {
      expect(config.ffn).toMatchObject({ kind: 'lookup', layers: [0] });
      expect(tokenizerJson).toBeDefined();
    }
    const filled = await run('fill-mask', out, 'good <mask> film');
    expect(filled.code).toBe(0);
    expect(
      await refused('convert', out, '--data', join(root, 'texts.txt'), '-o', join(root, 'twice')),
    ).toContain('look-up layers already');
  });

  it('refuses layers that are not there, and too little text', async () => {
    const data = ['--data', join(root, 'texts.txt')];
    const far = await cli(['convert', model, ...data, '-o', join(root, 'far'), '--layers', '3', ...args]);
    expect(refusal(far)).toContain('layers 0 to 0');
    expect(await refused('convert', model, ...data, '-o', join(root, 'x'), '--layers', 'some')).toContain(
      'all, auto',
    );
    const few = await cli([
      'convert',
      model,
      '--data',
      join(root, 'stsb', 'stsb-en-test.csv'),
      '-o',
      join(root, 'few'),
    ]);
    expect(refusal(few)).toMatch(/lines of text|too few/);
  });
});
