import type { Random } from '@lookupffn/core';
import { initialWeights, parameterSpecs, type RobertaConfig, type RobertaModel } from '@lookupffn/roberta';
import { countTrainClasses } from '../tasks/classes.js';
import type { Task } from '../tasks/presets.js';

function headFor(config: RobertaConfig, { kind, train }: Pick<Task, 'kind' | 'train'>): RobertaConfig {
  const { sentence: _, ...rest } = config;
  if (kind === 'regression') {
    return { ...rest, head: 'sequence-classification', labels: ['score'], problemType: 'regression' };
  }
  const labels = Array.from({ length: countTrainClasses(train) }, (_, i) => `LABEL_${i}`);
  return { ...rest, head: 'sequence-classification', labels, problemType: 'single_label_classification' };
}

/** Whether a parameter belongs to the head, and not to the encoder: BERT's pooler does. */
export const isHeadParameter = (name: string): boolean =>
  !/\.(embeddings|encoder)\.|prelayernorm\.LayerNorm/.test(name);

/** What a model keeps under a head for another task. BERT's pooler is pretrained, and transformers keeps it too. */
const isKept = (name: string): boolean => !isHeadParameter(name) || name.includes('.pooler.');

/** The model with the head that a task needs: its own where that fits, else a fresh one on the same encoder. */
export function withHead(
  model: RobertaModel,
  task: Pick<Task, 'kind' | 'train'>,
  random: Random,
): RobertaModel {
  const config = headFor(model.config, task);
  const { head, labels, problemType } = model.config;
  const fits =
    head === config.head && labels.length === config.labels.length && problemType === config.problemType;
  if (fits) return model;
  // The encoder's names are the same with every head; what the model lacks, or has for another task, starts fresh.
  const fresh = initialWeights(config, random);
  const weights = new Map<string, Float32Array>();
  for (const { name } of parameterSpecs(config)) {
    weights.set(name, (isKept(name) ? model.weights.get(name) : undefined) ?? fresh.get(name)!);
  }
  return { config, weights };
}
