import { LookupFfnError, type Random } from '@lookupffn/core';
import { initialWeights, parameterSpecs, type RobertaConfig, type RobertaModel } from '@lookupffn/roberta';
import type { Example } from '../tasks/examples.js';
import type { Task } from '../tasks/presets.js';

/** Classes are whole numbers from 0, as many as the largest says. */
function countClasses(examples: readonly Example[]): number {
  let largest = 0;
  for (const { label } of examples) {
    if (!Number.isInteger(label) || label < 0 || label > 999) {
      throw new LookupFfnError(
        'CORPUS_INVALID',
        `A label is ${label}; classes are whole numbers from 0. For scores, ask for a regression.`,
        { label },
      );
    }
    largest = Math.max(largest, label);
  }
  return largest + 1;
}

function headFor(config: RobertaConfig, { kind, train }: Pick<Task, 'kind' | 'train'>): RobertaConfig {
  const { sentence: _, ...rest } = config;
  if (kind === 'similarity') {
    return { ...rest, head: 'sequence-classification', labels: ['score'], problemType: 'regression' };
  }
  const count = Math.max(2, countClasses(train));
  const labels = Array.from({ length: count }, (_, i) => `LABEL_${i}`);
  return { ...rest, head: 'sequence-classification', labels, problemType: 'single_label_classification' };
}

/** Whether a parameter belongs to the head, and not to the encoder: BERT's pooler does. */
export const isHeadParameter = (name: string): boolean =>
  !/\.(embeddings|encoder)\.|prelayernorm\.LayerNorm/.test(name);

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
    weights.set(name, (isHeadParameter(name) ? undefined : model.weights.get(name)) ?? fresh.get(name)!);
  }
  return { config, weights };
}
