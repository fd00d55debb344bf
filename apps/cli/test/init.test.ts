import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@lookupffn/core';
import { defineConfig, initialWeights } from '@lookupffn/roberta';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAblation } from '../src/ablation/grid.js';
import { cli, refusal, smallCorpus, temporaryFolder } from './cli.js';
import { tinyModel } from './tiny-model.js';

let trained: string;
let corpus: string;
beforeAll(async () => {
  trained = await tinyModel();
  corpus = smallCorpus();
});

const quick = ['--steps', '2', '--batch', '2', '--sequence', '16', '--learning-rate', '1e-9'];
const train = (...args: string[]) => cli(['train', '--corpus', corpus, '--threads', '1', ...quick, ...args]);
const newFolder = (name = 'run') => join(temporaryFolder(), name);

/** Names of the weights that are those of the trained model but for what two steps at a rate of 1e-9 change. */
async function kept(folder: string): Promise<Set<string>> {
  const [{ weights: was }, { weights: now }] = [
    await loadModelFolder(trained),
    await loadModelFolder(folder),
  ];
  const same = [...now].filter(([name, data]) => {
    const before = was.get(name);
    return before?.length === data.length && data.every((value, i) => Math.abs(value - before[i]!) < 1e-6);
  });
  return new Set(same.map(([name]) => name));
}

