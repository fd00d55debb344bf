import * as v from 'valibot';
import { inputs } from './inputs.js';

export const embeddingsRequest = v.object({
  input: inputs,
  model: v.optional(
    v.pipe(
      v.nullable(v.string()),
      v.description('A name that /v1/models lists; default: the first of them.'),
    ),
  ),
  encoding_format: v.optional(
    v.pipe(
      v.nullable(v.picklist(['float', 'base64'])),
      v.description('base64: little-endian float32. OpenAI clients ask for it by themselves.'),
    ),
  ),
  dimensions: v.optional(
    v.pipe(
      v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
      v.description(
        'Only so many first numbers of each vector, scaled to length 1 again. These models are not trained to hold the most in front, so quality falls.',
      ),
    ),
  ),
  user: v.optional(v.nullable(v.string())),
});

export const embeddingsResponse = v.object({
  object: v.literal('list'),
  data: v.array(
    v.object({
      object: v.literal('embedding'),
      index: v.number(),
      embedding: v.union([v.array(v.number()), v.string()]),
    }),
  ),
  model: v.string(),
  usage: v.object({ prompt_tokens: v.number(), total_tokens: v.number() }),
});

export const modelObject = v.object({
  id: v.string(),
  object: v.literal('model'),
  created: v.pipe(v.number(), v.description('When the server loaded it, in seconds since 1970.')),
  owned_by: v.string(),
});

export const modelList = v.object({ object: v.literal('list'), data: v.array(modelObject) });
