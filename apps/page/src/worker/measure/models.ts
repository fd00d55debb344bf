import { encode, maxSequenceLength, packSequences } from '@lookupffn/roberta';
import type { Model } from '../models.js';
import { interleave } from './time.js';

/** Milliseconds of a whole encoder pass of each model at one length. */
export interface ModelPoint {
  readonly tokens: number;
  /** By place in the list of models. */
  readonly milliseconds: readonly number[];
}

const lengths = [8, 16, 32, 64, 128, 256, 512];

/** Times the models of the page on one sequence of each length that all of them take, in turns. */
export function* measureModels(
  models: readonly Model[],
  rounds: number,
): Generator<ModelPoint | undefined, void> {
  if (models.length === 0) return;
  const limit = Math.min(...models.map(({ config }) => maxSequenceLength(config)));
  for (const tokens of lengths.filter((length) => length <= limit)) {
    const passes = models.map(({ config, evaluator }) => {
      // Any ids will do for the time; different ones, so that embeddings are not read from one row.
      const ids = Array.from({ length: tokens }, (_, i) => (i * 7919 + 5) % config.vocabSize);
      const batch = packSequences([ids], config);
      return () => {
        encode(evaluator, config, batch);
        evaluator.releaseAll();
      };
    });
    const timing = interleave(passes, rounds);
    let step = timing.next();
    for (; !step.done; step = timing.next()) yield undefined;
    yield { tokens, milliseconds: step.value.map(({ median }) => median) };
  }
}
