import type { CompleteTrainConfig } from './presets.js';

/** A preset's warm-up may be longer than the whole of a short run: at most a tenth of the steps. */
export function fitWarmup(
  config: CompleteTrainConfig,
  steps: number | undefined = config.training.steps,
): CompleteTrainConfig {
  const { warmupSteps } = config.training;
  if (steps === undefined || warmupSteps === undefined) return config;
  const fitting = Math.min(warmupSteps, Math.ceil(steps / 10));
  return { ...config, training: { ...config.training, warmupSteps: fitting } };
}
