import { resolveFactory } from '@lookupffn/auto';
import { loadModelFolder, saveTuning, tuningFile, tuningKey } from '@lookupffn/roberta/node';
import type { Command } from 'commander';
import { listOf, real, whole } from '../flags.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { type Trial, type TuneResult, tune } from '../tune/tune.js';
import { times } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { newCommand } from './command.js';

interface TuneFlags {
  readonly backend?: string;
  readonly tokens: number;
  readonly maxError: number;
  readonly threads?: number[];
  readonly repeat: number;
  readonly dryRun?: boolean;
  readonly forget?: boolean;
}

/** `lookupffn tune`. */
export function tuneCommand(io: Io): Command {
  const command = newCommand(
    'tune',
    'Find the fastest dtypes, threads and tiles for a model on this machine, within an accuracy budget; sessions of that folder then use them.',
    [
      'lookupffn tune runs/demo/lookup',
      'lookupffn tune runs/demo/lookup -p 512 --max-error 0.005 -t 1,2',
      'lookupffn tune runs/demo/lookup --forget',
    ],
  )
    .argument('<model>', 'model folder')
    .option('--backend <name>', 'tune this backend (default: the fastest that runs here; see doctor)')
    .option('-p, --tokens <n>', 'tokens of a typical request', whole({ min: 1, max: 1 << 16 }), 128)
    .option(
      '--max-error <x>',
      'largest difference of the hidden states from float32, relative to the largest magnitude',
      real({ min: 0 }),
      0.01,
    )
    .option('-t, --threads <list>', 'numbers of threads to try', listOf(whole({ min: 1, max: 256 })))
    .option('-r, --repeat <n>', 'samples of each', whole({ min: 3, max: 1000 }), 9)
    .option('--dry-run', 'measure, but store nothing')
    .option('--forget', 'remove what was stored for this model, and measure nothing');
  return command.action((model: string, flags: TuneFlags) =>
    interruptible(io, 'Stopping.', async (signal) => {
      requireModelFolder(model);
      const factory = await resolveFactory({ require: flags.backend });
      const key = await tuningKey(model, factory.name);
      if (flags.forget) {
        await saveTuning(key, null);
        io.document({ forgotten: key, file: tuningFile() });
        io.print(`Forgotten: ${model} on ${factory.name} (${tuningFile()}).`);
        return;
      }
      const { tokens, maxError, repeat, threads } = flags;
      const result = await tune(factory, await loadModelFolder(model), {
        ...{ tokens, maxError, repeat, threads, signal },
        onProgress: (what) => io.progress.update(() => `tune: ${what}`),
      });
      const { precision, options, microsPerToken, error } = result.chosen;
      const defaultMicrosPerToken = result.untuned.microsPerToken;
      const made = new Date().toISOString();
      const tuning = {
        precision,
        options,
        tokens,
        microsPerToken,
        defaultMicrosPerToken,
        error,
        maxError,
        made,
      };
      if (!flags.dryRun) await saveTuning(key, tuning);
      io.document({ key, file: flags.dryRun ? null : tuningFile(), tuning, trials: result.trials });
      io.print(tuneText(io, result, maxError, flags.dryRun ? undefined : tuningFile()));
    }),
  );
}

function tuneText(
  io: Io,
  { chosen, untuned, trials }: TuneResult,
  maxError: number,
  file: string | undefined,
): string {
  const cells = ({ precision, options, error, withinBudget, microsPerToken }: Trial) => [
    precision.linearDtype ?? 'f32',
    precision.tableDtype ?? '-',
    precision.projectionDtype ?? '',
    String(options.threads ?? '-'),
    String(options.tileRows ?? '-'),
    withinBudget ? error.toExponential(1) : io.colours.red(`${error.toExponential(1)} too far`),
    microsPerToken?.toPrecision(3) ?? '-',
    microsPerToken ? times(untuned.microsPerToken / microsPerToken) : '-',
  ];
  const head = ['dense', 'tables', 'projection', 'threads', 'tile', 'error', 'us/token', 'faster'];
  return [
    table(head, trials.map(cells), io.colours),
    '',
    `Chosen, within an error of ${maxError}:`,
    table(head, [cells(chosen)], io.colours),
    '',
    file === undefined
      ? 'Nothing was stored (--dry-run).'
      : `Stored in ${file}. Sessions of this folder use it unless threads or dtypes are given; LOOKUPFFN_TUNE=off or "lookupffn tune --forget" switch it off.`,
  ].join('\n');
}
