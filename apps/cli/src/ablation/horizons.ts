import { parseTrainingOptions, type TrainingOptionsInput } from '@lookupffn/train';
import type { CompleteTrainConfig } from '../training/presets.js';
import { invalid } from './checks.js';
import type { AblationRun } from './grid.js';

/** A configuration with some of its training options set. */
export function withTraining(
  config: CompleteTrainConfig,
  training: TrainingOptionsInput,
): CompleteTrainConfig {
  return { ...config, training: { ...config.training, ...training } };
}

/**
 * One run to each horizon: at the peak learning rate but for a fall in its last fifth (or `decaySteps`). The next
 * horizon goes on from where the fall began, so that the longest costs as much as without the others, and they cost
 * their falls.
 */
export function withHorizons(
  path: string,
  { variant, seed, config }: Omit<AblationRun, 'name'>,
  horizons: readonly number[],
): AblationRun[] {
  const { schedule } = config.training;
  if (schedule !== undefined && schedule !== 'warmup_stable_decay') {
    throw invalid(path, 'horizons', `need the schedule warmup_stable_decay, not ${schedule}`);
  }
  const made: AblationRun[] = [];
  let from: string | undefined;
  let reached = 0;
  for (const steps of [...new Set(horizons)].sort((a, b) => a - b)) {
    const end = withTraining(config, { schedule: 'warmup_stable_decay', steps });
    const { decaySteps, warmupSteps } = parseTrainingOptions(end.training, `${path}: ${variant}: training.`);
    const stable = steps - decaySteps;
    if (stable <= Math.max(reached, warmupSteps)) {
      const before =
        reached > 0
          ? `step ${reached}, where that of the horizon before it does`
          : `step ${warmupSteps}, the end of the warm-up`;
      throw invalid(
        path,
        'horizons',
        `of ${steps} steps would begin to fall at step ${stable}; it must be after ${before}`,
      );
    }
    const trunk = `${variant},stable=${stable},seed=${seed}`;
    const { decaySteps: _, ...rest } = config.training;
    const training = { ...rest, schedule: 'constant', steps: stable } as const;
    const shared = { series: variant, seed };
    const branch = from === undefined ? {} : { from };
    made.push({ ...shared, name: trunk, variant, config: { ...config, training }, trunk: true, ...branch });
    const label = `${variant},steps=${steps}`;
    made.push({ ...shared, name: `${label},seed=${seed}`, variant: label, config: end, from: trunk });
    from = trunk;
    reached = stable;
  }
  return made;
}
