import type { CurvePoint } from './report.js';

/** Exponential moving average with the start-up bias taken out (as in Adam), so that the first points are true too. */
export function smooth(curve: readonly CurvePoint[], halfLife: number): CurvePoint[] {
  const keep = 0.5 ** (1 / halfLife);
  let sum = 0;
  let weight = 0;
  return curve.map(({ step, value }) => {
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return { step, value: sum / weight };
  });
}
