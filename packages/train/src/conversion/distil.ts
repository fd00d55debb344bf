import { setImmediate } from 'node:timers/promises';
import { type Backend, LookupFfnError, type Random, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  encode,
  type ParameterSpec,
  packSequences,
  type RobertaModel,
} from '@lookupffn/roberta';
import { AdamW } from '../optimizer/adamw.js';
import { groupOf } from '../optimizer/groups.js';
import { learningRateAt } from '../optimizer/schedule.js';
import { Parameters } from '../tape/parameters.js';
import { Tape } from '../tape/tape.js';

export interface DistilOptions {
  readonly steps: number;
  readonly batchTokens: number;
  readonly learningRate: number;
  readonly tableLearningRate: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: number, steps: number, loss: number) => void;
}

/** Embeddings stay as they are: they are most of a small model's parameters, and nothing below them was changed. */
const group = (spec: ParameterSpec) => (spec.kind === 'embedding' ? 'frozen' : groupOf(spec));

/** Mean over a sequence's rows, scaled to length 1, and that length. */
function pooled(hidden: Float32Array, size: number, from: number, to: number) {
  const vector = new Float64Array(size);
  for (let row = from; row < to; row++) {
    for (let c = 0; c < size; c++) vector[c]! += hidden[row * size + c]! / (to - from);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return { unit: vector.map((value) => value / length), length };
}

/**
 * The loss of a batch and its gradient by the student's hidden states: the mean squared distance of hidden states, as a
 * share of the teacher's variance, plus the mean squared distance `2 - 2 cos` of the sequences' mean vectors.
 */
export function distilLoss(
  student: Float32Array,
  teacher: Float32Array,
  offsets: Int32Array,
  size: number,
): { loss: number; gradient: Float32Array } {
  const gradient = new Float32Array(student.length);
  let square = 0;
  for (const value of teacher) square += value * value;
  let loss = 0;
  for (let i = 0; i < student.length; i++) {
    const difference = student[i]! - teacher[i]!;
    loss += (difference * difference) / square;
    gradient[i] = (2 * difference) / square;
  }
  const sequences = offsets.length - 1;
  for (let s = 0; s < sequences; s++) {
    const [from, to] = [offsets[s]!, offsets[s + 1]!];
    const a = pooled(student, size, from, to);
    const b = pooled(teacher, size, from, to);
    const cosine = a.unit.reduce((sum, value, c) => sum + value * b.unit[c]!, 0);
    loss += (2 - 2 * cosine) / sequences;
    // d(-2 cos) by the mean vector is -2 (b - cos a) / |mean|; each row has 1 / rows of it.
    const factor = -2 / (a.length * (to - from) * sequences);
    for (let c = 0; c < size; c++) {
      const slope = factor * (b.unit[c]! - cosine * a.unit[c]!);
      for (let row = from; row < to; row++) gradient[row * size + c]! += slope;
    }
  }
  return { loss, gradient };
}

/**
 * Trains a converted model end to end towards the dense one on texts alone. Its head is not touched: what it reads are
 * the hidden states, which become the teacher's again. Returns the weights; rejects with `NOT_FINITE` on divergence.
 */
export async function distil(
  backend: Backend,
  teacher: RobertaModel,
  student: RobertaModel,
  sequences: readonly number[][],
  random: Random,
  options: DistilOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const { steps, batchTokens, learningRate, tableLearningRate, signal, onProgress } = options;
  const { config } = student;
  const parameters = new Parameters(config, group);
  parameters.fill(student.weights);
  const tape = new Tape({ backend, config, parameters });
  const optimizer = new AdamW(backend.optim, parameters, {
    betas: [0.9, 0.98],
    epsilon: 1e-8,
    weightDecay: 0,
    tableWeightDecay: 0,
    tableLearningRate,
    clipNorm: 1,
  });
  const evaluator = new DirectEvaluator(backend, teacher);
  try {
    for (let step = 1; step <= steps; step++) {
      throwIfAborted(signal, 'Distilling');
      const chosen: number[][] = [];
      for (let tokens = 0; tokens < batchTokens; tokens += chosen.at(-1)!.length) {
        chosen.push(sequences[random.below(sequences.length)]!);
      }
      const batch = packSequences(chosen, config);
      const wanted = encode(evaluator, teacher.config, batch).data.slice();
      evaluator.releaseAll();
      parameters.gradients.fill(0);
      const hidden = encode(tape, config, batch);
      const { loss, gradient } = distilLoss(hidden.data, wanted, batch.offsets, config.hiddenSize);
      tape.backwardFrom(hidden, gradient);
      for (const { name, gradients } of parameters.groups) if (name === 'frozen') gradients.fill(0);
      const norm = optimizer.gradientNorm();
      if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
        throw new LookupFfnError(
          'NOT_FINITE',
          `Distillation diverged at step ${step}. Lower --learning-rate.`,
          { step },
        );
      }
      const warmupSteps = Math.ceil(steps / 20);
      optimizer.step(
        step,
        learningRateAt(step, { schedule: 'cosine', learningRate, steps, warmupSteps }),
        norm,
      );
      onProgress?.(step, steps, loss);
      await setImmediate();
    }
  } finally {
    evaluator.dispose();
  }
  return parameters.weights;
}
