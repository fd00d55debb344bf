import { LookupFfnError } from '@lookupffn/core';
import { configToJson, type RobertaConfig } from '@lookupffn/roberta';
import { loadModelFolder, readModelConfig } from '@lookupffn/roberta/node';
import { startingWeights } from '@lookupffn/train';
import { count } from '../ui/format.js';
import { decided } from './config.js';
import type { CompleteTrainConfig, InitInput, TrainConfigInput } from './presets.js';

/** The trained model's config.json with a language-model head, as the `model` part of a configuration. */
async function trainedModel(folder: string): Promise<Record<string, unknown>> {
  const json = configToJson({ ...(await readModelConfig(folder)), head: 'masked-lm', labels: [] });
  const ofTokenizer: readonly string[] = decided.filter((key) => key !== 'vocab_size');
  return Object.fromEntries(Object.entries(json).filter(([key]) => !ofTokenizer.includes(key)));
}

const follows = (key: string, folder: string, what: string) =>
  new LookupFfnError('INVALID_CONFIG', `${key} follows from the model to begin as, ${folder}: ${what}.`, {
    key,
  });

/** The folder of the trained model to begin as. Throws `INVALID_CONFIG` where nobody has named it. */
export function initFolder({ model }: InitInput): string {
  if (model !== undefined) return model;
  throw new LookupFfnError(
    'INVALID_CONFIG',
    'init.model is missing. Give the folder of the trained model to begin as: --init <folder>.',
    { key: 'init.model' },
  );
}

/**
 * The configuration of a run that begins as a trained model, whose shape and tokenizer are the run's; without `init`, as
 * it is. `given` is what somebody chose, not a preset: what is not the trained model's is refused there, `INVALID_CONFIG`
 * naming the key. Throws as `loadModelFolder` for what is no model.
 */
export async function withInit(
  config: CompleteTrainConfig,
  given: TrainConfigInput,
): Promise<CompleteTrainConfig> {
  const { init } = config;
  if (!init) return config;
  const { freshFfn = false } = init;
  const folder = initFolder(init);
  const trained = await trainedModel(folder);
  const free = freshFfn ? ['ffn', 'intermediate_size'] : [];
  for (const [key, value] of Object.entries(given.model ?? {})) {
    if (free.includes(key) || JSON.stringify(value) === JSON.stringify(trained[key])) continue;
    const remedy = key === 'ffn' ? 'Leave it out, or begin with fresh FFNs: --fresh-ffn' : 'Leave it out';
    throw follows(`model.${key}`, folder, remedy);
  }
  const { tokenizer } = given;
  if (tokenizer && !('path' in tokenizer && tokenizer.path === folder)) {
    throw follows('tokenizer', folder, 'Leave it out');
  }
  const { intermediate_size = trained.intermediate_size } = given.model ?? {};
  return {
    ...config,
    model: freshFfn ? { ...trained, intermediate_size, ffn: config.model.ffn } : trained,
    tokenizer: { path: folder },
  };
}

/** What a run that begins as a trained model starts with, and words for what that is. */
export async function initialWeightsOf(init: InitInput, config: RobertaConfig, seed: number) {
  const { freshFfn = false } = init;
  const folder = initFolder(init);
  const { weights, missing } = startingWeights(config, await loadModelFolder(folder), { seed, freshFfn });
  const rest =
    missing.length === 0
      ? ''
      : `; ${count(missing.length)} parameters that it does not have start fresh: ${missing.join(', ')}`;
  return { weights, note: `begins as ${folder}${freshFfn ? ' with fresh FFNs' : ''}${rest}` };
}
