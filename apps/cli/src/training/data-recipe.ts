import { basename, dirname, join, resolve } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { readJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import { count } from '../ui/format.js';

const schema = v.object({
  /** Full path of the corpus; null for the one that comes with the installation. */
  corpus: v.nullable(v.string()),
  /** SHA-256 over the packed sequences. */
  corpusHash: v.string(),
  sequenceLength: v.number(),
  validationFraction: v.number(),
  /** Chose the held-out documents. */
  seed: v.number(),
  /** Their names; runs of earlier versions did not note them. */
  heldOut: v.optional(v.array(v.string())),
});

/** How a model's data was made: enough to find its held-out documents again. */
export type DataRecipe = v.InferOutput<typeof schema>;

/** A model's training folder; that of a checkpoint is the one it stands in. */
function trainingFolderOf(modelFolder: string): string {
  const checkpoints = dirname(resolve(modelFolder));
  return basename(checkpoints) === 'checkpoints' ? dirname(checkpoints) : join(modelFolder, 'training');
}

/**
 * What to say where a run that begins as the trained model in `folder` holds out documents which that model was trained
 * on; undefined where it does not, or where nothing says what it was trained on.
 */
export async function seenDocumentsWarning(
  folder: string,
  { corpus }: Pick<DataRecipe, 'corpus'>,
  heldOut: readonly string[],
): Promise<string | undefined> {
  const recipe = await readDataRecipe(folder).catch((error: unknown) => {
    if (isLookupFfnError(error) && error.code === 'RUN_MISMATCH') return undefined;
    throw error;
  });
  if (recipe?.heldOut === undefined || recipe.corpus !== corpus) return undefined;
  const unseen = new Set(recipe.heldOut);
  const seen = heldOut.filter((name) => !unseen.has(name)).length;
  if (seen === 0) return undefined;
  const { seed, validationFraction } = recipe;
  return `${folder} was trained on ${count(seen)} of the ${count(heldOut.length)} documents held out here, which makes this model look better than it is. It was trained with seed ${seed} and validationFraction ${validationFraction}: the same hold out the same.`;
}

/** The recipe of a model, or of a checkpoint, that was trained here. Throws `RUN_MISMATCH` for any other. */
export async function readDataRecipe(modelFolder: string): Promise<DataRecipe> {
  const path = join(trainingFolderOf(modelFolder), 'data.json');
  const result = v.safeParse(
    schema,
    await readJsonFile(path).catch((error: unknown) => {
      throw new LookupFfnError(
        'RUN_MISMATCH',
        `${modelFolder} does not say what it was trained on (no training/data.json), so its held-out documents are unknown. Give the text to evaluate on with --corpus.`,
        { path },
        error,
      );
    }),
  );
  if (result.success) return result.output;
  throw new LookupFfnError(
    'FILE_CORRUPT',
    `${path} is damaged. Give the text to evaluate on with --corpus.`,
    { path },
  );
}
