import type { LinearDtype } from '../backend/prepared.js';
import { LookupFfnError } from '../errors.js';
import { type FfnCost, sumUp } from './cost.js';

/** `y = W_2 gelu(W_1 x + b_1) + b_2`. */
export interface DenseFfnSizes {
  readonly hidden: number;
  /** `d_ff`, most often 4 times hidden. */
  readonly inner: number;
  /** Default hidden. */
  readonly out?: number;
  /** How the weights are kept; default `f32`. Biases are always float32. */
  readonly dtype?: LinearDtype;
  /** Tokens that share one reading of the weights; default 1. */
  readonly tokens?: number;
}

export function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `Cost model: ${name} is ${value}; a whole number of at least 1.`,
      { name, value },
    );
  }
}

/**
 * Cost of a dense FFN: `2 d d_ff + 2 d_ff o` FLOP per token, so `2*2*d*d_ff` for o = d. The activation is not
 * counted, as is the custom. Throws `INVALID_ARGUMENT` for a size that is no positive whole number.
 */
export function denseFfnCost(sizes: DenseFfnSizes): FfnCost<'up' | 'down'> {
  const { hidden, inner, out = hidden, dtype = 'f32', tokens = 1 } = sizes;
  for (const [name, value] of Object.entries({ hidden, inner, out, tokens })) requireCount(name, value);
  const bytes = dtype === 'int8' ? 1 : 4;
  return {
    flop: sumUp({ up: 2 * hidden * inner, down: 2 * inner * out }),
    bytesRead: sumUp({
      up: (bytes * hidden * inner + 4 * inner) / tokens,
      down: (bytes * inner * out + 4 * out) / tokens,
    }),
    parameters: sumUp({ up: hidden * inner + inner, down: inner * out + out }),
  };
}
