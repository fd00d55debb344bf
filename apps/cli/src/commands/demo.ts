import type { Command } from 'commander';
import { demoPreset } from '../demo/preset.js';
import { printReport } from '../demo/print.js';
import { type DemoOptions, runDemo, usualFolder } from '../demo/run.js';
import { real, whole } from '../flags.js';
import { withBackendFlags } from '../ui/backend-flags.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

/** `lookupffn demo`: the main job. */
export function demoCommand(io: Io): Command {
  const command = newCommand(
    'demo',
    'Train two small language models on real text, one with dense FFNs and one with LookupFFNs, and compare them.',
    [
      'lookupffn demo',
      'lookupffn demo --corpus my-texts/ --minutes 10',
      'lookupffn demo --resume                  go on after Ctrl-C',
      'lookupffn demo --steps 50 --out runs/quick --json',
    ],
  )
    .option('--corpus <path>', 'a text file or a folder of them (default: the State of the Union speeches)')
    .option('--out <folder>', 'where everything goes; an earlier demo there is replaced', usualFolder)
    .option('--resume', 'go on with the demo in the output folder')
    .option(
      '--steps <n>',
      `training steps of each model (default: ${demoPreset.steps}, or what fits the time)`,
      whole({ min: 1, max: 10_000_000 }),
    )
    .option(
      '--minutes <n>',
      'training time of both models together; the steps follow',
      real({ min: 0.01, max: 10_000 }),
    )
    .option(
      '--batch <n>',
      `sequences a step (default: ${demoPreset.training.batchSize})`,
      whole({ min: 1, max: 65_536 }),
    )
    .option(
      '--sequence <n>',
      `tokens a sequence (default: ${demoPreset.sequenceLength})`,
      whole({ min: 8, max: 8192 }),
    )
    .option(
      '--seed <n>',
      `seed of weights, data order and masks (default: ${demoPreset.seed})`,
      whole({ min: 0 }),
    );
  return withBackendFlags(command).action(async (options: DemoOptions) => {
    const { folder, report } = await runDemo(io, options);
    io.document(report);
    printReport(io, report, folder);
  });
}
