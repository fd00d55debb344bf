import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { usualFolder } from '../demo/run.js';
import { modelNames } from '../report/report.js';
import { requireModelFolder } from './open-fill-mask.js';

/** The demo's two models, if there are any. */
function usualModels(): string[] {
  const found = modelNames
    .map((name) => join(usualFolder, name))
    .filter((path) => existsSync(join(path, 'config.json')));
  if (found.length > 0) return found;
  throw new LookupFfnError(
    'FILE_NOT_FOUND',
    `There are no models in ${usualFolder}. Run \`lookupffn demo\` first, or give the folders of trained models.`,
  );
}

/** Names for the models: their folders' names, made different where two are alike. */
function namesOf(folders: readonly string[]): string[] {
  const plain = folders.map((folder) => basename(resolve(folder)));
  return plain.map((name, i) => (plain.indexOf(name) === plain.lastIndexOf(name) ? name : folders[i]!));
}

/** The models asked for, or the demo's, each under a name of its own. Throws `FILE_NOT_FOUND` for what is no model. */
export function modelsToShow(given: readonly string[]): { name: string; folder: string }[] {
  const folders = given.length > 0 ? given : usualModels();
  folders.forEach(requireModelFolder);
  const names = namesOf(folders);
  return folders.map((folder, i) => ({ name: names[i]!, folder }));
}
