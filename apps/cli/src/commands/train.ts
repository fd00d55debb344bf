import { resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { forkOptions } from '@lookupffn/train';
import { type Command, Option } from 'commander';
import { type TokenCacheFlags, withTokenCacheFlags } from '../corpus/token-cache.js';
import { whole } from '../flags.js';
import { overlay, readTrainConfig, withFfn } from '../training/config.js';
import {
  camel,
  givenTrainingFlags,
  type TrainingFlagValues,
  trainingOptions,
  withTrainingFlags,
} from '../training/flags.js';
import { withInit } from '../training/init.js';
import {
  type CompleteTrainConfig,
  type TrainPresetName,
  trainPresetNames,
  trainPresets,
} from '../training/presets.js';
import { runTraining } from '../training/run.js';
import { readRunState } from '../training/run-folder.js';
import { fitWarmup } from '../training/warmup.js';
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
  readonly from?: string;
  readonly fromStep?: number;
  readonly init?: string;
  readonly modelNameOrPath?: string;
  readonly freshFfn?: boolean;
  readonly force?: boolean;
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
      'lookupffn train --init models/roberta --corpus my-texts/ --learning-rate 5e-5 --out runs/adapted',
      'lookupffn train --preset mini --init runs/dense --fresh-ffn --corpus my-texts/ --out runs/lookup',
      'lookupffn train --resume --out runs/mine',
      'lookupffn train --from runs/long --from-step 8000 --schedule warmup_stable_decay --steps 10000 --out runs/short',
      'lookupffn train --from runs/diverged --learning-rate 5e-4 --out runs/lower',
    ],
  )
    .option('--out <folder>', 'becomes a model folder; must be new or empty (also --output-dir)')
    .addOption(new Option('--output-dir <folder>').hideHelp())
    .addOption(new Option('--preset <name>', 'what to start from (default: tiny)').choices(trainPresetNames))
    .option(
      '--config <file>',
      'JSON or YAML with model, training, tokenizer, validationFraction, init: laid over the preset',
    )
    .option(
      '--corpus <path>',
      'text, JSON Lines or gzip file, folder of them, or - for standard input (default: the State of the Union speeches)',
    )
    .addOption(
      new Option('--ffn <kind>', 'kind of FFN (default: as configured)').choices(['dense', 'lookup']),
    )
    .option(
      '--init <model>',
      'begin as a trained model, with its shape, its tokenizer and its weights (also --model-name-or-path)',
    )
    .addOption(new Option('--model-name-or-path <model>').hideHelp())
    .option('--fresh-ffn', 'with --init: all of it but its FFNs, which are those of preset and configuration')
    .option('--resume', 'go on with the run in the output folder (also --resume-from-checkpoint)')
    .addOption(new Option('--resume-from-checkpoint').hideHelp())
    .option(
      '--from <run>',
      'begin as a checkpoint of another run; a run of its own, whose learning rates, regularisers, --steps and end of the schedule may be others',
    )
    .option('--from-step <n>', 'which of its checkpoints (default: the newest)', whole({ min: 1 }))
    .option(
      '--force',
      'with --resume or --from: take another corpus, or another tokenizer of as many ids, than the run had',
    );
  withTokenCacheFlags(command);
  withTrainingFlags(command);
  return withBackendFlags(command).action(async (flags: TrainFlags & TrainingFlagValues) => {
    const { corpus, backend, threads, tokenCache, force } = flags;
    const out = flags.out ?? flags.outputDir;
    if (out === undefined) {
      throw new LookupFfnError('INVALID_ARGUMENT', 'Give the folder that the model goes to: --out <folder>.');
    }
    const shared = { out, corpus, backend, threads, tokenCache, force };
    const result = await runTraining(io, { ...shared, ...(await runOf(flags)) });
    io.document(result);
    io.print(
      [
        `Log perplexity on held-out text after ${count(result.step)} steps: ${result.validation.logPerplexity.toFixed(3)}`,
        `Model: ${out}`,
        `Try:   ${howToCall()} fill-mask ${shellWord(out)} "A text with a <mask>."`,
      ].join('\n'),
    );
  });
}

/** Flags that say what a run is, besides the training flags. */
const settings = ['corpus', 'config', 'preset', 'ffn', 'init', 'model-name-or-path', 'fresh-ffn'] as const;

/** A run that goes on has its settings; a flag that looks as if it changed one is refused. */
function refuse(
  flags: TrainFlags & TrainingFlagValues,
  names: readonly string[],
  given: readonly string[],
  goesOn: string,
): void {
  const flag = [...names.filter((name) => flags[camel(name)] !== undefined), ...given][0];
  if (flag === undefined) return;
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `${goesOn} the settings that the run was begun with. Leave --${flag} out, or start another run with another --out.`,
    { flag },
  );
}

/** What to train: the run in the folder, another run's continuation, or a new one. */
async function runOf(flags: TrainFlags & TrainingFlagValues) {
  if (flags.resume || flags.resumeFromCheckpoint) {
    refuse(flags, ['from', ...settings], givenTrainingFlags(flags), '--resume goes on with');
    return { config: null };
  }
  if (flags.from !== undefined) return forkOf(flags, flags.from);
  if (flags.force) {
    throw new LookupFfnError('INVALID_ARGUMENT', '--force is for --resume and --from. Leave it out.');
  }
  if (flags.fromStep !== undefined) {
    throw new LookupFfnError('INVALID_ARGUMENT', '--from-step is of the run that --from names. Give both.');
  }
  return { config: await configFrom(flags) };
}

/** Another run's configuration and corpus, with what the flags change of its end. */
async function forkOf(flags: TrainFlags & TrainingFlagValues, run: string) {
  const fixed = flags.force ? settings.filter((name) => name !== 'corpus') : settings;
  refuse(flags, fixed, [], '--from goes on with');
  const remedy = '--from takes the --out of a run that was trained.';
  const { corpus, config: begun } = await readRunState(run, remedy);
  const training = forkOptions(begun.training, trainingOptions(flags, begun.training), 'training.');
  return {
    corpus: flags.corpus ?? corpus ?? undefined,
    config: overlay(begun, { training, tokenizer: { path: resolve(run, 'tokenizer.json') } }),
    from: { folder: resolve(run), ...(flags.fromStep === undefined ? {} : { step: flags.fromStep }) },
  };
}

async function configFrom(flags: TrainFlags & TrainingFlagValues): Promise<CompleteTrainConfig> {
  const preset = trainPresets[flags.preset ?? 'tiny'];
  const file = flags.config === undefined ? {} : await readTrainConfig(flags.config);
  const base = overlay(preset, file);
  const given = trainingOptions(flags, base.training);
  const config = overlay(base, { training: given });
  const chosen = file.training?.warmupSteps ?? given.warmupSteps;
  const fitted = chosen === undefined ? fitWarmup(config) : config;
  return withInit(withFfn(initFrom(fitted, flags), flags.ffn), file);
}

/** The trained model to begin as, by flags or file. */
function initFrom(config: CompleteTrainConfig, flags: TrainFlags): CompleteTrainConfig {
  const named = flags.init ?? flags.modelNameOrPath;
  const init = {
    ...config.init,
    ...(named === undefined ? {} : { model: resolve(named) }),
    ...(flags.freshFfn ? { freshFfn: true } : {}),
  };
  if (Object.keys(init).length === 0) return config;
  if (flags.ffn !== undefined && !init.freshFfn) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      'A run that begins as a trained model has its FFNs. Leave --ffn out, or give --fresh-ffn too.',
      { flag: 'ffn' },
    );
  }
  return { ...config, init };
}
