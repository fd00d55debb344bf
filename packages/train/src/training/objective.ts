import type { Backend } from '@lookupffn/core';
import { encode, layerLookup, modulePrefix, type RobertaConfig } from '@lookupffn/roberta';
import type { MaskedBatch } from '../data/batches.js';
import { chunkRows, maskedLoss } from '../tape/masked-loss.js';
import type { Parameters } from '../tape/parameters.js';
import type { Tape } from '../tape/tape.js';

/**
 * Forward and backward over a batch. Adds the gradient of `scale * sum of the masked tokens' cross-entropy` to the
 * parameters and returns that sum, in nats, without the scale.
 */
export function backwardBatch(
  tape: Tape,
  config: RobertaConfig,
  batch: MaskedBatch,
  scale: number,
  rowsAtOnce = chunkRows(config.vocabSize),
): number {
  const hidden = encode(tape, config, batch);
  const sum = maskedLoss(tape, config, hidden, batch.rows, batch.targets, scale, rowsAtOnce);
  tape.backward(null);
  return sum;
}

/**
 * The cell-tv regulariser (conventions 6) of one bit, or of all with -1: returns its sum over the look-up layers and
 * adds `lambda` times its gradient to the tables'.
 */
export function addCellVariation(
  optim: Pick<Backend['optim'], 'cellVariation'>,
  config: RobertaConfig,
  parameters: Parameters,
  bit: number,
  lambda: number,
): number {
  let sum = 0;
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const lookup = layerLookup(config, layer);
    if (!lookup) continue;
    const { data, gradient } = parameters.get(`${modulePrefix(config)}.encoder.layer.${layer}.ffn.tables`);
    const { tables, bits, out } = lookup;
    sum += optim.cellVariation({ tables, bits, out, bit, scale: lambda }, data, gradient);
  }
  return sum;
}
