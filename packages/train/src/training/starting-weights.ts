import { Random } from '@lookupffn/core';
import {
  feedForwardParameters,
  initialWeights,
  type RobertaConfig,
  type RobertaModel,
} from '@lookupffn/roberta';

export interface StartingWeightsOptions {
  /** Of what is fresh: with the training options' it starts as in a run from scratch. Default 0. */
  readonly seed?: number;
  /** Leaves the trained model's FFNs out: those of `config`, dense or look-up, are fresh. Default false. */
  readonly freshFfn?: boolean;
}

export interface StartingWeights {
  /** Every parameter of the config by name: what `Trainer.create` takes. */
  readonly weights: Map<string, Float32Array>;
  /** Names that the trained model has nothing for, such as a language-model head's: they are fresh. */
  readonly missing: readonly string[];
}

/** What a run starts with that begins as a trained model: its weights where they fit `config`, fresh ones for the rest. */
export function startingWeights(
  config: RobertaConfig,
  trained: Pick<RobertaModel, 'weights'>,
  { seed = 0, freshFfn = false }: StartingWeightsOptions = {},
): StartingWeights {
  const layers = Array.from({ length: freshFfn ? config.numHiddenLayers : 0 }, (_, layer) => layer);
  const ffn = new Set(
    layers.flatMap((layer) => feedForwardParameters(config, layer).map(({ name }) => name)),
  );
  const weights = initialWeights(config, new Random(seed).fork('weights'));
  const missing: string[] = [];
  for (const [name, fresh] of weights) {
    if (ffn.has(name)) continue;
    const data = trained.weights.get(name);
    if (data?.length === fresh.length) weights.set(name, data);
    else missing.push(name);
  }
  return { weights, missing };
}
