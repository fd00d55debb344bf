import { LookupFfnError } from '@lookupffn/core';
import type { TrainingOptionsInput } from '@lookupffn/train';
import { type Command, Option } from 'commander';
import { real, whole } from '../flags.js';
import { overlay, readTrainConfig, withFfn } from '../training/config.js';
import {
  type CompleteTrainConfig,
  type TrainPresetName,
  trainPresetNames,
  trainPresets,
} from '../training/presets.js';
import { runTraining } from '../training/run.js';
import { type BackendFlags, withBackendFlags } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import { howToCall, shellWord } from '../ui/how-to-call.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

interface TrainFlags extends BackendFlags {
  readonly out: string;
  readonly corpus?: string;
  readonly config?: string;
  readonly preset?: TrainPresetName;
  readonly ffn?: 'dense' | 'lookup';
  readonly resume?: boolean;
  readonly steps?: number;
  readonly batch?: number;
  readonly sequence?: number;
  readonly learningRate?: number;
  readonly seed?: number;
}

/** Flags of the command and the training option that each sets. */
const trainingFlags = {
  steps: 'steps',
  batch: 'batchSize',
  sequence: 'sequenceLength',
  learningRate: 'learningRate',
  seed: 'seed',
} as const satisfies Record<string, keyof TrainingOptionsInput>;

/** `lookupffn train`. */
export function trainCommand(io: Io): Command {
  const command = newCommand(
    'train',
    'Train one masked language model from a preset or a configuration file.',
    [
      'lookupffn train --preset tiny --out runs/tiny',
      'lookupffn train --preset mini --ffn dense --corpus my-texts/ --out runs/dense',
      'lookupffn train --config my-model.json --steps 2000 --out runs/mine',
      'lookupffn train --resume --out runs/mine',
    ],
  )
    .requiredOption('--out <folder>', 'becomes a model folder; must be new or empty')
    .addOption(new Option('--preset <name>', 'what to start from (default: tiny)').choices(trainPresetNames))
    .option(
      '--config <file>',
      'JSON with model, training, tokenizer, validationFraction: laid over the preset',
    )
    .option('--corpus <path>', 'a text file or a folder of them (default: the State of the Union speeches)')
    .addOption(
      new Option('--ffn <kind>', 'kind of FFN (default: as configured)').choices(['dense', 'lookup']),
    )
    .option('--steps <n>', 'training steps', whole({ min: 1, max: 2 ** 31 - 1 }))
    .option('--batch <n>', 'sequences a step', whole({ min: 1, max: 65_536 }))
    .option('--sequence <n>', 'tokens a sequence', whole({ min: 4, max: 65_536 }))
    .option('--learning-rate <x>', 'peak learning rate', real({ min: 1e-9, max: 10 }))
    .option('--seed <n>', 'seed of weights, data order and masks', whole({ min: 0, max: 2 ** 31 - 1 }))
    .option('--resume', 'go on with the run in the output folder');
  return withBackendFlags(command).action(async (flags: TrainFlags) => {
    const config = flags.resume ? refuseSettings(flags) : await configFrom(flags);
    const { out, corpus, backend, threads } = flags;
    const result = await runTraining(io, { out, corpus, backend, threads, config });
    io.document(result);
    io.print(
      [
        `Log perplexity on held-out text after ${count(result.steps)} steps: ${result.validation.logPerplexity.toFixed(3)}`,
        `Model: ${out}`,
        `Try:   ${howToCall()} fill-mask ${shellWord(out)} "A text with a <mask>."`,
      ].join('\n'),
    );
  });
}

/** A resumed run has its settings; a flag that looks as if it changed one is refused. */
function refuseSettings(flags: TrainFlags): null {
  const settings = [
    'corpus',
    'config',
    'preset',
    'ffn',
    ...Object.keys(trainingFlags),
  ] as (keyof TrainFlags)[];
  const given = settings.find((name) => flags[name] !== undefined);
  if (given === undefined) return null;
  const flag = given.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `--resume goes on with the settings that the run was begun with. Leave --${flag} out, or start another run with another --out.`,
    { flag },
  );
}

async function configFrom(flags: TrainFlags): Promise<CompleteTrainConfig> {
  const preset = trainPresets[flags.preset ?? 'tiny'];
  const file = flags.config === undefined ? {} : await readTrainConfig(flags.config);
  const training = Object.fromEntries(
    Object.entries(trainingFlags).flatMap(([flag, option]) => {
      const value = flags[flag as keyof typeof trainingFlags];
      return value === undefined ? [] : [[option, value]];
    }),
  );
  const config = overlay(overlay(preset, file), { training });
  // The preset's warm-up may be longer than the whole of a short run.
  const { steps, warmupSteps } = config.training;
  if (steps !== undefined && warmupSteps !== undefined && file.training?.warmupSteps === undefined) {
    return withFfn(
      overlay(config, { training: { warmupSteps: Math.min(warmupSteps, Math.ceil(steps / 10)) } }),
      flags.ffn,
    );
  }
  return withFfn(config, flags.ffn);
}
