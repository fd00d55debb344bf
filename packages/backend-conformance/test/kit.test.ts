import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createReferenceBackend,
  memorySource,
  openSafetensors,
  referenceFactory,
  serializeSafetensors,
} from '@lookupffn/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  conformanceCases,
  describeConformance,
  goldenConformanceCases,
  parseGoldenCase,
  readGoldenCases,
  runConformance,
} from '../src/index.js';
import { mutant, nudge } from './mutants.js';

const goldenFolder = fileURLToPath(new URL('golden', import.meta.url));
const backend = createReferenceBackend();
const broken = () =>
  mutant('ops', 'add', (original) => (...args) => {
    original(...args);
    nudge(args[3] as Float32Array);
  });

describe('runConformance', () => {
  test('reports a failure with its case, error and whose operation it is', async () => {
    const seen: string[] = [];
    const report = await runConformance(broken(), {
      filter: 'value ops.add',
      onResult: ({ name }) => seen.push(name),
    });
    expect(report).toMatchObject({
      backend: 'mutant',
      isa: 'js',
      passed: 1,
      failed: 5,
      skipped: 0,
      unusedSkips: [],
    });
    expect(seen).toEqual(report.cases.map(({ name }) => name));
    const failure = report.cases.at(-1)!;
    expect(failure).toMatchObject({
      status: 'failed',
      op: 'ops.add',
      group: 'value',
      own: true,
      tolerance: 1e-5,
    });
    expect(failure.maxError).toBeCloseTo(1e-3, 5);
    expect(failure.reason).toMatch(/^y: error 1\.00e-3 > 1\.00e-5 at \[1154\]/);
  });

  test('an exception fails its case alone', async () => {
    const throwing = mutant('ops', 'add', () => () => {
      throw new RangeError('out of bounds');
    });
    const report = await runConformance(throwing, { filter: /value ops\.(add|gelu)/ });
    expect(report.failed).toBe(6);
    expect(report.cases.at(-1)!.reason).toBe('threw RangeError: out of bounds');
  });

  test('skips with a reason, tells of skips that met nothing', async () => {
    const report = await runConformance(broken(), {
      filter: ({ op }) => op === 'ops.add',
      skip: [
        { pattern: /^value ops\.add size=\d+$/, reason: 'adds like an abacus' },
        { pattern: 'ops.subtract', reason: 'no such thing' },
      ],
    });
    expect(report.unusedSkips).toEqual(['ops.subtract']);
    const skipped = report.cases.filter(({ status }) => status === 'skipped');
    expect(skipped).toHaveLength(6);
    expect(skipped[0]!.reason).toBe('adds like an abacus');
  });

  test.each([
    [{ skip: [{ pattern: 'ops.add', reason: ' ' }] }],
    [{ skip: [{ pattern: 'ops.add' } as never] }],
    [{ skip: [{ pattern: '', reason: 'everything' }] }],
    [{ filter: 'ops.subtract' }],
  ])('refuses %j', async (options) => {
    await expect(runConformance(backend, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('gives the same report twice', async () => {
    const run = () => runConformance(backend, { filter: /hash|softmax/ });
    expect(await run()).toEqual(await run());
  });
});

describe('golden cases', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'golden-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const tinyFile = () => readFile(join(goldenFolder, 'tiny.safetensors'));

  /** The tiny case with changed metadata or one tensor's data changed. */
  async function changed(change: {
    tensor?: string;
    metadata?: Record<string, string>;
  }): Promise<Uint8Array> {
    const file = await openSafetensors(memorySource(new Uint8Array(await tinyFile())));
    const tensors = await Promise.all(file.names.map((name) => file.read(name)));
    for (const { name, data } of tensors) if (name === change.tensor) (data as Float64Array)[0]! += 1;
    return serializeSafetensors(tensors, change.metadata ?? file.metadata);
  }

  test.each([
    'expect.z',
    'expect.code',
    'expect.score',
    'expect.y',
    'expect.grad.x',
    'expect.grad.projection.weight',
    'expect.grad.projection.bias',
    'expect.grad.tables',
    'expect.grad.bias',
  ])('a wrong %s fails', async (tensor) => {
    const golden = await parseGoldenCase(memorySource(await changed({ tensor })));
    const outcomes = goldenConformanceCases([golden]).map((one) => one.run(backend));
    expect(
      outcomes.some(({ problems }) =>
        problems.some((problem) => problem.includes(tensor.replace('expect.', ''))),
      ),
    ).toBe(true);
  });

  test.each([
    ['no case', {}],
    ['broken JSON', { case: '{' }],
    [
      'another decay',
      {
        case: '{"rows":3,"d":8,"out":8,"h":4,"tau":4,"block":4,"stages":4,"proj":"bh4","read":"single","decay":0.5}',
      },
    ],
    ['no rows', { case: '{"d":8,"out":8,"h":4,"tau":4,"block":4,"stages":4,"proj":"bh4","read":"single"}' }],
    ['null', { case: 'null' }],
  ])('metadata with %s is refused', async (_, metadata) => {
    const source = memorySource(await changed({ metadata: metadata as Record<string, string> }));
    await expect(parseGoldenCase(source)).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
  });

  test('a config out of range or tensors of another case are refused', async () => {
    const fields = { rows: 3, d: 8, out: 8, h: 4, tau: 0, block: 4, stages: 4, proj: 'bh4', read: 'single' };
    const parse = async (tau: number) =>
      parseGoldenCase(
        memorySource(await changed({ metadata: { case: JSON.stringify({ ...fields, tau }) } })),
      );
    await expect(parse(0)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(parse(5)).rejects.toMatchObject({ code: 'TENSOR_MISMATCH' });
  });

  test('folders: missing, without cases, with a cut-off one', async () => {
    await expect(readGoldenCases(join(folder, 'missing'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(readGoldenCases(folder)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await writeFile(join(folder, 'cut.safetensors'), (await tinyFile()).subarray(0, 5000));
    await expect(runConformance(backend, { goldenFolders: [folder] })).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
    });
  });
});

describe('describeConformance', () => {
  test('registers every case with a framework and fails the broken', async () => {
    const tests = new Map<string, () => void | Promise<void>>();
    const skipped: string[] = [];
    const it = Object.assign((name: string, body: () => void | Promise<void>) => void tests.set(name, body), {
      skip: (name: string) => void skipped.push(name),
    });
    const framework = { describe: (_: string, body: () => void) => body(), it };
    describeConformance(framework, referenceFactory, {
      skip: [{ pattern: 'optim', reason: 'inference only' }],
    });
    expect(tests.size + skipped.length).toBe(conformanceCases.length);
    expect(skipped[0]).toMatch(/\(inference only\)$/);
    await tests.get('value ops.add size=17')!();

    tests.clear();
    describeConformance(framework, broken(), { filter: 'value ops.add size=17' });
    expect([...tests.keys()]).toEqual(['value ops.add size=17']);
    await expect(tests.get('value ops.add size=17')!()).rejects.toThrow(/y: error/);
  });
});

test('nothing in the kit imports a module of Node, so that a bundler for browsers takes it', async () => {
  const folder = fileURLToPath(new URL('../src', import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(15);
  for (const name of files) {
    expect(await readFile(join(folder, name), 'utf8'), name).not.toMatch(
      /(from|import\()\s*'(node:|@lookupffn\/core\/)/,
    );
  }
});
