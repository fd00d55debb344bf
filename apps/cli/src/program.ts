import { createRequire } from 'node:module';
import { Command } from 'commander';
import { ablateCommand } from './commands/ablate.js';
import { benchCommand } from './commands/bench.js';
import { conformanceCommand } from './commands/conformance.js';
import { convertCommand } from './commands/convert.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { embedCommand } from './commands/embed.js';
import { evalCommand } from './commands/eval.js';
import { fillMaskCommand } from './commands/fill-mask.js';
import { finetuneCommand } from './commands/finetune.js';
import { packCommand } from './commands/pack.js';
import { pageCommand } from './commands/page.js';
import { profileCommand } from './commands/profile.js';
import { serveCommand } from './commands/serve.js';
import { trainCommand } from './commands/train.js';
import { tuneCommand } from './commands/tune.js';
import type { Io } from './ui/io.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Settings that commander does not hand down by itself; failures are thrown and worded in one place. */
function settle(command: Command, io: Io): Command {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: (text) => io.print(text.trimEnd()), outputError: () => {} });
  for (const child of command.commands) settle(child, io);
  return command;
}

/** The whole command line; each command is a file. */
export function createProgram(io: Io): Command {
  const program = new Command('lookupffn')
    .description(
      'Transformers whose feed-forward layers are table look-ups: train, compare, run and measure them.',
    )
    .version(version)
    .addHelpText(
      'after',
      `
Examples:
  lookupffn demo                                   train a dense and a look-up model and compare them
  lookupffn fill-mask runs/demo/lookup "The state of the <mask> is strong."
  lookupffn doctor                                 what runs on this machine, and why

Environment:
  LOOKUPFFN_BACKEND      use this backend or fail
  LOOKUPFFN_NUM_THREADS  threads of the native backend
  LOOKUPFFN_ISA          cap on its instruction set
  LOOKUPFFN_TUNE         off: ignore what "lookupffn tune" found
  LOOKUPFFN_DEBUG        show where an error happened
  NO_COLOR               no colours`,
    );
  for (const add of [
    demoCommand,
    trainCommand,
    ablateCommand,
    convertCommand,
    finetuneCommand,
    evalCommand,
    fillMaskCommand,
    embedCommand,
    packCommand,
    profileCommand,
    tuneCommand,
    serveCommand,
    pageCommand,
    benchCommand,
    doctorCommand,
    conformanceCommand,
  ]) {
    program.addCommand(add(io));
  }
  return settle(program, io);
}
