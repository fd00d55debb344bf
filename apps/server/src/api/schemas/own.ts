import * as v from 'valibot';

export const fillMaskRequest = v.strictObject({
  inputs: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(10_000),
    v.description('The text, with at least one mask token.'),
  ),
  top_k: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100), v.description('Candidates per mask.')),
    5,
  ),
  models: v.optional(
    v.pipe(
      v.array(v.string()),
      v.minLength(1),
      v.maxLength(16),
      v.description('Names of the models to ask; default all that fill masks.'),
    ),
  ),
});

const candidate = v.object({
  score: v.number(),
  token: v.number(),
  token_str: v.string(),
  sequence: v.string(),
});

export const fillMaskResponse = v.object({
  inputs: v.string(),
  results: v.array(
    v.object({
      model: v.string(),
      milliseconds: v.pipe(
        v.number(),
        v.description('As a client of the library would wait, the queue included.'),
      ),
      predictions: v.pipe(v.array(v.array(candidate)), v.description('One list per mask, best first.')),
    }),
  ),
});

export const healthResponse = v.object({ status: v.literal('ok') });

const model = v.object({
  name: v.string(),
  label: v.string(),
  facts: v.string(),
  parameters: v.number(),
  ffn: v.picklist(['dense', 'lookup']),
});

/** What the page reads, and beside it what text-embeddings-inference says of its one model, here of the first. */
export const infoResponse = v.object({
  models: v.array(model),
  mask_token: v.string(),
  examples: v.array(v.string()),
  backend: v.object({ name: v.string(), isa: v.string(), threads: v.number() }),
  model_id: v.string(),
  model_sha: v.null(),
  model_dtype: v.string(),
  model_type: v.union([
    v.object({ embedding: v.object({ pooling: v.string() }) }),
    v.object({
      classifier: v.object({
        id2label: v.record(v.string(), v.string()),
        label2id: v.record(v.string(), v.number()),
      }),
    }),
  ]),
  max_concurrent_requests: v.number(),
  max_input_length: v.number(),
  max_batch_tokens: v.number(),
  max_batch_requests: v.null(),
  max_client_batch_size: v.number(),
  auto_truncate: v.boolean(),
  tokenization_workers: v.number(),
  version: v.string(),
});
