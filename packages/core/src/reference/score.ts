import type { Floats } from './floats.js';
import { logSigmoid, sigmoid } from './sigmoid.js';

/** `ScoreParameters` in either precision, each `[h]`; absent means the default. */
export interface Score {
  readonly temperature?: Floats | null;
  readonly beta?: Floats | null;
  readonly gamma?: Floats | null;
}

/** The parameters of one table. */
export interface TableScore {
  readonly temperature: number;
  readonly beta: number;
  readonly gamma: number;
}

export function tableScore(score: Score, table: number): TableScore {
  return {
    temperature: score.temperature?.[table] ?? 1,
    beta: score.beta?.[table] ?? 2,
    gamma: score.gamma?.[table] ?? 1,
  };
}

/** Gradients of one table: dz of one row `[tau]`, set anew for each row, and sums over rows of the parameters'. */
export interface TableGrad {
  readonly dz: Float64Array;
  temperature: number;
  beta: number;
  gamma: number;
}

/** The code of the tau coordinates from `at`: bit = 1 where z > 0 (so 0 and NaN give 0), most significant first. */
export function codeAt(z: Floats, at: number, bits: number): number {
  let code = 0;
  for (let j = 0; j < bits; j++) code = code * 2 + (z[at + j] > 0 ? 1 : 0);
  return code;
}

/** `A = sum_j |z_j|`. */
export function magnitudeAt(z: Floats, at: number, bits: number): number {
  let sum = 0;
  for (let j = 0; j < bits; j++) sum += Math.abs(z[at + j]);
  return sum;
}

/** `log Q = sum_j log sigma(beta |z_j|)`: in log space no product of tau factors can under- or overflow. */
export function logShareAt(z: Floats, at: number, bits: number, beta: number): number {
  let sum = 0;
  for (let j = 0; j < bits; j++) sum += logSigmoid(beta * Math.abs(z[at + j]));
  return sum;
}

/** `s = A Q^gamma`; with beta = 2, gamma = 1 the score of conventions 5. */
export function scoreAt(z: Floats, at: number, bits: number, { beta, gamma }: TableScore): number {
  return magnitudeAt(z, at, bits) * Math.exp(gamma * logShareAt(z, at, bits, beta));
}

/**
 * Adds the gradients of `ds * s`:
 * `ds/dz_j = sign(z_j) Q^gamma (1 + A gamma beta sigma(-beta |z_j|))`, where sign(0) = 0;
 * `ds/dbeta = s gamma sum_j |z_j| sigma(-beta |z_j|)`; `ds/dgamma = s log Q`.
 */
export function scoreGradAt(
  z: Floats,
  at: number,
  bits: number,
  { beta, gamma }: TableScore,
  ds: number,
  grad: TableGrad,
): void {
  const magnitude = magnitudeAt(z, at, bits);
  const logShare = logShareAt(z, at, bits, beta);
  const power = Math.exp(gamma * logShare);
  let tail = 0;
  for (let j = 0; j < bits; j++) {
    const size = Math.abs(z[at + j]);
    const outside = sigmoid(-beta * size);
    grad.dz[j] += ds * Math.sign(z[at + j]) * power * (1 + magnitude * gamma * beta * outside);
    tail += size * outside;
  }
  grad.beta += ds * magnitude * power * gamma * tail;
  grad.gamma += ds * magnitude * power * logShare;
}
