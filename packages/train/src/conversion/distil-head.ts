import { Random } from '@lookupffn/core';
import {
  classLogits,
  type Evaluator,
  maskedLogits,
  type PackedBatch,
  type RobertaConfig,
} from '@lookupffn/roberta';
import { Masker } from '../data/masking.js';
import { type LossAndGradient, scoreLoss, softLoss } from './distil-loss.js';

/** Words that a step's batch predicts at most: what they cost stays below the encoder's share. */
const mostWords = 128;

/** What a model's head is asked in distillation, beside what its layers hand on. */
export interface DistilHead {
  /** The batch that teacher and student both see, and the rows of it that the head reads. */
  ask(batch: PackedBatch, step: number): { readonly batch: PackedBatch; readonly rows: Int32Array };
  /** `[answers, classes or words]`. */
  logits<V>(ev: Evaluator<V>, hidden: V, batch: PackedBatch, rows: Int32Array): V;
  loss(student: Float32Array, teacher: Float32Array): LossAndGradient;
}

export interface DistilHeadOptions {
  readonly logitWeight: number;
  readonly temperature: number;
  readonly seed: number;
}

function classHead(config: RobertaConfig, { logitWeight, temperature }: DistilHeadOptions): DistilHead {
  const exclusive = config.problemType === 'single_label_classification';
  return {
    ask: (batch) => ({ batch, rows: new Int32Array(0) }),
    logits: (ev, hidden, { offsets }) => classLogits(ev, config, hidden, offsets),
    loss: (student, teacher) =>
      exclusive
        ? softLoss(student, teacher, config.labels.length, temperature, logitWeight)
        : scoreLoss(student, teacher, logitWeight),
  };
}

/** Words are hidden as in pretraining: of words in plain sight a model knows no more than that they are there. */
function wordHead(config: RobertaConfig, maskTokenId: number, options: DistilHeadOptions): DistilHead {
  const { vocabSize: size, padTokenId, bosTokenId, eosTokenId } = config;
  const specialTokenIds = [padTokenId, bosTokenId, eosTokenId, maskTokenId];
  const masker = new Masker({ size, maskTokenId, specialTokenIds });
  const random = new Random(options.seed).fork('distil words');
  return {
    ask(batch, step) {
      const ids = batch.ids.slice();
      const rows = new Int32Array(ids.length);
      const targets = new Int32Array(ids.length);
      const own = random.fork(step);
      let count = 0;
      for (let s = 0; s + 1 < batch.offsets.length && count < mostWords; s++) {
        const start = batch.offsets[s]!;
        count += masker.mask(ids, start, batch.offsets[s + 1]! - start, own, rows, targets, count);
      }
      return { batch: { ...batch, ids }, rows: rows.subarray(0, Math.min(count, mostWords)) };
    },
    logits: (ev, hidden, _, rows) => maskedLogits(ev, config, hidden, rows),
    loss: (student, teacher) => softLoss(student, teacher, size, options.temperature, options.logitWeight),
  };
}

/** `undefined` for a model without a head, or a language model whose mask token nobody knows. */
export function distilHead(config: RobertaConfig, options: DistilHeadOptions): DistilHead | undefined {
  if (options.logitWeight === 0) return undefined;
  if (config.head === 'sequence-classification') return classHead(config, options);
  if (config.head !== 'masked-lm' || config.maskTokenId === undefined) return undefined;
  return wordHead(config, config.maskTokenId, options);
}
