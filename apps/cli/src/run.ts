import { createProgram } from './program.js';
import { describeFailure } from './ui/failure.js';
import { createIo } from './ui/io.js';

/** Runs one command line and resolves with the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted. */
export async function run(argv: readonly string[]): Promise<number> {
  // Decided before parsing, for a mistyped flag must be reported as JSON too.
  const io = createIo(argv.includes('--json'));
  try {
    await createProgram(io).parseAsync(argv, { from: 'user' });
    return io.exitCode;
  } catch (error) {
    io.progress.clear();
    const failure = describeFailure(error);
    if (failure.message) {
      io.note(`${failure.exitCode === 130 ? '' : `${io.colours.red('error:')} `}${failure.message}`);
    }
    if (failure.code && io.json) {
      const { code, message, exitCode } = failure;
      io.document({ error: { code, message, exitCode } });
    }
    return failure.exitCode;
  }
}
