import type { Backend, Random } from '@lookupffn/core';
import { lookupFfnGeometry } from '@lookupffn/core';
import { type AffineFit, standardising } from './affine.js';
import type { Block } from './block.js';
import { rowWeights } from './importance.js';
import type { PairReader, Pairs } from './pair-file.js';

// Rows that medians and cell means are taken over.
const medianRows = 4096;
const atOnce = 2048;

function median(values: Float32Array): number {
  return values.sort()[values.length >> 1]!;
}

/** Bits are balanced when a coordinate's median is 0. */
function centre(backend: Backend, block: Block, { rows, x }: Pairs, epsilon: number): void {
  const { lookup } = block;
  const normed = new Float32Array(x.length);
  const shape = { rows, size: lookup.hidden, epsilon };
  backend.ops.layerNorm(shape, x, block.data('LayerNorm.weight'), block.data('LayerNorm.bias'), normed);
  const { codeBits } = lookupFfnGeometry(lookup);
  const z = new Float32Array(rows * codeBits);
  const bias = block.data('projection.bias');
  backend.ops.project({ rows, ...lookup }, normed, block.data('projection.weight'), bias, z);
  for (let bit = 0; bit < codeBits; bit++) {
    bias[bit] = -median(Float32Array.from({ length: rows }, (_, row) => z[row * codeBits + bit]!));
  }
}

/**
 * Each row of each table becomes the mean of what the affine map leaves over among the tokens that read it, weighted by
 * their scores and `rowWeights`, as if that table stood alone; one factor for all of them, the least-squares one, makes their sum fit.
 * The sums are the tables' gradient, which the block's own way back computes.
 */
async function fillTables(block: Block, reader: PairReader, rows: number): Promise<void> {
  const tables = block.parameters.get(`${block.name}.tables`);
  block.parameters.gradients.fill(0);
  for await (const pairs of reader.scan(0, rows, atOnce)) {
    const y = block.forward(pairs);
    const residual = new Float32Array(pairs.y.length);
    const weights = rowWeights(block.config, pairs);
    for (let i = 0; i < residual.length; i++) {
      residual[i] = (weights[Math.floor(i / reader.size)]! * (pairs.y[i]! - y.data[i]!)) / rows;
    }
    block.tape.backwardFrom(y, residual);
  }
  tables.data.set(tables.gradient);
  // The gradient is a sum; where few tokens read a cell it is small, which is the shrinkage that a mean would lack.
  let [pr, pp] = [0, 0];
  for await (const pairs of reader.scan(0, Math.min(rows, 8 * atOnce), atOnce)) {
    const full = block.forward(pairs);
    const withTables = full.data.slice();
    block.tape.reset();
    const kept = tables.data.slice();
    tables.data.fill(0);
    const base = block.forward(pairs).data.slice();
    block.tape.reset();
    tables.data.set(kept);
    const weights = rowWeights(block.config, pairs);
    for (let i = 0; i < base.length; i++) {
      const weight = weights[Math.floor(i / reader.size)]!;
      const part = withTables[i]! - base[i]!;
      pr += weight * part * (pairs.y[i]! - base[i]!);
      pp += weight * part * part;
    }
  }
  const factor = pp > 0 ? pr / pp : 0;
  for (let i = 0; i < tables.data.length; i++) tables.data[i]! *= factor;
  block.parameters.gradients.fill(0);
}

/** A start from data: the best affine map beside tables that already take some of what it leaves over. */
export async function warmStart(
  backend: Backend,
  block: Block,
  reader: PairReader,
  rows: number,
  affine: AffineFit,
  random: Random,
  epsilon: number,
): Promise<void> {
  block.initialise(random);
  // Standardised columns, so that no outlier decides every bit.
  const { weight, bias } = standardising(affine);
  block.data('LayerNorm.weight').set(weight);
  block.data('LayerNorm.bias').set(bias);
  block.data('skip.weight').set(affine.weight);
  block.data('bias').set(affine.bias);
  block.data('tables').fill(0);
  centre(backend, block, await reader.read([0], Math.min(medianRows, rows)), epsilon);
  await fillTables(block, reader, rows);
}
