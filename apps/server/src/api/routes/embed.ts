import type { QueuedModel, Service } from '../../service.js';
import type { TextInput, Truncate } from '../../text/codec.js';
import { normalize, pool } from '../../text/pooling.js';
import { ApiError, tooManyTokens } from '../errors.js';

/** Refuses no inputs, empty ones, and more than a request may have. */
export function checkInputs(inputs: readonly TextInput[], { maxClientBatchSize }: Service['limits']): void {
  if (inputs.length > maxClientBatchSize) {
    throw new ApiError(
      'TOO_MANY_INPUTS',
      `There are ${inputs.length} inputs; at most ${maxClientBatchSize} are taken in a request.`,
    );
  }
  const empty = inputs.findIndex((input) => input.length === 0);
  if (inputs.length === 0 || empty >= 0) {
    throw new ApiError(
      'EMPTY_INPUT',
      inputs.length === 0 ? 'There is no input.' : `Input ${empty} is empty.`,
    );
  }
}

export interface EmbedOptions {
  readonly truncate: Truncate;
  readonly normalize: boolean;
  readonly dimensions?: number;
}

export interface Embeddings {
  readonly vectors: Float32Array[];
  /** Tokens of all inputs, special ones included. */
  readonly tokens: number;
}

/** A vector a text: what `/embed`, `/similarity` and `/v1/embeddings` share. */
export async function embed(
  service: Service,
  model: QueuedModel,
  inputs: readonly TextInput[],
  options: EmbedOptions,
  signal: AbortSignal,
): Promise<Embeddings> {
  checkInputs(inputs, service.limits);
  const { hiddenSize, codec, batcher } = model;
  const { dimensions = hiddenSize } = options;
  if (dimensions > hiddenSize) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `dimensions is ${dimensions}; vectors of ${model.info.name} have ${hiddenSize} numbers.`,
    );
  }
  const pooling = service.poolingOf(model);
  const sequences = await codec.encodeAll(inputs, options.truncate, signal);
  const vectors = await batcher.hidden(
    sequences,
    (rows) => {
      const vector = pool(rows, hiddenSize, pooling).subarray(0, dimensions);
      return options.normalize ? normalize(vector) : vector;
    },
    signal,
  );
  return { vectors, tokens: sequences.reduce((sum, { length }) => sum + length, 0) };
}

/** A vector a token, `[tokens, hiddenSize]` for each text; bounded tighter, for there is much more to answer. */
export async function embedTokens(
  service: Service,
  model: QueuedModel,
  inputs: readonly TextInput[],
  truncate: Truncate,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  checkInputs(inputs, service.limits);
  const sequences = await model.codec.encodeAll(inputs, truncate, signal);
  const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
  const limit = Math.max(4 * service.limits.maxBatchTokens, model.codec.maxTokens);
  if (tokens > limit) throw tooManyTokens(tokens, limit);
  return model.batcher.hidden(sequences, (rows) => rows.slice(), signal);
}