describe('lookupffn train --init', () => {
  it('begins as the trained model, whose shape and tokenizer are the run’s, whatever the preset', async () => {
    const out = newFolder();
    const { code, stderr } = await train('--preset', 'mini', '--init', trained, '--out', out);
    expect(stderr).toMatch(/LookupFFN: begins as .*tiny\n/);
    expect(code).toBe(0);
    const { config, weights, tokenizerJson } = await loadModelFolder(out);
    const before = await loadModelFolder(trained);
    expect(config).toEqual(before.config);
    expect(JSON.parse(tokenizerJson!)).toEqual(JSON.parse(before.tokenizerJson!));
    expect(await kept(out)).toEqual(new Set(weights.keys()));
  });

  it('begins with fresh FFNs of another kind where asked to, and goes on without the trained model', async () => {
    const out = newFolder();
    const model = newFolder('tiny');
    cpSync(trained, model, { recursive: true });
    const fresh = ['--init', model, '--fresh-ffn', '--ffn', 'dense', '--save-steps', '1'];
    const { stderr } = await train(...fresh, '--out', out);
    expect(stderr).toMatch(/Dense FFN: begins as .*tiny with fresh FFNs\n/);
    const { config, weights } = await loadModelFolder(out);
    expect(config).toMatchObject({ hiddenSize: 16, intermediateSize: 32, ffn: { kind: 'dense' } });
    const ffn = [...weights.keys()].filter((name) => /layer\.\d\.(intermediate|output)\.dense\./.test(name));
    expect(ffn).toHaveLength(8);
    const same = await kept(out);
    expect(ffn.filter((name) => same.has(name) && name.endsWith('weight'))).toEqual([]);
    expect([...weights.keys()].filter((name) => !same.has(name) && !ffn.includes(name))).toEqual([]);

    rmSync(model, { recursive: true });
    const branch = ['--from', out, '--from-step', '1', '--learning-rate', '1e-4', '--out', newFolder()];
    expect((await cli(['train', ...branch, '--threads', '1'])).code).toBe(0);
  });

  it('adds a language-model head to an encoder that has none, and says so', async () => {
    const { config, tokenizerJson } = await loadModelFolder(trained);
    const bert = defineConfig({
      ...config,
      family: 'bert',
      norm: 'post',
      head: 'none',
      ffn: { kind: 'dense' },
    });
    const folder = newFolder('bert');
    const weights = initialWeights(bert, new Random(2));
    await saveModelFolder(folder, { config: bert, weights, tokenizerJson });
    const out = newFolder();
    const { code, stderr } = await train('--init', folder, '--out', out);
    expect(stderr).toMatch(
      /begins as .*bert; 5 parameters that it does not have start fresh: cls\.predictions/,
    );
    expect(code).toBe(0);
    expect((await loadModelFolder(out)).config).toMatchObject({ family: 'bert', head: 'masked-lm' });
  });

  it('warns where it holds out what the trained model has seen', async () => {
    const first = newFolder();
    await train('--init', trained, '--out', first);
    const again = (...args: string[]) => train('--init', first, '--out', newFolder(), ...args);
    expect((await again()).stderr).not.toMatch(/warning/);
    expect((await again('--seed', '5')).stderr).toMatch(
      /warning: LookupFFN: .* was trained on \d+ of the \d+ documents held out here.*seed 0 and validationFraction 0\.05/,
    );
  });

  it.each([
    [['--init', 'nowhere'], /nowhere.*config\.json/],
    [['--fresh-ffn'], /init\.model is missing.*--init/],
    [['--init', '.', '--ffn', 'dense'], /has its FFNs.*--fresh-ffn/],
    [['--init', '.', '--resume'], /--resume goes on with the settings.*--init/],
    [['--from', 'runs/none', '--fresh-ffn'], /--from goes on with the settings.*--fresh-ffn/],
  ])('refuses %j', async (args, message) => {
    const out = newFolder();
    expect(refusal(await cli(['train', ...args, '--out', out]))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ['{ model: { hidden_size: 32 } }', /model\.hidden_size follows from the model to begin as, .*tiny/],
    ['{ model: { ffn: { tables: 8 } } }', /model\.ffn follows from .*fresh FFNs: --fresh-ffn/],
    ['{ tokenizer: { vocabulary: 500 } }', /tokenizer follows from/],
    ['{ init: { fresh: true } }', /init\.fresh is not a known part/],
  ])('refuses a configuration that says otherwise: %s', async (text, message) => {
    const config = join(temporaryFolder(), 'config.yaml');
    writeFileSync(config, text);
    expect(refusal(await train('--init', trained, '--config', config, '--out', newFolder()))).toMatch(
      message,
    );
  });
});

describe('lookupffn ablate --init', () => {
  const gridOf = (base: string, runs: string) => {
    const path = join(temporaryFolder(), 'grid.yaml');
    const training =
      'training: { steps: 2, warmupSteps: 1, batchSize: 2, sequenceLength: 16, learningRate: 1.0e-9 }';
    writeFileSync(
      path,
      `corpus: ${corpus}\nbase:\n  ${base}\n  ${training}\nruns: { ${runs} }\nseeds: [0, 1]\n`,
    );
    return path;
  };
  const bothFfns = 'dense: { model: { ffn: { type: dense } } }, few: { model: { ffn: { tables: 4 } } }';

  it('compares FFNs on one trained model, and goes on by the same name', async () => {
    const grid = gridOf('init: { freshFfn: true }', bothFfns);
    const out = newFolder('study');
    const ablate = (init: string) => cli(['ablate', grid, '--init', init, '--out', out, '--threads', '1']);
    expect((await ablate(trained)).code).toBe(0);
    for (const run of ['dense', 'few']) {
      const same = await kept(join(out, 'runs', `${run},seed=1`));
      expect(same.has('roberta.encoder.layer.1.attention.self.query.weight'), run).toBe(true);
    }
    const { config } = await loadModelFolder(join(out, 'runs', 'few,seed=0'));
    expect(config).toMatchObject({ hiddenSize: 16, ffn: { kind: 'lookup', tables: 4, read: 'four-cell' } });
    expect((await ablate(trained)).stderr).toMatch(/4 of 4 runs are complete already/);
    expect(refusal(await ablate(await tinyModel()))).toMatch(/differs in init\.model \(was .*tiny/);
  });

  it('names the place of the trained model beside the grid, and refuses one without need', async () => {
    const { runs } = await readAblation(gridOf(`init: { model: ${trained}, freshFfn: true }`, bothFfns));
    expect(runs[0]!.config.init).toEqual({ model: trained, freshFfn: true });
    await expect(readAblation(gridOf('init: { freshFfn: true }', bothFfns))).rejects.toMatchObject({
      details: { key: 'init.model' },
    });
    await expect(
      readAblation(gridOf('validationFraction: 0.2', bothFfns), { init: trained }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/no run has an init/),
    });
  });
});
