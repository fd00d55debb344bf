import { Random } from '@lookupffn/core';
import { pipeline, type Session } from '@lookupffn/roberta';
import { cosine, type EmbedOptions, embedTexts, type TaskTokenizer } from './embed.js';
import type { Example } from './examples.js';
import { type FeatureMatrix, linearProbe } from './linear-probe.js';
import { chooseMethod, type TaskMethod } from './method.js';
import { accuracy, f1, macroF1, matthews, pearson, spearman } from './metrics.js';
import type { MetricName, Task } from './presets.js';

export interface EvaluateTaskOptions extends EmbedOptions {
  /** Most training rows that a probe is fitted to, drawn by a fixed seed; default 10,000. */
  readonly probeRows?: number;
}

export interface TaskResult {
  readonly method: TaskMethod;
  /** By name; F1 of more than two classes as `macroF1`. */
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  /** Test examples. */
  readonly examples: number;
}

const measures: Readonly<Record<MetricName, (a: ArrayLike<number>, b: ArrayLike<number>) => number>> = {
  accuracy,
  f1,
  macroF1,
  matthews,
  pearson,
  spearman,
};

/** Features of texts are their embeddings; of pairs |u - v| and u * v, as InferSent compares sentences. */
async function features(
  session: Session,
  tokenizer: TaskTokenizer,
  examples: readonly Example[],
  options: EmbedOptions,
): Promise<FeatureMatrix> {
  const left = await embedTexts(
    session,
    tokenizer,
    examples.map(({ text }) => text),
    options,
  );
  if (examples[0]?.pair === undefined) return left;
  const right = await embedTexts(
    session,
    tokenizer,
    examples.map(({ pair }) => pair!),
    options,
  );
  const size = left.size * 2;
  const data = new Float32Array(left.data.length * 2);
  left.data.forEach((u, i) => {
    const v = right.data[i]!;
    const at = Math.floor(i / left.size) * size + (i % left.size);
    data[at] = Math.abs(u - v);
    data[at + left.size] = u * v;
  });
  return { data, size };
}

async function byHead(
  session: Session,
  tokenizer: TaskTokenizer,
  { test }: Task,
  { signal, onProgress }: EmbedOptions,
): Promise<number[]> {
  const classify = await pipeline('text-classification', {
    session,
    tokenizer,
  });
  const { labels, problemType } = session.config;
  const results = await classify.nested(
    test.map(({ text, pair }) => (pair === undefined ? text : { text, text_pair: pair })),
    { top_k: 1, signal, onProgress },
  );
  return results.map(([best]) => (problemType === 'regression' ? best!.score : labels.indexOf(best!.label)));
}

function sample(examples: readonly Example[], count: number): readonly Example[] {
  if (examples.length <= count) return examples;
  const order = Int32Array.from(examples, (_, i) => i);
  new Random(0).fork('probe').shuffle(order);
  return Array.from(order.subarray(0, count), (i) => examples[i]!);
}

/**
 * Measures a model on a task: by its classification head where it has one, else on its frozen embeddings. Throws
 * `INVALID_ARGUMENT` where the head or the training examples do not have the task's classes, or the model cannot give
 * scores; `CORPUS_INVALID` for labels that are no classes, or all one; both before anything is computed. Else as
 * sessions do.
 */
export async function evaluateTask(
  session: Session,
  tokenizer: TaskTokenizer,
  task: Task,
  { probeRows = 10_000, ...options }: EvaluateTaskOptions = {},
): Promise<TaskResult> {
  const { method, classes } = chooseMethod(session.config, task);
  const targets = task.test.map(({ label }) => label);
  let predictions: ArrayLike<number>;
  if (method === 'head') {
    predictions = await byHead(session, tokenizer, task, options);
  } else if (method === 'cosine') {
    const left = await embedTexts(
      session,
      tokenizer,
      task.test.map(({ text }) => text),
      options,
    );
    const right = await embedTexts(
      session,
      tokenizer,
      task.test.map(({ pair }) => pair!),
      options,
    );
    predictions = targets.map((_, i) => cosine(left, right, i));
  } else {
    const train = sample(task.train, probeRows);
    predictions = await linearProbe(
      await features(session, tokenizer, train, options),
      train.map(({ label }) => label),
      await features(session, tokenizer, task.test, options),
      options,
    );
  }
  const names = task.metrics.map((name) => (name === 'f1' && classes > 2 ? 'macroF1' : name));
  const metrics = Object.fromEntries(names.map((name) => [name, measures[name](predictions, targets)]));
  return { method, metrics, examples: targets.length };
}
