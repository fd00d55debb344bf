import { setImmediate } from 'node:timers/promises';
import { type Backend, LookupFfnError, Random, throwIfAborted } from '@lookupffn/core';
import type { ParameterSpec, RobertaModel } from '@lookupffn/roberta';
import { isHeadParameter } from '../finetune/head.js';
import { AdamW } from '../optimizer/adamw.js';
import { groupOf } from '../optimizer/groups.js';
import { readRunCheckpoint, writeRunCheckpoint } from '../optimizer/run-checkpoint.js';
import { learningRateAt } from '../optimizer/schedule.js';
import { Parameters } from '../tape/parameters.js';
import { distilBatches } from './distil-batches.js';
import { distilHead } from './distil-head.js';
import { distilStep } from './distil-step.js';
import { StudentTape, TeacherEvaluator } from './hidden-states.js';

export interface DistilOptions {
  readonly steps: number;
  readonly batchTokens: number;
  readonly learningRate: number;
  readonly tableLearningRate: number;
  /** Of the head's loss; 0 leaves it out. */
  readonly logitWeight: number;
  readonly temperature: number;
  readonly seed: number;
}

export interface DistilInit {
  readonly backend: Backend;
  readonly teacher: RobertaModel;
  readonly student: RobertaModel;
  readonly sequences: readonly number[][];
  readonly options: DistilOptions;
  /** Where the work is kept, so that a stopped distillation goes on to the same bits; one of other settings begins anew. */
  readonly checkpoint: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: number, steps: number, loss: number) => void;
}

/**
 * Embeddings stay as they are: they are most of a small model's parameters, and nothing below them was changed. So does
 * the head: what it reads are the hidden states, which become the teacher's again.
 */
const group = (spec: ParameterSpec) =>
  spec.kind === 'embedding' || isHeadParameter(spec.name) ? 'frozen' : groupOf(spec);

const checkpointEvery = 100;

/**
 * Trains a converted model end to end towards the dense one on texts alone: what each layer hands on, the mean vectors
 * of texts, and what its head makes of them (logits of classes, or of hidden words).
 * Returns the weights; rejects with `NOT_FINITE` on divergence and `ABORTED`, after which the same call goes on.
 */
export async function distil(init: DistilInit): Promise<ReadonlyMap<string, Float32Array>> {
  const { backend, teacher, student, sequences, options, checkpoint, signal, onProgress } = init;
  const { steps, batchTokens, learningRate, tableLearningRate, seed } = options;
  const { config } = student;
  const parameters = new Parameters(config, group);
  parameters.fill(student.weights);
  const tape = new StudentTape({ backend, config, parameters });
  const optimizer = new AdamW(backend.optim, parameters, {
    betas: [0.9, 0.98],
    epsilon: 1e-8,
    weightDecay: 0,
    tableWeightDecay: 0,
    tableLearningRate,
    clipNorm: 1,
  });
  const state = { parameters, optimizer };
  const settings = JSON.stringify({ options, ffn: config.ffn, texts: sequences.length });
  const done = (await readRunCheckpoint(checkpoint, state, settings)) ?? 0;
  const batches = distilBatches(sequences, batchTokens, new Random(seed).fork('distil'));
  for (let step = 1; step <= done; step++) batches.next();
  const evaluator = new TeacherEvaluator(backend, teacher);
  const head = distilHead(config, options);
  const pair = { tape, config, teacher: evaluator, teacherConfig: teacher.config, head };
  try {
    for (let step = done + 1; step <= steps; step++) {
      if (signal?.aborted) await writeRunCheckpoint(checkpoint, state, step - 1, settings);
      throwIfAborted(signal, 'Distilling');
      parameters.gradients.fill(0);
      const loss = distilStep(pair, batches.next().value, step);
      for (const { name, gradients } of parameters.groups) if (name === 'frozen') gradients.fill(0);
      const norm = optimizer.gradientNorm();
      if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
        throw new LookupFfnError(
          'NOT_FINITE',
          `Distillation diverged at step ${step}. Lower --distil-learning-rate.`,
          { step },
        );
      }
      const warmupSteps = Math.ceil(steps / 20);
      const rate = learningRateAt(step, { schedule: 'cosine', learningRate, steps, warmupSteps });
      optimizer.step(step, rate, norm);
      onProgress?.(step, steps, loss);
      if (step % checkpointEvery === 0 || step === steps) {
        await writeRunCheckpoint(checkpoint, state, step, settings);
      }
      await setImmediate();
    }
  } finally {
    evaluator.dispose();
  }
  return parameters.weights;
}
