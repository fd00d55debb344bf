import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configToJson, modelCost, parameterSpecs } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { chooseRuns } from '../src/ablation/choose-runs.js';
import { readAblation } from '../src/ablation/grid.js';
import { paretoFront, type VariantResult } from '../src/ablation/results.js';
import { checkSameRuns } from '../src/ablation/same-runs.js';
import { checkSameCorpus } from '../src/ablation/study-corpus.js';
import { trainAll } from '../src/ablation/train-all.js';
import { modelConfig, readConfigFile } from '../src/training/config.js';
import { type TrainPresetName, trainPresets } from '../src/training/presets.js';
import { createIo } from '../src/ui/io.js';
import { cli, refusal, smallCorpus, temporaryFolder } from './cli.js';

function gridFile(text: string): string {
  const path = join(temporaryFolder(), 'grid.yaml');
  writeFileSync(path, text);
  return path;
}

const quick = `
base:
  model: { num_hidden_layers: 1 }
  training: { steps: 3, warmupSteps: 1, batchSize: 2, sequenceLength: 16 }
  tokenizer: { vocabulary: 400 }
`;

/** For horizons, which are the steps. */
const endless = quick.replace('steps: 3, ', '');

describe('a grid', () => {
  it('is every combination of every run with every seed, laid over the preset', async () => {
    const { runs } = await readAblation(
      gridFile(`${quick}
seeds: [3, 4]
runs:
  dense: { model: { ffn: { type: dense } }, training: { learningRate: 0.004 } }
  lookup:
grid:
  training.batchSize: [2, 4]
`),
    );
    expect(runs.map(({ name }) => name)).toEqual([
      'dense,batchSize=2,seed=3',
      'dense,batchSize=2,seed=4',
      'dense,batchSize=4,seed=3',
      'dense,batchSize=4,seed=4',
      'lookup,batchSize=2,seed=3',
      'lookup,batchSize=2,seed=4',
      'lookup,batchSize=4,seed=3',
      'lookup,batchSize=4,seed=4',
    ]);
    expect(runs[3]!.config.training).toMatchObject({ seed: 4, batchSize: 4, steps: 3, learningRate: 0.004 });
    expect(runs[3]!.config.model).toMatchObject({
      hidden_size: 64,
      num_hidden_layers: 1,
      ffn: { type: 'dense' },
    });
    expect(runs[4]!.config.model.ffn).toMatchObject({ type: 'lookup', tables: 16 });
  });

  it('changes one key of the tables and keeps the rest', async () => {
    const { runs } = await readAblation(gridFile(`${quick}grid: { model.ffn.bits: [4, 6] }\n`));
    expect(runs.map(({ config }) => config.model.ffn)).toEqual(
      [4, 6].map((bits) => expect.objectContaining({ bits, tables: 16, read: 'four-cell' })),
    );
  });

  it('has runs that change some keys of the tables: an ffn without a type', async () => {
    const { runs } = await readAblation(
      gridFile(`${quick}
runs: { few: { model: { ffn: { tables: 4 } } }, other: { model: { ffn: { type: lookup, tables: 4, bits: 3 } } } }
grid: { model.ffn.block: [4, 16] }
`),
    );
    const ffn = (variant: string) => runs.find((run) => run.variant === variant)!.config.model.ffn;
    expect(ffn('few,block=4')).toMatchObject({ tables: 4, block: 4, bits: 8, read: 'four-cell' });
    expect(ffn('other,block=16')).toEqual({ type: 'lookup', tables: 4, bits: 3, block: 16 });
  });

  it('holds ranks beside none, which is null', async () => {
    const { runs } = await readAblation(
      gridFile(`${quick}grid: { model.ffn.output_rank: [null, 16, 24] }\n`),
    );
    expect(runs.map(({ variant }) => variant)).toEqual(
      [null, 16, 24].map((rank) => `base,output_rank=${rank}`),
    );
    const ranks = runs.map(({ config }) => {
      const { ffn, ...rest } = modelConfig(config);
      const tables = parameterSpecs({ ffn, ...rest }).find(({ kind }) => kind === 'table')!;
      return [ffn.kind === 'lookup' && ffn.outputRank, tables.shape.at(-1)];
    });
    expect(ranks).toEqual([
      [undefined, 64],
      [16, 16],
      [24, 24],
    ]);
  });

  it('trains what horizons have in common once, and branches off for the fall of each', async () => {
    const { runs } = await readAblation(gridFile(`${endless}horizons: [20, 10]\nseeds: [5]\n`));
    const summary = runs.map(({ name, variant, from, trunk, config: { training } }) => ({
      ...{ name, variant, from, trunk, steps: training.steps, schedule: training.schedule },
    }));
    expect(summary).toEqual([
      { name: 'base,stable=8,seed=5', variant: 'base', trunk: true, steps: 8, schedule: 'constant' },
      {
        ...{ name: 'base,steps=10,seed=5', variant: 'base,steps=10', from: 'base,stable=8,seed=5' },
        ...{ steps: 10, schedule: 'warmup_stable_decay' },
      },
      {
        ...{ name: 'base,stable=16,seed=5', variant: 'base', trunk: true, from: 'base,stable=8,seed=5' },
        ...{ steps: 16, schedule: 'constant' },
      },
      {
        ...{ name: 'base,steps=20,seed=5', variant: 'base,steps=20', from: 'base,stable=16,seed=5' },
        ...{ steps: 20, schedule: 'warmup_stable_decay' },
      },
    ]);
  });

  it('trains some of the runs when asked, with what they branch off from', async () => {
    const text = `${endless}horizons: [10, 20]\nseeds: [1, 11]\nruns: { dense: {}, dense-narrow: { model: { intermediate_size: 32 } } }\n`;
    const { runs } = await readAblation(gridFile(text));
    const names = (...choices: string[]) => chooseRuns(runs, choices).map(({ name }) => name);
    expect(names('dense,seed=1,steps=10')).toEqual(['dense,stable=8,seed=1', 'dense,steps=10,seed=1']);
    expect(names('dense-narrow,steps=20,seed=11', 'dense,steps=10,seed=11')).toEqual([
      'dense,stable=8,seed=11',
      'dense,steps=10,seed=11',
      'dense-narrow,stable=8,seed=11',
      'dense-narrow,stable=16,seed=11',
      'dense-narrow,steps=20,seed=11',
    ]);
    expect(() => names('dense', 'stable=8')).toThrow(
      /stable=8 is part of no run's name. The runs are dense,steps=10,seed=1 /,
    );
  });

  it('warms up no longer than `train` does in a short run, unless it is told to', async () => {
    const warmups = async (text: string) =>
      (await readAblation(gridFile(text))).runs.map(({ config }) => config.training.warmupSteps);
    expect(await warmups('grid: { training.steps: [20, 700] }')).toEqual([2, 50]);
    // What horizons have in common is one run.
    expect(await warmups('horizons: [400, 200]')).toEqual([20, 20, 20, 20]);
    expect(await warmups('base: { training: { warmupSteps: 30, steps: 40 } }')).toEqual([30]);
  });

  it('names a tokenizer beside the grid', async () => {
    const path = gridFile('base: { tokenizer: { path: tok.json } }');
    const { runs } = await readAblation(path);
    expect(runs[0]!.config.tokenizer).toEqual({ path: join(path, '../tok.json') });
  });

  it.each([
    ['seeds: []', /seeds .* at least one/],
    ['grid: { training.batchSize: [] }', /grid\.training\.batchSize .* at least one/],
    ['horizons: []', /horizons .* at least one/],
    ['runs: {}', /runs .* at least one/],
    ['seeds: [0, 0]', /base,seed=0 names two runs/],
    ['grid: { training.seed: [1, 2] }', /grid\.training\.seed would be overwritten .* Give seeds/],
    ['runs: { a: { training: { seed: 1 } } }', /runs\.a\.training\.seed would be overwritten/],
    ['horizons: [10]\ngrid: { training.steps: [5] }', /grid\.training\.steps would be .* horizons/],
    ['horizons: [10]\nruns: { a: { training: { steps: 5 } } }', /runs\.a\.training\.steps would be/],
    ['grid: { training.annealFrom: [full, neighbours] }', /annealFrom=full,seed=0 and .* same run/],
    ['grid: { training.checkpointEvery: [1, 2] }', /checkpointEvery=1,seed=0 and .* same run/],
    ['runs: { a: {}, b: { model: { ffn: { bits: 8 } } } }', /a,seed=0 and b,seed=0 are .* same run/],
    ['horizons: [10, 11]', /11 steps would begin to fall at step 8; .* after step 8/],
    ['horizons: [2]', /2 steps would begin to fall at step 1; .* after step 1, the end of the warm-up/],
    ['horizons: [10]\ngrid: { training.schedule: [cosine] }', /schedule warmup_stable_decay, not cosine/],
    ['horizons: [10]\ngrid: { training.decaySteps: [10] }', /decaySteps is 10/],
    ['grid: { model.ffn.output_rank: [65] }', /ffn\.output_rank.*65/],
    ['gird: {}', /gird is not a known part; known are preset/],
    ['runs: { "a/b": {} }', /runs\.a\/b must be a name/],
    ['grid: { training.batchSize: [0] }', /batchSize is 0/],
    ['grid: { model.ffn.bits: [31] }', /bits/],
    ['runs: { few: { model: { ffn: { table: 4 } } } }', /ffn\.table is not a known key/],
    ['runs: { none: { model: { ffn: { type: dense, tables: 4 } } } }', /ffn\.tables is not a known key/],
    ['grid: { trainig.steps: [1] }', /base,steps=1: trainig is not a known part/],
    [
      'grid: { model.type_vocab_size: [1, 2], model.ffn.type_vocab_size: [2] }',
      /grid\.model\.ffn\.type_vocab_size and grid\.model\.type_vocab_size .* type_vocab_size=2/,
    ],
    ['grid: { model.ffn.read: ["a b", "a_b"] }', /grid\.model\.ffn\.read has two values .* read=a_b/],
  ])('refuses %s before anything is trained', async (text, message) => {
    await expect(
      readAblation(gridFile(`${text.startsWith('horizons') ? endless : quick}${text}\n`)),
    ).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message),
    });
  });
});

