import { Command } from 'commander';

/** A command with `--json` and examples in its help, as every one here has. */
export function newCommand(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'one JSON document on standard output, all else on standard error')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}
