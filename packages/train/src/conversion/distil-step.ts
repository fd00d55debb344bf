import { type PackedBatch, packSequences, type RobertaConfig } from '@lookupffn/roberta';
import type { DistilHead } from './distil-head.js';
import { embeddingLoss, hiddenLoss } from './distil-loss.js';
import type { StudentTape, TeacherEvaluator } from './hidden-states.js';

/** Weight of the embeddings' loss beside the mean of the layers'. */
const embeddingWeight = 2;

/** A student on its tape and the teacher beside it. */
export interface DistilPair {
  readonly tape: StudentTape;
  readonly config: RobertaConfig;
  readonly teacher: TeacherEvaluator;
  readonly teacherConfig: RobertaConfig;
  readonly head?: DistilHead | undefined;
}

/** Forward and backward over a batch; adds to the parameters' gradients and returns the loss. */
export function distilStep(pair: DistilPair, sequences: readonly number[][], step: number): number {
  const { tape, config, teacher, teacherConfig, head } = pair;
  const plain: PackedBatch = packSequences(sequences, config);
  const { batch, rows } = head?.ask(plain, step) ?? { batch: plain, rows: new Int32Array(0) };
  const size = config.hiddenSize;
  const wanted = teacher.hiddenStates(teacherConfig, batch);
  const found = tape.hiddenStates(config, batch);
  let total = 0;
  wanted.forEach(({ data }, layer) => {
    const student = found[layer]!;
    const { loss, gradient } = hiddenLoss(student.data, data, size, 1 / wanted.length);
    total += loss;
    if (layer === wanted.length - 1) {
      const end = embeddingLoss(student.data, data, batch.offsets, size, embeddingWeight);
      total += end.loss;
      for (let i = 0; i < gradient.length; i++) gradient[i]! += end.gradient[i]!;
    }
    tape.seed(student, gradient);
  });
  if (head) {
    const answer = head.logits(tape, found.at(-1)!, batch, rows);
    const { data } = head.logits(teacher, wanted.at(-1)!, batch, rows);
    const { loss, gradient } = head.loss(answer.data, data);
    total += loss;
    tape.seed(answer, gradient);
  }
  tape.backward(null);
  return total;
}
