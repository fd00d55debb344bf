import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReferenceBackend, Random } from '@lookupffn/core';
import { defineConfig, initialWeights, Session } from '@lookupffn/roberta';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evaluateTask, readExamples, readTask, type TaskTokenizer } from '../src/index.js';
import { solvePositiveDefinite } from '../src/math/cholesky.js';
import { linearProbe } from '../src/tasks/linear-probe.js';
import { accuracy, f1, macroF1, matthews, pearson, spearman } from '../src/tasks/metrics.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));
const write = async (name: string, text: string) => {
  await writeFile(join(root, name), text);
  return join(root, name);
};

// Values of scikit-learn 1.x and scipy.stats, or by hand where a fraction says it.
describe('metrics', () => {
  const guess = [1, 0, 1, 1, 0, 1];
  const truth = [1, 0, 0, 1, 1, 1];
  it('of classes', () => {
    expect(accuracy(guess, truth)).toBeCloseTo(4 / 6, 12);
    expect(f1(guess, truth)).toBeCloseTo(6 / 8, 12);
    expect(matthews(guess, truth)).toBeCloseTo((3 * 1 - 1 * 1) / Math.sqrt(4 * 4 * 2 * 2), 12);
    expect(matthews([1, 1], [1, 0])).toBe(0);
    expect(f1([0, 0], [0, 0])).toBe(0);
  });
  it('of more than two classes', () => {
    // True and false positives and false negatives: of class 0 1, 1, 1; of class 1 2, 1, 0; of class 2 2, 0, 1.
    const three = [0, 1, 1, 1, 2, 2, 0];
    const is = [0, 0, 1, 1, 2, 2, 2];
    expect(macroF1(three, is)).toBeCloseTo((1 / 2 + 4 / 5 + 4 / 5) / 3, 12);
    // R_K: 5 of 7 right, predicted 2, 3, 2 times and there 2, 2, 3 times.
    expect(matthews(three, is)).toBeCloseTo((7 * 5 - 16) / Math.sqrt((49 - 17) * (49 - 17)), 12);
    expect(matthews([0, 1, 2], [0, 1, 2])).toBe(1);
    expect(matthews([1, 2, 0], [0, 1, 2])).toBeCloseTo(-0.5, 12);
    expect(matthews([0, 1, 2], [2, 2, 2])).toBe(0);
    // A class that is only predicted counts, with nothing.
    expect(macroF1([0, 1, 3], [0, 1, 1])).toBeCloseTo((1 + 2 / 3 + 0) / 3, 12);
  });
  it('of numbers; equal values share their rank', () => {
    expect(pearson([1, 2, 3, 4], [2, 4, 6, 9])).toBeCloseTo(0.9944, 3);
    expect(spearman([1, 2, 3, 4], [10, 20, 15, 40])).toBeCloseTo(0.8, 12);
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.9486832980505138, 12);
    expect(pearson([1, 1], [1, 2])).toBeNaN();
    expect(() => accuracy([1], [1, 2])).toThrow(/1, 2/);
  });
});

