/** What the learning rate does after its warm-up. */
export const scheduleNames = ['linear', 'cosine', 'constant', 'warmup_stable_decay'] as const;

export type ScheduleName = (typeof scheduleNames)[number];

export interface Schedule {
  readonly schedule: ScheduleName;
  readonly learningRate: number;
  readonly steps: number;
  readonly warmupSteps: number;
  /** The last steps, in which `warmup_stable_decay` falls; other schedules do not look at it. */
  readonly decaySteps?: number;
}

/** What is left of the peak when a share of the fall, from 0 to below 1, is done. */
const shapes: Readonly<Record<ScheduleName, (done: number) => number>> = {
  linear: (done) => 1 - done,
  cosine: (done) => (1 + Math.cos(Math.PI * done)) / 2,
  constant: () => 1,
  // The cooldown that Hägele et al. found best: arXiv 2405.18392, section 3.
  warmup_stable_decay: (done) => 1 - Math.sqrt(done),
};

/**
 * The learning rate of step `step`, from 1 to `steps`. It rises linearly to the peak, which the last warm-up step has,
 * and falls so that step `steps + 1` would have 0: no step is spent on a rate of 0. `warmup_stable_decay` stays at the
 * peak until the last `decaySteps`, so that runs of several lengths share all that comes before.
 */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { learningRate, steps, warmupSteps } = schedule;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const stable =
    schedule.schedule === 'warmup_stable_decay' ? steps - (schedule.decaySteps ?? 0) : warmupSteps;
  if (step <= stable) return learningRate;
  return learningRate * shapes[schedule.schedule]((step - 1 - stable) / (steps - stable));
}
