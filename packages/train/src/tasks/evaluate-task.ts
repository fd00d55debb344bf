import { LookupFfnError, Random } from '@lookupffn/core';
import { pipeline, type Session } from '@lookupffn/roberta';
import { cosine, type EmbedOptions, embedTexts, type TaskTokenizer, truncating } from './embed.js';
import type { Example } from './examples.js';
import { type FeatureMatrix, linearProbe } from './linear-probe.js';
import { accuracy, f1, matthews, pearson, spearman } from './metrics.js';
import type { MetricName, Task } from './presets.js';

export interface EvaluateTaskOptions extends EmbedOptions {
  /** Most training rows that a probe is fitted to, drawn by a fixed seed; default 10,000. */
  readonly probeRows?: number;
}

/** How the model answered: with its own head, by the cosine of its embeddings, or through a probe on them. */
export type TaskMethod = 'head' | 'cosine' | 'probe';

export interface TaskResult {
  readonly method: TaskMethod;
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  /** Test examples. */
  readonly examples: number;
}

const measures: Readonly<Record<MetricName, (a: ArrayLike<number>, b: ArrayLike<number>) => number>> = {
  accuracy,
  f1,
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
    tokenizer: truncating(tokenizer, session),
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
 * `INVALID_ARGUMENT` where the head has fewer labels than the task, else as sessions do.
 */
export async function evaluateTask(
  session: Session,
  tokenizer: TaskTokenizer,
  task: Task,
  { probeRows = 10_000, ...options }: EvaluateTaskOptions = {},
): Promise<TaskResult> {
  const targets = task.test.map(({ label }) => label);
  let method: TaskMethod = task.kind === 'similarity' ? 'cosine' : 'probe';
  let predictions: ArrayLike<number>;
  if (session.config.head === 'sequence-classification') {
    method = 'head';
    checkLabels(session, task);
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
    predictions = linearProbe(
      await features(session, tokenizer, train, options),
      train.map(({ label }) => label),
      await features(session, tokenizer, task.test, options),
    );
  }
  const metrics = Object.fromEntries(
    task.metrics.map((name) => [name, measures[name](predictions, targets)]),
  );
  return { method, metrics, examples: targets.length };
}

function checkLabels({ config }: Session, { kind, test }: Task): void {
  const needed = kind === 'similarity' ? 1 : Math.max(...test.map(({ label }) => label)) + 1;
  const regression = config.problemType === 'regression';
  if ((kind === 'similarity') !== regression || (!regression && config.labels.length < needed)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `The model's head has ${config.labels.length} labels (${config.labels.join(', ')}; ${config.problemType}), which is not what this task asks for. Fine-tune it on the task first.`,
      { labels: config.labels, needed },
    );
  }
}
