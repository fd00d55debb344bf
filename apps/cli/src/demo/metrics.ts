import { quantile } from '../bench/statistics.js';
import type { CurvePoint } from '../report/report.js';
import { readMetricsLines } from '../training/read-metrics.js';

export interface RunMetrics {
  readonly lossCurve: readonly CurvePoint[];
  readonly trainingTokensPerSecond: number;
  readonly trainingSeconds: number;
}

/** The whole curve of a run from the trainer's metrics.jsonl. */
export async function readMetrics(folder: string, tokensPerStep: number): Promise<RunMetrics> {
  const byStep = await readMetricsLines(folder);
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  const speeds = steps.map((step) => byStep.get(step)!.tokensPerSecond);
  return {
    lossCurve: steps.map((step) => ({ step, value: byStep.get(step)!.loss })),
    trainingTokensPerSecond: quantile(speeds, 0.5),
    trainingSeconds: speeds.reduce((sum, speed) => sum + tokensPerStep / speed, 0),
  };
}
