import { basename, relative } from 'node:path';

/** A path or text as one word of a shell's command line. */
export function shellWord(text: string): string {
  return /^[\w./@:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How this program was called, so that commands it suggests can be pasted: by its name, or as a file of the repository. */
export function howToCall(script = process.argv[1] ?? 'lookupffn', from = process.cwd()): string {
  if (basename(script) !== 'main.js') return 'lookupffn';
  const near = relative(from, script);
  return `node ${shellWord(near.startsWith('..') ? script : near)}`;
}
