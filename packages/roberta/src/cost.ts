import {
  denseFfnCost,
  type FfnCost,
  type LinearDtype,
  LookupFfnError,
  lookupFfnCost,
  type TableDtype,
} from '@lookupffn/core';
import { hasOutputMatrix, layerLookup, maxSequenceLength, type RobertaConfig } from './model/config.js';
import { countParameters } from './weights/count.js';

export interface ModelCostOptions {
  /** Tokens that attend to one another; default the longest sequence of the config. */
  readonly sequenceLength?: number;
  /** Tokens that share one reading of the weights; default 1. */
  readonly tokens?: number;
  readonly linearDtype?: LinearDtype;
  readonly tableDtype?: TableDtype;
}

/**
 * What a model costs, from its config alone. FLOP count a multiply-add as 2 (conventions 9); norms, activations,
 * softmax and biases are left out. Bytes are of weights read when nothing is left in a cache; see `FfnCost`.
 */
export interface ModelCost {
  /** Of the whole model, tied ones once. */
  readonly parameters: number;
  /** Of the FFNs of all layers, their norms included. */
  readonly ffnParameters: number;
  /** FLOP per token in the FFNs of all layers. */
  readonly ffnFlops: number;
  /** Bytes read per token by the FFNs of all layers. */
  readonly ffnBytes: number;
  /** FLOP per token in the encoder: attention and FFNs of all layers. */
  readonly flops: number;
  /** Bytes read per token in the encoder, the token's embedding rows included. */
  readonly bytes: number;
  /** FLOP per predicted position in the language-model head. */
  readonly headFlops: number;
  /** Bytes read per predicted position in the head, when positions share nothing. */
  readonly headBytes: number;
}

/** What the FFN of one layer costs, its output matrix included. Throws as `modelCost`. */
export function ffnCost(config: RobertaConfig, layer: number, options: ModelCostOptions = {}): FfnCost {
  const { ffn, hiddenSize: hidden, intermediateSize: inner } = config;
  const { tokens, linearDtype, tableDtype } = options;
  const lookup = layerLookup(config, layer);
  return lookup && ffn.kind === 'lookup'
    ? lookupFfnCost({
        ...lookup,
        ...{ skip: ffn.skip, tableDtype, linearDtype, tokens },
        outputs: hasOutputMatrix(config, layer) ? hidden : undefined,
      })
    : denseFfnCost({ hidden, inner, dtype: linearDtype, tokens });
}

/** Throws `INVALID_ARGUMENT` for a sequence the model cannot take, or tokens that are no positive whole number. */
export function modelCost(config: RobertaConfig, options: ModelCostOptions = {}): ModelCost {
  const limit = maxSequenceLength(config);
  const { sequenceLength = limit, tokens = 1, linearDtype = 'f32' } = options;
  for (const [name, value, max] of [
    ['sequenceLength', sequenceLength, limit],
    ['tokens', tokens, Number.MAX_SAFE_INTEGER],
  ] as const) {
    if (!Number.isInteger(value) || value < 1 || value > max) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `modelCost: ${name} is ${value}; it must be a whole number from 1 to ${max}.`,
        { name, value },
      );
    }
  }
  const { hiddenSize: d, numHiddenLayers, vocabSize } = config;
  const weightBytes = linearDtype === 'int8' ? 1 : 4;
  const linearBytes = (inSize: number, outSize: number) => weightBytes * inSize * outSize + 4 * outSize;
  const ffns = Array.from({ length: numHiddenLayers }, (_, layer) => ffnCost(config, layer, options));
  const ffnFlops = ffns.reduce((sum, { flop }) => sum + flop.total, 0);
  const ffnBytes = ffns.reduce((sum, { bytesRead }) => sum + bytesRead.total, 0);
  // Query, key, value and output; then scores and their weighted sum over the sequence.
  const attentionFlops = 4 * 2 * d * d + 2 * 2 * d * sequenceLength;
  const attentionBytes = (4 * linearBytes(d, d)) / tokens;
  const parameters = countParameters(config);
  return {
    parameters: parameters.total,
    ffnParameters: parameters.ffn,
    ffnFlops,
    ffnBytes,
    flops: ffnFlops + numHiddenLayers * attentionFlops,
    // Word, position and type rows.
    bytes: ffnBytes + numHiddenLayers * attentionBytes + 3 * 4 * d,
    headFlops: 2 * d * d + 2 * d * vocabSize,
    headBytes: linearBytes(d, d) + linearBytes(d, vocabSize),
  };
}
