import { LookupFfnError } from '@lookupffn/core';
import { type Command, Option } from 'commander';
import { type TokenCacheFlags, withTokenCacheFlags } from '../corpus/token-cache.js';
import { overlay, readTrainConfig, withFfn } from '../training/config.js';
import {
  givenTrainingFlags,
  type TrainingFlagValues,
  trainingOptions,
  withTrainingFlags,
} from '../training/flags.js';
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

interface TrainFlags extends BackendFlags, TokenCacheFlags {
  readonly out?: string;
  readonly outputDir?: string;
  readonly corpus?: string;
  readonly config?: string;
  readonly preset?: TrainPresetName;
  readonly ffn?: 'dense' | 'lookup';
  readonly resume?: boolean;
  readonly resumeFromCheckpoint?: boolean;
}

/** `lookupffn train`. */
export function trainCommand(io: Io): Command {
  const command = newCommand(
    'train',
    'Train one masked language model from a preset or a configuration file.',
    [
      'lookupffn train --preset tiny --out runs/tiny',
      'lookupffn train --preset mini --ffn dense --corpus my-texts/ --out runs/dense',
      'lookupffn train --preset small --max-steps 20000 --eval-steps 1000 --output-dir runs/small',
      'zcat texts.gz | lookupffn train --corpus - --out runs/piped',
      'lookupffn train --config my-model.yaml --steps 2000 --out runs/mine',
      'lookupffn train --resume --out runs/mine',
    ],
  )
    .option('--out <folder>', 'becomes a model folder; must be new or empty (also --output-dir)')
    .addOption(new Option('--output-dir <folder>').hideHelp())
    .addOption(new Option('--preset <name>', 'what to start from (default: tiny)').choices(trainPresetNames))
    .option(
      '--config <file>',
      'JSON or YAML with model, training, tokenizer, validationFraction: laid over the preset',
    )
    .option(
      '--corpus <path>',
      'text, JSON Lines or gzip file, folder of them, or - for standard input (default: the State of the Union speeches)',
    )
    .addOption(
      new Option('--ffn <kind>', 'kind of FFN (default: as configured)').choices(['dense', 'lookup']),
    )
    .option('--resume', 'go on with the run in the output folder (also --resume-from-checkpoint)')
    .addOption(new Option('--resume-from-checkpoint').hideHelp());
  withTokenCacheFlags(command);
  withTrainingFlags(command);
  return withBackendFlags(command).action(async (flags: TrainFlags & TrainingFlagValues) => {
    const { corpus, backend, threads, tokenCache } = flags;
    const out = flags.out ?? flags.outputDir;
    if (out === undefined) {
      throw new LookupFfnError('INVALID_ARGUMENT', 'Give the folder that the model goes to: --out <folder>.');
    }
    const config =
      flags.resume || flags.resumeFromCheckpoint ? refuseSettings(flags) : await configFrom(flags);
    const result = await runTraining(io, { out, corpus, backend, threads, tokenCache, config });
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
function refuseSettings(flags: TrainFlags & TrainingFlagValues): null {
  const [flag] = [
    ...['corpus', 'config', 'preset', 'ffn'].filter((name) => flags[name] !== undefined),
    ...givenTrainingFlags(flags),
  ];
  if (flag === undefined) return null;
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `--resume goes on with the settings that the run was begun with. Leave --${flag} out, or start another run with another --out.`,
    { flag },
  );
}

async function configFrom(flags: TrainFlags & TrainingFlagValues): Promise<CompleteTrainConfig> {
  const preset = trainPresets[flags.preset ?? 'tiny'];
  const file = flags.config === undefined ? {} : await readTrainConfig(flags.config);
  const base = overlay(preset, file);
  const given = trainingOptions(flags, base.training);
  const config = overlay(base, { training: given });
  const { steps, warmupSteps } = config.training;
  const chosen = file.training?.warmupSteps ?? given.warmupSteps;
  if (steps === undefined || warmupSteps === undefined || chosen !== undefined) {
    return withFfn(config, flags.ffn);
  }
  // The preset's warm-up may be longer than the whole of a short run.
  const warmup = { warmupSteps: Math.min(warmupSteps, Math.ceil(steps / 10)) };
  return withFfn(overlay(config, { training: warmup }), flags.ffn);
}
