import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { folderOf } from '@lookupffn/server';
import { usualFolder } from '../demo/run.js';
import { modelNames } from '../report/report.js';
import { requireModel } from './open-fill-mask.js';

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
function namesOf(models: readonly string[]): string[] {
  const plain = models.map((model) => basename(resolve(folderOf(model))));
  return plain.map((name, i) => (plain.indexOf(name) === plain.lastIndexOf(name) ? name : models[i]!));
}

export interface ModelToShow {
  readonly name: string;
  /** A folder or a packed file. */
  readonly model: string;
  /** The folder, of a packed file the one it stands in. */
  readonly folder: string;
}

/** The models asked for, or the demo's, each under a name of its own. Throws `FILE_NOT_FOUND` for what is no model. */
export function modelsToShow(given: readonly string[]): ModelToShow[] {
  const models = given.length > 0 ? given : usualModels();
  models.forEach(requireModel);
  const names = namesOf(models);
  return models.map((model, i) => ({ name: names[i]!, model, folder: folderOf(model) }));
}
