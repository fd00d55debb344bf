import type { TrainingProgress } from '@lookupffn/train';
import type { Colours } from './colours.js';
import { count, duration, short } from './format.js';

/** A training step as one line: how far, how good, how fast, how long still. */
export function trainingLine(title: string, p: TrainingProgress, colours: Colours): string {
  const step = count(p.step).padStart(count(p.steps).length);
  return [
    colours.bold(title),
    `step ${step}/${count(p.steps)}`,
    `loss ${p.loss.toFixed(3)}`,
    `${short(p.tokensPerSecond)} tokens/s`,
    `ETA ${duration(p.etaSeconds)}`,
  ].join('  ');
}
