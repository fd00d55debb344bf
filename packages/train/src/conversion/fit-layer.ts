import { setImmediate } from 'node:timers/promises';
import { type Backend, type Random, throwIfAborted } from '@lookupffn/core';
import { AdamW } from '../optimizer/adamw.js';
import { learningRateAt } from '../optimizer/schedule.js';
import type { AffineFit } from './affine.js';
import { type Block, ErrorSum, type Unexplained } from './block.js';
import { leastShare, rowWeights } from './importance.js';
import type { PairReader } from './pair-file.js';

export interface FitOptions {
  readonly steps: number;
  readonly batchTokens: number;
  readonly learningRate: number;
  readonly tableLearningRate: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: number, steps: number, unexplained: number) => void;
}

// Neighbouring tokens are read together, for the disk's sake; batches mix many places.
const run = 32;
const evaluateEvery = 50;
const patience = 4;

// At the end: they measure the fit and say when to stop.
const heldOutShare = 0.1;

/** How many rows, from the first on, a fit sees. */
export function rowsToFit(reader: PairReader): number {
  return Math.floor(reader.rows * (1 - heldOutShare));
}

/** The share unexplained on rows `from` to the end, which the fit never sees. */
export async function measureBlock(
  block: Block,
  reader: PairReader,
  from: number,
  affine: AffineFit,
): Promise<Unexplained> {
  const errors = new ErrorSum(reader.size);
  for await (const pairs of reader.scan(from, reader.rows)) {
    errors.add(block.forward(pairs).data, pairs.y, rowWeights(block.config, pairs));
    block.tape.reset();
  }
  return errors.unexplained(affine);
}

/**
 * Fits a block to its layer by regression on the hidden states. An error counts by what the
 * next layer sees of it: rows by `rowWeights`, columns by their variance in `LN(x + FFN(x))`. Stops early when held-out rows no longer gain, and keeps the best.
 */
export async function fitLayer(
  backend: Backend,
  block: Block,
  reader: PairReader,
  trainRows: number,
  affine: AffineFit,
  random: Random,
  options: FitOptions,
): Promise<Unexplained> {
  const { steps, batchTokens, learningRate, tableLearningRate, signal, onProgress } = options;
  const optimizer = new AdamW(backend.optim, block.parameters, {
    betas: [0.9, 0.98],
    epsilon: 1e-8,
    weightDecay: 0,
    tableWeightDecay: 0,
    tableLearningRate,
    clipNorm: 1,
  });
  const mean = affine.seen.reduce((sum, value) => sum + value, 0) / affine.seen.length;
  const importance = affine.seen.map((value) => 1 / (value + leastShare * mean));
  let best = await measureBlock(block, reader, trainRows, affine);
  let kept = block.parameters.data.slice();
  let worse = 0;
  for (let step = 1; step <= steps && worse < patience; step++) {
    throwIfAborted(signal, 'Fitting');
    const starts = Array.from({ length: Math.ceil(batchTokens / run) }, () => random.below(trainRows - run));
    const pairs = await reader.read(starts, run);
    const y = block.forward(pairs);
    const dy = new Float32Array(y.data.length);
    rowWeights(block.config, pairs).forEach((weight, row) => {
      const scale = (2 * weight) / dy.length;
      for (let c = 0, i = row * reader.size; c < reader.size; c++, i++) {
        dy[i] = scale * importance[c]! * (y.data[i]! - pairs.y[i]!);
      }
    });
    block.parameters.gradients.fill(0);
    block.tape.backwardFrom(y, dy);
    const warmupSteps = Math.ceil(steps / 20);
    const rate = learningRateAt(step, { schedule: 'cosine', learningRate, steps, warmupSteps });
    optimizer.step(step, rate, optimizer.gradientNorm());
    if (step % evaluateEvery === 0 || step === steps) {
      const now = await measureBlock(block, reader, trainRows, affine);
      worse = now.perColumn < best.perColumn ? 0 : worse + 1;
      if (worse === 0) {
        best = now;
        kept = block.parameters.data.slice();
      }
    }
    onProgress?.(step, steps, best.perColumn);
    await setImmediate();
  }
  block.parameters.data.set(kept);
  return best;
}