describe('examples of a file', () => {
  it('of commas with quotes, of tabs without, and of JSON lines', async () => {
    const csv = await write('a.csv', '"Yes, ""you"".",two,4.5\nb,c,0\n');
    expect(await readExamples(csv, { text: 0, pair: 1, label: 2 })).toEqual([
      { text: 'Yes, "you".', pair: 'two', label: 4.5 },
      { text: 'b', pair: 'c', label: 0 },
    ]);
    const tsv = await write('b.tsv', '\ufefflabel\tsentence\r\n1\tcalled "the witness" twice\r\n');
    expect(await readExamples(tsv, { text: 'sentence', label: 'label' })).toEqual([
      { text: 'called "the witness" twice', label: 1 },
    ]);
    const jsonl = await write('c.jsonl', '{"t":"x","l":0}\n\n{"t":"y","l":1}\n');
    expect(await readExamples(jsonl, { text: 't', label: 'l' })).toHaveLength(2);
  });

  it('says which line lacks a column or has no number', async () => {
    const tsv = await write('d.tsv', 'sentence\tlabel\na\t1\nb\n');
    await expect(readExamples(tsv, { text: 'sentence', label: 'label' })).rejects.toThrow(
      /line 3 has no column label. It has sentence/,
    );
    await expect(readExamples(tsv, { text: 'text', label: 'label' })).rejects.toThrow(
      /It has sentence, label/,
    );
    // Of every object, and of no row.
    await expect(readExamples(tsv, { text: 'sentence', label: 'constructor' })).rejects.toThrow(
      /no column constructor/,
    );
    const words = await write('e.tsv', 'sentence\tlabel\na\tgood\n');
    await expect(readExamples(words, { text: 'sentence', label: 'label' })).rejects.toThrow(/label good/);
    await expect(readTask('mrpc', root)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('refuses labels that are empty, and classes that are none, by their line', async () => {
    const columns = { text: 'text', label: 'label' };
    const refused = async (name: string, text: string, options: object = { classes: true }) => {
      const reading = readExamples(await write(name, text), columns, options);
      await expect(reading).rejects.toMatchObject({ code: 'CORPUS_INVALID' });
      return reading.catch(({ message }) => message as string);
    };
    for (const options of [{}, { classes: true }]) {
      expect(await refused('f.csv', 'text,label\na,1\n"b\nc",\n', options)).toMatch(/line 4 .*empty label/);
      expect(await refused('f.tsv', 'text\tlabel\n\nbad film\t\n', options)).toMatch(/line 3 .*empty label/);
      expect(await refused('f.jsonl', '\n{"text":"a","label":" "}', options)).toMatch(/line 2 .*empty label/);
    }
    expect(await refused('g.tsv', 'text\tlabel\na\t-1\n')).toMatch(/line 2 .* -1,.*with labels/);
    expect(await refused('g.tsv', 'text\tlabel\na\t0.5\n')).toMatch(/label 0.5, which is no class/);
    expect(await refused('g.tsv', 'text\tlabel\na\tgood\n')).toMatch(/Number the classes from 0/);
    const named = { classes: true, classNames: ['bad', 'good'] };
    expect(await refused('g.tsv', 'text\tlabel\na\tfine\n', named)).toMatch(/names of the model: bad, good/);
    const names = await write('h.tsv', 'text\tlabel\na\tgood\nb\t0\n');
    expect((await readExamples(names, columns, named)).map(({ label }) => label)).toEqual([1, 0]);
    const scores = await write('i.tsv', 'text\tlabel\na\t-1\nb\t0.5\n');
    expect((await readExamples(scores, columns)).map(({ label }) => label)).toEqual([-1, 0.5]);
  });

  it('refuses rows of JSON that are no objects, and cells that are no text, by what stands there', async () => {
    const columns = { text: 'text', label: 'label' };
    const refused = async (text: string) =>
      readExamples(await write('j.jsonl', text), columns, { classes: true }).then(
        String,
        ({ message }) => message,
      );
    expect(await refused('{"text":"a","label":0}\nnull\n')).toMatch(/line 2 is null, and not an object/);
    expect(await refused('"text"')).toMatch(/line 1 is "text", and not an object/);
    expect(await refused('{"text":"a","label":true}')).toMatch(
      /has true in column label.*Number the classes/,
    );
    expect(await refused('{"text":"a","label":null}')).toMatch(/has null in column label/);
    expect(await refused('{"text":["a"],"label":1}')).toMatch(/has \["a"\] in column text/);
  });
});

it("Cholesky's solution solves", () => {
  const random = new Random(1);
  const n = 7;
  const half = Float64Array.from({ length: n * n }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < n; k++) a[i * n + j]! += half[i * n + k]! * half[j * n + k]! + (i === j ? 0.1 : 0);
  const x = Float64Array.from({ length: n * 2 }, () => random.normal());
  const b = new Float64Array(n * 2);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let c = 0; c < 2; c++) b[i * 2 + c]! += a[i * n + k]! * x[k * 2 + c]!;
  solvePositiveDefinite(a.slice(), b, n);
  b.forEach((value, i) => {
    expect(value).toBeCloseTo(x[i]!, 8);
  });
  expect(() => solvePositiveDefinite(new Float64Array(4), new Float64Array(2), 2)).toThrow(/singular/);
});

describe('a probe', () => {
  const random = new Random(2);
  const size = 5;
  const make = (rows: number, classOf: (x: Float32Array) => number) => {
    const data = Float32Array.from({ length: rows * size }, () => random.normal());
    const labels = Array.from({ length: rows }, (_, i) => classOf(data.subarray(i * size, (i + 1) * size)));
    return { matrix: { data, size }, labels };
  };
  const score = async (classOf: (x: Float32Array) => number) => {
    const [train, test] = [make(400, classOf), make(200, classOf)];
    return accuracy(await linearProbe(train.matrix, train.labels, test.matrix), test.labels);
  };

  it('finds a direction that tells classes apart, and its threshold', async () => {
    expect(await score((x) => (x[0]! - 2 * x[3]! > 1 ? 1 : 0))).toBeGreaterThan(0.95);
  });

  it('tells more classes apart, whatever their numbers', async () => {
    const largest = (x: Float32Array) => [x[1]!, x[2]!, x[4]!].indexOf(Math.max(x[1]!, x[2]!, x[4]!));
    expect(await score((x) => [0, 2, 5][largest(x)]!)).toBeGreaterThan(0.9);
  });

  it('is cancelled, and wants two classes', async () => {
    const { matrix, labels } = make(20, (x) => (x[0]! > 0 ? 1 : 0));
    const one = linearProbe(
      matrix,
      labels.map(() => 2),
      matrix,
    );
    await expect(one).rejects.toThrow(/two classes/);
    const signal = AbortSignal.abort();
    await expect(linearProbe(matrix, labels, matrix, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a model on a task', () => {
  const tokenizer: TaskTokenizer = {
    encode: (text) => {
      const ids = Uint32Array.from([0, ...Array.from(text, (letter) => 5 + (letter.charCodeAt(0) % 30)), 2]);
      return { ids, typeIds: new Uint8Array(ids.length) };
    },
    decode: () => '',
    specialTokens: {},
  };
  const open = async (input: object) => {
    const config = defineConfig({
      vocabSize: 40,
      hiddenSize: 8,
      numHiddenLayers: 1,
      numAttentionHeads: 2,
      maxPositionEmbeddings: 24,
      ...input,
    });
    const weights = initialWeights(config, new Random(3));
    for (const data of weights.values()) for (let i = 0; i < data.length; i++) data[i]! *= 8;
    return Session.create({ model: { config, weights }, backend: createReferenceBackend() });
  };

  it('is measured through its embeddings: equal texts have cosine 1', async () => {
    const session = await open({ head: 'none' });
    const pairs = [
      { text: 'abc', pair: 'abc', label: 5 },
      { text: 'abcd', pair: 'wxyz', label: 0 },
      { text: 'q', pair: 'q', label: 5 },
    ];
    const task = { kind: 'regression', metrics: ['spearman'], train: [], test: pairs } as const;
    const result = await evaluateTask(session, tokenizer, task);
    expect(result).toMatchObject({ method: 'cosine', examples: 3 });
    expect(result.metrics.spearman).toBeGreaterThan(0.8);
    await session.dispose();
  });

  it('is measured through a probe: a letter that decides is found', async () => {
    const session = await open({ head: 'none' });
    const examples = Array.from({ length: 120 }, (_, i) => ({
      text: `${'abcdefg'[i % 7]}${'hijkl'[i % 5]}${i % 2 === 0 ? 'zzzz' : 'tttt'}`,
      label: i % 2,
    }));
    const task = {
      kind: 'classification',
      metrics: ['accuracy'],
      train: examples.slice(0, 80),
      test: examples.slice(80),
    } as const;
    const result = await evaluateTask(session, tokenizer, task);
    expect(result).toMatchObject({ method: 'probe', metrics: { accuracy: 1 } });
    await session.dispose();
  });

  it('is measured by its own head, which must have the labels', async () => {
    const session = await open({
      head: 'sequence-classification',
      labels: ['no', 'yes'],
      problemType: 'single_label_classification',
    });
    const test = [
      { text: 'abc', label: 1 },
      { text: 'xyz', label: 0 },
    ];
    const task = { kind: 'classification', metrics: ['accuracy'], train: [], test } as const;
    const { method, metrics } = await evaluateTask(session, tokenizer, task);
    expect(method).toBe('head');
    expect([0, 0.5, 1]).toContain(metrics.accuracy);
    const three = { ...task, test: [{ text: 'a', label: 2 }] };
    await expect(evaluateTask(session, tokenizer, three)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const scores = { ...task, kind: 'regression' } as const;
    await expect(evaluateTask(session, tokenizer, scores)).rejects.toThrow(/asks for scores/);
    await session.dispose();
  });

  it('of three classes has a macro F1, through a probe and by a head', async () => {
    const examples = Array.from({ length: 90 }, (_, i) => ({
      text: `${'abcdefg'[i % 7]}${['zzzz', 'tttt', 'pppp'][i % 3]}`,
      label: i % 3,
    }));
    const metrics = ['accuracy', 'f1', 'matthews'] as const;
    const kind = 'classification' as const;
    const task = { kind, metrics, train: examples.slice(0, 60), test: examples.slice(60) };
    const session = await open({ head: 'none' });
    const result = await evaluateTask(session, tokenizer, task);
    expect(result).toEqual({
      method: 'probe',
      metrics: { accuracy: 1, macroF1: 1, matthews: 1 },
      examples: 30,
    });
    await session.dispose();
    const labels = ['a', 'b', 'c'];
    const three = await open({
      head: 'sequence-classification',
      labels,
      problemType: 'single_label_classification',
    });
    // The head may answer with a class that these examples have not.
    const few = { ...task, test: task.test.filter(({ label }) => label < 2) };
    const byHead = await evaluateTask(three, tokenizer, few);
    expect(Object.keys(byHead.metrics)).toEqual(['accuracy', 'macroF1', 'matthews']);
    await three.dispose();
  });

  it('is refused before a text is computed', async () => {
    const session = await open({ head: 'none' });
    const untouched: TaskTokenizer = {
      ...tokenizer,
      encode: () => {
        throw new Error('a text was encoded');
      },
    };
    const train = [
      { text: 'a', label: 0 },
      { text: 'b', label: 1 },
    ];
    const base = { kind: 'classification', metrics: ['accuracy'], train, test: train } as const;
    const refused = (change: object) => evaluateTask(session, untouched, { ...base, ...change });
    for (const [change, code, message] of [
      [{ test: [{ text: 'a', label: 2 }] }, 'INVALID_ARGUMENT', /label 2, but .* classes 0 to 1/],
      [{ test: [{ text: 'a', label: -1 }] }, 'CORPUS_INVALID', /label is -1/],
      [{ test: [{ text: 'a', label: 0.5 }] }, 'CORPUS_INVALID', /label is 0.5/],
      [{ train: train.slice(1) }, 'CORPUS_INVALID', /at least two classes/],
      [{ train: [] }, 'CORPUS_INVALID', /no examples to train on/],
      [{ test: [] }, 'CORPUS_INVALID', /no examples to measure on/],
      [{ kind: 'regression' }, 'INVALID_ARGUMENT', /no head for scores/],
    ] as const) {
      await expect(refused(change)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    }
    await session.dispose();
  });
});
