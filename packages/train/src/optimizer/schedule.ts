export type ScheduleName = 'linear' | 'cosine' | 'constant';

export interface Schedule {
  readonly schedule: ScheduleName;
  readonly learningRate: number;
  readonly steps: number;
  readonly warmupSteps: number;
}

/**
 * The learning rate of step `step`, from 1 to `steps`. It rises linearly to the peak, which the last warm-up step has,
 * and falls so that step `steps + 1` would have 0: no step is spent on a rate of 0.
 */
export function learningRateAt(
  step: number,
  { schedule, learningRate, steps, warmupSteps }: Schedule,
): number {
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  if (schedule === 'constant') return learningRate;
  const done = (step - 1 - warmupSteps) / (steps - warmupSteps);
  return learningRate * (schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2);
}
