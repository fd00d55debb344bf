import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTrainingOptions } from '@lookupffn/train';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { modelConfig, readTrainConfig } from '../src/training/config.js';
import { givenTrainingFlags, trainingOptions, withTrainingFlags } from '../src/training/flags.js';
import { trainPresets } from '../src/training/presets.js';
import { temporaryFolder } from './cli.js';

const preset = { steps: 400, batchSize: 64, betas: [0.9, 0.98] as [number, number] };
const parse = (...args: string[]) => {
  const command = withTrainingFlags(new Command()).exitOverride();
  command.parse(args, { from: 'user' });
  const values = command.opts();
  return { given: givenTrainingFlags(values), options: trainingOptions(values, preset) };
};

describe('training flags', () => {
  it('set nothing that was not given, but for the watch over tables', () => {
    expect(parse()).toEqual({ given: [], options: { watchTables: true } });
  });

  it('go by the names of Hugging Face, too', () => {
    const { given, options } = parse(
      ...['--max-steps', '200', '--per-device-train-batch-size', '8', '--gradient-accumulation-steps', '4'],
      ...[
        '--lr-scheduler-type',
        'cosine',
        '--warmup-ratio',
        '0.1',
        '--adam-beta2',
        '0.95',
        '--max-grad-norm',
        '0',
      ],
      ...['--eval-steps', '50', '--save-steps', '20', '--save-total-limit', '3', '--load-best-model-at-end'],
    );
    expect(options).toEqual({
      steps: 200,
      batchSize: 32,
      microBatchSize: 8,
      schedule: 'cosine',
      warmupSteps: 20,
      betas: [0.9, 0.95],
      clipNorm: 0,
      evaluateEvery: 50,
      checkpointEvery: 20,
      keepCheckpoints: 3,
      keepBest: true,
      watchTables: true,
    });
    expect(given).toContain('max-steps');
    expect(parseTrainingOptions(options)).toMatchObject({ batchSize: 32, microBatchSize: 8 });
  });

  it('divide a whole batch where only the number of parts is given', () => {
    expect(parse('--gradient-accumulation-steps', '3').options.microBatchSize).toBe(22);
  });

  it('refuse what is out of range', () => {
    expect(() => parse('--table-dropout', '1')).toThrow(/table-dropout/);
    expect(() => parse('--schedule', 'step')).toThrow(/schedule/);
  });
});

describe('configurations', () => {
  it('of every preset are models that can be made', () => {
    for (const [name, config] of Object.entries(trainPresets)) {
      expect(() => modelConfig(config), name).not.toThrow();
    }
    // The paper's small model: 77 of 512 tokens are masked, 128 tables of 256 rows.
    expect(modelConfig(trainPresets.small)).toMatchObject({ hiddenSize: 512, ffn: { tables: 128, bits: 8 } });
  });

  it('are read from YAML as from JSON, with the line of a mistake', async () => {
    const folder = temporaryFolder();
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const wanted = { training: { steps: 7, betas: [0.9, 0.95] }, validationFraction: 0.1 };
    const yaml = 'training:\n  steps: 7 # a short run\n  betas: [0.9, 0.95]\nvalidationFraction: 0.1\n';
    expect(await readTrainConfig(file('a.yaml', yaml))).toEqual(wanted);
    expect(await readTrainConfig(file('a.json', JSON.stringify(wanted)))).toEqual(wanted);
    await expect(readTrainConfig(file('b.yml', 'training:\n  steps: [7\n'))).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringMatching(/b\.yml is not YAML: .*line 3/),
    });
    await expect(readTrainConfig(file('c.yaml', 'trainig: {}\n'))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/trainig is not a known part/),
    });
  });
});
