import { Random } from '@lookupffn/core';
import { defineConfig, initialWeights, type RobertaConfigInput, type RobertaModel } from '../../src/index.js';

/** A model small enough for the reference backend, its weights large enough that a wrong path shows. */
export function tinyModel(input: RobertaConfigInput = {}, seed = 1): RobertaModel {
  const config = defineConfig({
    vocabSize: 40,
    hiddenSize: 12,
    numHiddenLayers: 2,
    numAttentionHeads: 3,
    intermediateSize: 20,
    maxPositionEmbeddings: 14,
    maskTokenId: 4,
    ...input,
  });
  const random = new Random(seed);
  const weights = initialWeights(config, random);
  for (const [name, data] of weights) {
    const noise = random.fork(`noise ${name}`);
    // Read parameters must stay positive.
    const size = /read\.|score\./.test(name) ? 0.1 : 0.4;
    for (let i = 0; i < data.length; i++) data[i]! += size * noise.normal();
  }
  return { config, weights };
}

export const lookup = { kind: 'lookup', tables: 5, bits: 4, block: 4 } as const;

/** The largest difference relative to the largest magnitude expected. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = Math.abs(found.length - expected.length) * Number.MAX_VALUE;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!);
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return scale === 0 ? error : error / scale;
}

/** The code of the error that something throws or rejects with, and the error. */
export async function codeOf(
  run: () => unknown,
): Promise<{ code: unknown; message: string; details: unknown }> {
  try {
    await run();
  } catch (error) {
    const { code, message, details } = error as { code: unknown; message: string; details: unknown };
    return { code, message, details };
  }
  return { code: 'nothing was thrown', message: '', details: {} };
}

/** The built package: only there does the worker entry stand beside the code. */
export async function built(): Promise<typeof import('../../src/index.js')> {
  return import(new URL('../../dist/index.js', import.meta.url).href);
}