/** A folder with the config.json of a preset's model, which is all that a grid looks at. */
function presetFolder(preset: TrainPresetName): string {
  const folder = temporaryFolder();
  const config = configToJson(modelConfig(trainPresets[preset]));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

describe('the studies of this repository', () => {
  const studies = fileURLToPath(new URL('../../../tools/studies', import.meta.url));

  /** One whose runs begin as a trained model gets the shape of its preset's. */
  async function readStudy(name: string) {
    const path = join(studies, name);
    const { preset, base } = (await readConfigFile(path)) as { preset: TrainPresetName; base?: object };
    return readAblation(path, base && 'init' in base ? { init: presetFolder(preset) } : {});
  }

  it.each(readdirSync(studies).filter((name) => name.endsWith('.yaml')))(
    '%s is a grid of models that can be made',
    async (name) => {
      const { runs } = await readStudy(name);
      expect(new Set(runs.map((run) => run.name)).size).toBe(runs.length);
      expect(runs.length).toBeGreaterThan(4);
    },
  );

  it.each([
    [
      'horizons.yaml',
      'dense,learningRate=0.002,steps=4900',
      'dense-narrow,learningRate=0.002,steps=4900',
      'lookup,learningRate=0.002,steps=4900',
      6,
    ],
    ['short.yaml', 'dense', 'dense-narrow', 'lookup', 6],
    ['trunk.yaml', 'dense', 'dense-narrow', 'slow', 6],
    ['roberta.yaml', 'dense', 'dense-narrow', 'tables-128', 6],
  ])('%s compares dense and look-up FFNs, also at equal FLOP', async (name, dense, narrow, lookup, times) => {
    const { runs } = await readStudy(name);
    const config = (variant: string) => modelConfig(runs.find((run) => run.variant === variant)!.config);
    const flops = (variant: string) => modelCost(config(variant)).ffnFlops;
    expect(flops(dense) / flops(lookup)).toBeGreaterThan(times);
    // No other width is nearer.
    const oneColumn = flops(dense) / config(dense).intermediateSize;
    expect(Math.abs(flops(narrow) - flops(lookup))).toBeLessThanOrEqual(oneColumn / 2);
  });
});

describe('the Pareto front', () => {
  it('leaves out what another variant beats', () => {
    const row = (variant: string, ffnFlops: number, logPerplexity: number) =>
      ({ variant, ffnFlops, logPerplexity }) as VariantResult;
    const rows = [row('dear', 9, 2), row('cheap', 1, 3), row('beaten', 9, 2.5), row('middle', 4, 2.5)];
    const front = paretoFront(rows, ({ ffnFlops }) => ffnFlops);
    expect([...front].map(({ variant }) => variant)).toEqual(['dear', 'cheap', 'middle']);
  });
});

describe('lookupffn ablate', () => {
  it('trains the variants, compares them, and has nothing left to do when called again', async () => {
    // Not the preset that `train` lays a configuration over.
    const text = `preset: small
base:
  model: { hidden_size: 64, num_hidden_layers: 1, intermediate_size: 256, ffn: { tables: 16, block: 8 } }
  training: { steps: 3, warmupSteps: 1, batchSize: 2, sequenceLength: 16 }
  tokenizer: { vocabulary: 400 }
corpus: ${smallCorpus()}
runs: { dense: { model: { ffn: { type: dense } } }, lookup: {} }
`;
    const grid = gridFile(text);
    const out = join(temporaryFolder(), 'study');
    const args = ['ablate', grid, '--out', out, '--parallel', '2', '--json'];
    const alone = [...args, '--parallel', '1', '--only', 'dense,seed=0'];
    const part = JSON.parse((await cli(alone, { env: { LOOKUPFFN_NUM_THREADS: '1' } })).stdout);
    expect(part.kernel.threads).toBe(1);
    expect(part.variants.map((row: VariantResult) => row.variant)).toEqual(['dense']);
    const first = await cli(args);
    expect(first.stderr).toMatch(/1 of 2 runs are complete already/);
    expect(first.stderr).toMatch(/lookup,seed=0: done/);
    expect(first.code).toBe(0);
    const { variants } = JSON.parse(first.stdout);
    expect(variants.map((row: VariantResult) => row.variant)).toEqual(['dense', 'lookup']);
    for (const row of variants as VariantResult[]) {
      expect(row.logPerplexity).toBeGreaterThan(0);
      expect(row.modelMillis).toBeGreaterThan(0);
    }
    expect(variants[1].ffnFlops).toBeLessThan(variants[0].ffnFlops);
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html).toMatch(/Quality and FFN FLOP per token/);
    expect(html).not.toMatch(/Quality and training tokens/);
    const again = await cli([...args, '--only', 'dense', 'lookup,seed=0']);
    expect(again.stderr).toMatch(/2 of 2 runs are complete already/);
    const repeated = JSON.parse(again.stdout).variants as VariantResult[];
    expect(repeated.map((row) => row.logPerplexity)).toEqual(
      (variants as VariantResult[]).map((row) => row.logPerplexity),
    );

    // What is there is of this grid alone.
    const changed = async (from: string, to: string) =>
      checkSameRuns(out, await readAblation(gridFile(text.replace(from, to))));
    await expect(changed('warmupSteps: 1', 'warmupSteps: 1, evaluateEvery: 2')).resolves.toBeUndefined();
    await expect(changed('block: 8', 'block: 16')).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      details: { run: 'lookup,seed=0', keys: ['model.ffn.block'] },
      message: expect.stringMatching(
        /ffn\.block \(was 8, now 16\)\. Give another --out, or remove .*lookup,seed=0/,
      ),
    });
    await expect(changed('corpus: ', 'corpus: other')).rejects.toMatchObject({
      details: { keys: ['corpus'] },
    });
    writeFileSync(grid, text.replace('vocabulary: 400', 'vocabulary: 380'));
    expect(refusal(await cli(['ablate', grid, '--out', out]))).toMatch(
      /dense,seed=0 .* differs in the tokenizer/,
    );

    // One run without a result hides no other's.
    const metrics = join(out, 'runs', 'dense,seed=0', 'training', 'metrics.jsonl');
    writeFileSync(metrics, readFileSync(metrics, 'utf8').replace('"validation"', '"lost"'));
    writeFileSync(grid, text);
    const rest = await cli(args);
    expect(rest.code).toBe(1);
    const { variants: left, failures } = JSON.parse(rest.stdout);
    expect(left.map((row: VariantResult) => row.variant)).toEqual(['lookup']);
    expect(failures).toEqual({
      'dense,seed=0': expect.stringMatching(/no evaluation after step 3. Remove .*dense,seed=0/),
    });
  });

  it('knows the corpus that the tokenizers of a folder are of', async () => {
    const [folder, corpus] = [temporaryFolder(), smallCorpus(1)];
    const check = () => checkSameCorpus(createIo(false), folder, corpus, new AbortController().signal);
    await check();
    await check();
    writeFileSync(join(corpus, 'more.txt'), 'One text more.');
    await expect(check()).rejects.toMatchObject({
      code: 'RUN_MISMATCH',
      message: expect.stringMatching(/texts of .* are others than/),
    });
  });

  it('says by what a run was killed', async () => {
    const { runs } = await readAblation(gridFile(quick));
    const script = join(temporaryFolder(), 'killed.cjs');
    writeFileSync(script, 'console.error("step 1 of 3"); process.kill(process.pid, "SIGKILL");');
    const { signal } = new AbortController();
    const options = { folder: temporaryFolder(), preset: 'tiny', parallel: 1, threads: 1, signal } as const;
    const main = process.argv[1]!;
    process.argv[1] = script;
    try {
      await expect(trainAll(createIo(false), runs, options)).rejects.toThrow(
        /killed by SIGKILL \(out of memory\?\)/,
      );
    } finally {
      process.argv[1] = main;
    }
  });

  it('trains to several horizons, each from what the one before has done', async () => {
    const grid = gridFile(`${endless}corpus: ${smallCorpus()}\nhorizons: [5, 10]\n`);
    const out = join(temporaryFolder(), 'study');
    const { code, stdout } = await cli(['ablate', grid, '--out', out, '--json']);
    expect(code).toBe(0);
    const { variants } = JSON.parse(stdout);
    expect(variants.map((row: VariantResult) => row.variant)).toEqual(['base,steps=5', 'base,steps=10']);
    const rates = (run: string) =>
      readFileSync(join(out, 'runs', run, 'training', 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).learningRate / 2e-3);
    expect(rates('base,steps=5,seed=0')).toEqual([1, 1, 1, 1, 1]);
    const fall = rates('base,steps=10,seed=0');
    expect(fall.slice(0, 9)).toEqual(Array(9).fill(1));
    expect(fall[9]).toBeCloseTo(1 - Math.SQRT1_2, 9);
    expect(variants.map((row: VariantResult) => row.tokens)).toEqual([5 * 2 * 16, 10 * 2 * 16]);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/Quality and training tokens/);
    // A branch that is gone is made again from its trunk.
    rmSync(join(out, 'runs', 'base,steps=10,seed=0'), { recursive: true });
    const again = await cli(['ablate', grid, '--out', out, '--json']);
    expect(again.stderr).toMatch(/3 of 4 runs are complete already/);
    expect(JSON.parse(again.stdout).variants[1].logPerplexity).toBe(variants[1].logPerplexity);
  });

  it('names a grid that is not there, and leaves nothing', async () => {
    const out = join(temporaryFolder(), 'study');
    expect(refusal(await cli(['ablate', 'nowhere.yaml', '--out', out]))).toMatch(
      /nowhere\.yaml.*does not exist/,
    );
    expect(existsSync(out)).toBe(false);
  });
});
