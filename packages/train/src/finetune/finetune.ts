import { setImmediate } from 'node:timers/promises';
import { type Backend, LookupFfnError, Random, throwIfAborted } from '@lookupffn/core';
import type { RobertaModel } from '@lookupffn/roberta';
import { modelHash } from '../model-hash.js';
import { AdamW } from '../optimizer/adamw.js';
import { groupOf } from '../optimizer/groups.js';
import { readRunCheckpoint, writeRunCheckpoint } from '../optimizer/run-checkpoint.js';
import { learningRateAt } from '../optimizer/schedule.js';
import { withDropout } from '../tape/lookup-training.js';
import { Parameters } from '../tape/parameters.js';
import { Tape } from '../tape/tape.js';
import type { TaskTokenizer } from '../tasks/embed.js';
import type { TaskResult } from '../tasks/evaluate-task.js';
import { checkHead } from '../tasks/method.js';
import type { Task } from '../tasks/presets.js';
import { backwardExamples, type EncodedExample, encodeExamples } from './encoded.js';
import { withHead } from './head.js';
import { type FinetuneOptions, finetuneDefaults, finetuneOptions } from './options.js';
import { BestEpoch, splitExamples } from './validation.js';

export interface FinetuneProgress {
  readonly step: number;
  readonly steps: number;
  /** Mean over the batch. */
  readonly loss: number;
}

/** An epoch, or what `maxSteps` left of one, measured on the examples held out. */
export interface FinetuneEvaluation {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: TaskResult['metrics'];
  /** By the task's first metric, better than all before. */
  readonly best: boolean;
}

export interface FinetuneInit {
  /** Dense or with look-up layers; a head of another kind is replaced by a fresh one. */
  readonly model: RobertaModel;
  readonly backend: Backend;
  readonly tokenizer: TaskTokenizer;
  /** Where there are test examples, training does not begin if it could not teach their classes. */
  readonly task: Pick<Task, 'kind' | 'train'> & Partial<Pick<Task, 'test' | 'metrics'>>;
  readonly options?: Partial<FinetuneOptions>;
  /**
   * A file in which the work is kept now and then and when it is stopped, so that the same call goes on to the same
   * bits. The best epoch's weights are beside it (`bestFile`).
   */
  readonly checkpoint?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FinetuneProgress) => void;
  readonly onEvaluation?: (evaluation: FinetuneEvaluation) => void;
}

const checkpointEvery = 500;

/** Where the best epoch's weights are, beside a checkpoint. */
export const bestFile = (checkpoint: string): string => `${checkpoint}.best`;

/**
 * Fine-tunes a whole model for classes or scores of texts or pairs. Rejects with `CORPUS_INVALID` for labels that are
 * no classes, or all one; `INVALID_ARGUMENT` for test examples of a class that training has not, or a part held out
 * that leaves nothing; `ABORTED`; `RUN_MISMATCH` for a checkpoint of other settings; and `NOT_FINITE` where training
 * diverges. The model given stays as it is.
 */
export async function finetune(init: FinetuneInit): Promise<RobertaModel> {
  const { backend, tokenizer, task, checkpoint, signal, onProgress, onEvaluation } = init;
  const options = finetuneOptions(init.options);
  if (task.train.length === 0)
    throw new LookupFfnError('CORPUS_INVALID', 'There are no examples to train on.');
  const root = new Random(options.seed);
  const { config, weights } = withHead(init.model, task, root.fork('head'));
  checkHead(config, { kind: task.kind, test: task.test ?? [] });
  const { train, validation } = splitExamples(task.train, options.validationSplit, root.fork('validation'));
  const examples = encodeExamples(train, tokenizer, config, options.maxLength);
  const parameters = new Parameters(config, groupOf);
  parameters.fill(weights);
  const tape = new Tape({ backend, config, parameters });
  const optimizer = new AdamW(backend.optim, parameters, {
    betas: [0.9, 0.98],
    epsilon: 1e-6,
    weightDecay: options.weightDecay,
    tableWeightDecay: options.weightDecay,
    tableLearningRate: options.tableLearningRate,
    projectionLearningRate: options.projectionLearningRate,
    clipNorm: 1,
  });
  const { batchSize, learningRate } = options;
  const perEpoch = Math.ceil(examples.length / batchSize);
  const steps = options.maxSteps || perEpoch * options.epochs;
  const schedule = { schedule: 'linear', learningRate, steps, warmupSteps: Math.ceil(0.06 * steps) } as const;
  const order = Int32Array.from(examples, (_, i) => i);
  const state = { parameters, optimizer };
  const chosen = Object.keys(finetuneDefaults).map((key) => options[key as keyof FinetuneOptions]);
  // What must be the same for a stopped run to go on.
  const { kind, metrics = [kind === 'regression' ? 'spearman' : 'accuracy'] } = task;
  const settings = modelHash({ config, weights }, [chosen, examples, validation, metrics]);
  const keep = async (step: number) => {
    if (checkpoint) await writeRunCheckpoint(checkpoint, state, step, settings);
  };
  const done = checkpoint ? await readRunCheckpoint(checkpoint, state, settings) : 0;
  if (done === null) {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `${checkpoint} is of a fine-tuning with other settings or examples. Remove it, or write elsewhere.`,
      { checkpoint },
    );
  }
  const file = checkpoint && bestFile(checkpoint);
  const best =
    validation.length > 0
      ? await BestEpoch.open({ backend, tokenizer, config, kind, metrics, validation, file, settings })
      : undefined;
  const learn = (step: number, batch: readonly EncodedExample[]) => {
    parameters.gradients.fill(0);
    // By the step, as the order is: a run that goes on leaves the same look-ups out.
    tape.lookupTraining = withDropout(options.tableDropout, root.fork('dropout').fork(step));
    const loss = backwardExamples(tape, config, batch);
    const norm = optimizer.gradientNorm();
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw new LookupFfnError(
        'NOT_FINITE',
        `Fine-tuning diverged at step ${step}: the loss is ${loss}. Lower the learning rate.`,
        { step, loss },
      );
    }
    optimizer.step(step, learningRateAt(step, schedule), norm);
    onProgress?.({ step, steps, loss });
  };
  for (let step = 1; step <= steps; step++) {
    const at = ((step - 1) % perEpoch) * batchSize;
    // An epoch's order comes from that of the one before.
    if (at === 0) root.fork('order').fork(step).shuffle(order);
    if (step < done) continue;
    if (step > done) {
      if (signal?.aborted) await keep(step - 1);
      throwIfAborted(signal, 'Fine-tuning');
      learn(
        step,
        Array.from(order.subarray(at, at + batchSize), (i) => examples[i]!),
      );
      if (step % checkpointEvery === 0) await keep(step);
    }
    // Once more where a run goes on from here: it may have been stopped in the middle of measuring.
    if (best && (step % perEpoch === 0 || step === steps)) {
      try {
        const measured = await best.measure(parameters.weights, signal);
        onEvaluation?.({ step, epoch: step / perEpoch, ...measured });
      } catch (error) {
        if (signal?.aborted) await keep(step);
        throw error;
      }
    }
    await setImmediate();
  }
  return { config, weights: best?.weights ?? parameters.weights };
}
