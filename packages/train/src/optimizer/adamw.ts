import type { Backend } from '@lookupffn/core';
import type { ParameterGroup, Parameters } from '../tape/parameters.js';
import type { GroupName } from './groups.js';

export interface AdamWOptions {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly tableWeightDecay: number;
  /** Multiplies the learning rate of the tables. */
  readonly tableLearningRate: number;
  /** Multiplies the learning rate of what makes the codes, projections and their biases; default 1. */
  readonly projectionLearningRate?: number;
  /** Largest global gradient norm; 0 for no clipping. */
  readonly clipNorm: number;
}

/**
 * Learned temperature, beta and gamma stand for scales and must stay positive: after a step they are held to at least
 * this. Far below any useful value, so that it stops a bad step and shapes nothing.
 */
export const leastReadParameter = 0.01;

/** One group's running moments, in the order of its parameters. */
export interface Moments {
  readonly group: ParameterGroup;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** AdamW over the groups of `Parameters`, with clipping by the global norm of all gradients. */
export class AdamW {
  readonly moments: readonly Moments[];
  readonly #parameters: Parameters;
  readonly #optim: Backend['optim'];
  readonly #options: AdamWOptions;

  constructor(optim: Backend['optim'], parameters: Parameters, options: AdamWOptions) {
    this.#optim = optim;
    this.#parameters = parameters;
    this.#options = options;
    this.moments = parameters.groups.map((group) => {
      const size = group.name === 'frozen' ? 0 : group.data.length;
      return { group, m: new Float32Array(size), v: new Float32Array(size) };
    });
  }

  /** The global norm of the gradients, before clipping. */
  gradientNorm(): number {
    return Math.sqrt(this.#optim.sumOfSquares(this.#parameters.gradients));
  }

  /** Step number `step`, from 1 (bias correction counts it), with gradients of the given global norm. */
  step(step: number, learningRate: number, gradientNorm: number): void {
    const { betas, epsilon, clipNorm } = this.#options;
    const gradientScale = clipNorm > 0 && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    for (const { group, m, v } of this.moments) {
      const name = group.name as GroupName;
      if (name === 'frozen') continue;
      const shape = {
        size: group.data.length,
        learningRate: learningRate * this.#rateOf(name),
        beta1: betas[0],
        beta2: betas[1],
        epsilon,
        weightDecay: this.#decayOf(name),
        step,
        gradientScale,
      };
      this.#optim.adamw(shape, group.data, group.gradients, m, v);
      for (const { kind, data } of group.parameters) if (kind === 'read') holdPositive(data);
    }
  }

  #rateOf(group: GroupName): number {
    const { tableLearningRate, projectionLearningRate = 1 } = this.#options;
    if (group === 'tables') return tableLearningRate;
    return group === 'projections' || group === 'thresholds' ? projectionLearningRate : 1;
  }

  #decayOf(group: GroupName): number {
    if (group === 'tables') return this.#options.tableWeightDecay;
    return group === 'plain' || group === 'thresholds' ? 0 : this.#options.weightDecay;
  }
}

function holdPositive(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) if (data[i]! < leastReadParameter) data[i] = leastReadParameter;
}
