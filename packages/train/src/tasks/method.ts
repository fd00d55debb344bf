import { LookupFfnError } from '@lookupffn/core';
import type { RobertaConfig } from '@lookupffn/roberta';
import { checkTestClasses, countTrainClasses } from './classes.js';
import type { Task } from './presets.js';

/** How the model answers: with its own head, by the cosine of its embeddings, or through a probe on them. */
export type TaskMethod = 'head' | 'cosine' | 'probe';

const invalid = (message: string, details: Record<string, unknown>) =>
  new LookupFfnError('INVALID_ARGUMENT', message, details);

/** Throws `INVALID_ARGUMENT` where a classification head does not answer what the task asks. */
export function checkHead(
  { labels, problemType }: RobertaConfig,
  { kind, test }: Pick<Task, 'kind' | 'test'>,
): void {
  if ((kind === 'regression') !== (problemType === 'regression')) {
    const asks = kind === 'regression' ? 'scores' : 'classes';
    throw invalid(
      `The model's head is for ${problemType} (${labels.join(', ')}), and this task asks for ${asks}. Fine-tune it on the task first.`,
      { kind, problemType, labels },
    );
  }
  if (kind === 'regression') return;
  const known = labels.length;
  checkTestClasses(test, known, `the model's head (${labels.join(', ')}) has`);
}

/**
 * How a model is measured on a task, and the number of classes that it may answer with (0: it gives scores). All that
 * can be wrong with task and model is found here, before any text is computed. Throws `INVALID_ARGUMENT` and
 * `CORPUS_INVALID`.
 */
export function chooseMethod(config: RobertaConfig, task: Task): { method: TaskMethod; classes: number } {
  const { kind, train, test } = task;
  if (test.length === 0) throw new LookupFfnError('CORPUS_INVALID', 'There are no examples to measure on.');
  if (config.head === 'sequence-classification') {
    checkHead(config, task);
    return { method: 'head', classes: kind === 'regression' ? 0 : config.labels.length };
  }
  if (kind === 'regression') {
    if (test.every(({ pair }) => pair !== undefined)) return { method: 'cosine', classes: 0 };
    throw invalid(
      'This model has no head for scores, and only of pairs do its embeddings give one. Fine-tune it on the task first (`lookupffn finetune`).',
      { kind, head: config.head },
    );
  }
  const classes = countTrainClasses(train);
  checkTestClasses(test, classes, 'the training examples have');
  return { method: 'probe', classes };
}
