import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { quantile } from '../bench/statistics.js';
import type { CurvePoint } from '../report/report.js';

const lineSchema = v.object({ step: v.number(), loss: v.number(), tokensPerSecond: v.number() });

export interface RunMetrics {
  readonly lossCurve: readonly CurvePoint[];
  readonly trainingTokensPerSecond: number;
  readonly trainingSeconds: number;
}

/**
 * The whole curve of a run, however often it was stopped, from the trainer's metrics.jsonl. Steps made again after a
 * stop count once, with their last line.
 */
export async function readMetrics(folder: string, tokensPerStep: number): Promise<RunMetrics> {
  const byStep = new Map<number, { loss: number; tokensPerSecond: number }>();
  const lines = createInterface({
    input: createReadStream(join(folder, 'metrics.jsonl')),
    crlfDelay: Infinity,
  });
  for await (const line of lines) {
    const result = v.safeParse(lineSchema, parse(line));
    if (result.success) byStep.set(result.output.step, result.output);
  }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  const speeds = steps.map((step) => byStep.get(step)!.tokensPerSecond);
  return {
    lossCurve: steps.map((step) => ({ step, value: byStep.get(step)!.loss })),
    trainingTokensPerSecond: quantile(speeds, 0.5),
    trainingSeconds: speeds.reduce((sum, speed) => sum + tokensPerStep / speed, 0),
  };
}

/** A line that was cut short by a kill is no line. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
