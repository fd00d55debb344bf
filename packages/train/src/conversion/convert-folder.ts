import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import type { RobertaModel } from '@lookupffn/roberta';
import { modelHash } from '../model-hash.js';
import type { ConvertOptions } from './options.js';

/** What only the later stages depend on may change: the layers' fits stay good. */
const later: { readonly [key in keyof ConvertOptions]?: null } = {
  layers: null,
  maxLoss: null,
  distilSteps: null,
  distilBatchTokens: null,
  distilLearningRate: null,
  logitWeight: null,
  temperature: null,
  budgetSteps: null,
  baseline: null,
};

/**
 * Opens the folder of a conversion, or makes it. A stopped one goes on only with the model, settings and texts that it
 * was begun with: throws `RUN_MISMATCH` otherwise, saying which differs. `texts` are those that layers are fitted on.
 */
export async function openConvertFolder(
  folder: string,
  model: RobertaModel,
  options: ConvertOptions,
  texts: readonly number[][],
): Promise<void> {
  const settings: Record<string, unknown> = {
    model: modelHash(model),
    texts: createHash('sha256').update(JSON.stringify(texts)).digest('hex'),
    options: { ...options, ...later },
  };
  const path = join(folder, 'convert.json');
  await mkdir(folder, { recursive: true });
  if (!existsSync(path)) return writeJsonFile(path, settings);
  const found = (await readJsonFile(path)) as Record<string, unknown>;
  const differs = Object.keys(settings).find(
    (key) => JSON.stringify(found?.[key]) !== JSON.stringify(settings[key]),
  );
  if (differs === undefined) return;
  const what = { model: 'of another model', texts: 'on other texts', options: 'with other settings' }[
    differs
  ];
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `${folder} holds a conversion ${what}, whose layers would not fit. Convert into another folder, or remove this one.`,
    { folder, differs },
  );
}
