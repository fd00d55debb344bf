import { type Colours, coloursFor } from './colours.js';
import { createProgress, type Progress } from './progress.js';

/** Where a command speaks. With `--json` standard output carries one document and everything else goes to standard error. */
export interface Io {
  readonly json: boolean;
  readonly colours: Colours;
  readonly progress: Progress;
  /** A result for people: standard output, or standard error beside a JSON document. */
  print(text: string): void;
  /** What happens meanwhile: always standard error. */
  note(text: string): void;
  /** The result for programs; written only with `--json`, and only once. */
  document(value: unknown): void;
  /** What the process ends with when nothing is thrown. */
  exitCode: number;
}

export function createIo(json: boolean): Io {
  // A reader that has seen enough (`| head`) closes the pipe; that is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const people = json ? process.stderr : process.stdout;
  const progress = createProgress(process.stderr);
  let written = false;
  return {
    json,
    colours: coloursFor(people),
    progress,
    print(text) {
      progress.clear();
      people.write(`${text}\n`);
    },
    note(text) {
      progress.clear();
      process.stderr.write(`${text}\n`);
    },
    document(value) {
      if (!json) return;
      if (written) throw new Error('a command wrote two JSON documents');
      written = true;
      process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    exitCode: 0,
  };
}
