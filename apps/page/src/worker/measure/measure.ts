import type { Backend } from '@lookupffn/core';
import type { Model } from '../models.js';
import { type FfnPair, type FfnPoint, measureFfn } from './ffn.js';
import { type ModelPoint, measureModels } from './models.js';
import { measurePeaks, type Peaks } from './peaks.js';

export interface MeasureInput {
  readonly pair: FfnPair;
  /** Places of the models to time, in the page's list. */
  readonly models: readonly number[];
  readonly batchSizes: readonly number[];
  /** Samples of each. */
  readonly rounds: number;
}

/** What has been measured so far. */
export interface Measured {
  readonly what: string;
  readonly peaks?: Peaks;
  readonly points: readonly FfnPoint[];
  readonly models: readonly ModelPoint[];
}

/** Peaks, then the FFNs, then the page's own models; each step lets other work in. */
export function* measure(
  backend: Backend,
  modelOf: (place: number) => Model,
  { pair, models, batchSizes, rounds }: MeasureInput,
): Generator<Measured, Measured> {
  let state: Measured = { what: 'what this machine reaches at most', points: [], models: [] };
  yield state;
  const peaking = measurePeaks(backend, rounds);
  let step = peaking.next();
  for (; !step.done; step = peaking.next()) yield state;
  state = { ...state, peaks: step.value, what: 'preparing the FFNs' };
  yield state;
  for (const points of measureFfn(backend, pair, batchSizes, rounds)) {
    if (points)
      state = { ...state, what: `FFNs, ${points[0]!.tokens} tokens`, points: [...state.points, ...points] };
    yield state;
  }
  for (const point of measureModels(models.map(modelOf), rounds)) {
    if (point) state = { ...state, what: `models, ${point.tokens} tokens`, models: [...state.models, point] };
    yield state;
  }
  return { ...state, what: '' };
}
