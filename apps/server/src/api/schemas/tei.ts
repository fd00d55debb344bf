import * as v from 'valibot';
import { documented, inputs, texts, tokenIds } from './inputs.js';

const describe = v.description;
const vector = v.array(v.number());

/** Clients of text-embeddings-inference send null for what they leave out. */
const flag = (fallback: boolean, text: string) =>
  v.optional(v.pipe(v.nullable(v.boolean()), describe(text)), fallback);

const truncation = {
  truncate: v.optional(
    v.pipe(
      v.nullable(v.boolean()),
      describe(
        'Whether a text that is too long is cut; otherwise it is refused. Default: what /info says as auto_truncate.',
      ),
    ),
  ),
  truncation_direction: v.optional(
    v.pipe(v.picklist(['right', 'left', 'Right', 'Left']), describe('The end of the text that is cut off.')),
    'right',
  ),
  prompt_name: v.optional(v.pipe(v.null(), describe('These models have no prompts.'))),
};

export const embedAllRequest = v.object({ inputs, ...truncation });

export const embedRequest = v.object({
  ...embedAllRequest.entries,
  normalize: flag(true, 'Whether vectors are scaled to length 1.'),
  dimensions: v.optional(
    v.pipe(
      v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
      describe(
        'Only so many first numbers of each vector, scaled again if normalized. These models are not trained to hold the most in front, so quality falls.',
      ),
    ),
  ),
});

export const embedResponse = v.pipe(v.array(vector), describe('A vector for each input.'));
export const embedAllResponse = v.pipe(
  v.array(v.array(vector)),
  describe('For each input a vector for each of its tokens, special ones included.'),
);

export const similarityRequest = v.object({
  inputs: v.object({
    source_sentence: v.pipe(v.string(), describe('The text that the others are compared with.')),
    sentences: v.pipe(v.array(v.string()), describe('The others.')),
  }),
  parameters: v.optional(v.nullable(v.object(truncation))),
});
export const similarityResponse = v.pipe(
  vector,
  describe('Cosine similarity of each sentence to the source.'),
);

export const tokenizeRequest = v.object({
  inputs: texts,
  add_special_tokens: flag(true, 'Whether the tokens that the model expects around a text are put in.'),
  prompt_name: truncation.prompt_name,
});

const token = v.object({
  id: v.number(),
  text: v.string(),
  special: v.boolean(),
  start: v.nullable(v.number()),
  stop: v.nullable(v.number()),
});
export const tokenizeResponse = v.pipe(
  v.array(v.array(token)),
  describe('The tokens of each text; places count code points.'),
);

export const decodeRequest = v.object({
  ids: tokenIds,
  skip_special_tokens: flag(true, 'Whether special tokens are left out.'),
});
export const decodeResponse = v.pipe(v.array(v.string()), describe('The text of each array of ids.'));

/** A text, or two that are compared. */
export type TextOrPair = readonly [text: string, pair?: string];

function readTexts(value: unknown): TextOrPair | undefined {
  if (typeof value === 'string') return [value];
  const fits = Array.isArray(value) && value.length >= 1 && value.length <= 2;
  return fits && value.every((text) => typeof text === 'string') ? (value as [string]) : undefined;
}

export const predictRequest = v.object({
  inputs: v.pipe(
    v.unknown(),
    documented({
      description: 'A text, a pair of texts, or an array of arrays with one or two texts.',
      anyOf: [
        { type: 'string' },
        { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
        {
          type: 'array',
          items: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
        },
      ],
    }),
    v.rawTransform(({ dataset, addIssue, NEVER }): { single: boolean; items: readonly TextOrPair[] } => {
      const { value } = dataset;
      const one = readTexts(value);
      if (one) return { single: true, items: [one] };
      const many = Array.isArray(value) && value.every(Array.isArray) ? value.map(readTexts) : [undefined];
      const bad = many.indexOf(undefined);
      if (bad < 0) return { single: false, items: many as TextOrPair[] };
      addIssue({
        message: `Expected a text, a pair of texts, or an array of arrays with one or two texts${Array.isArray(value) ? `; item ${bad} is none` : ''}.`,
      });
      return NEVER;
    }),
  ),
  raw_scores: flag(false, 'Logits instead of scores.'),
  truncate: truncation.truncate,
  truncation_direction: truncation.truncation_direction,
});
const prediction = v.object({ score: v.number(), label: v.string() });
export const predictResponse = v.union([v.array(prediction), v.array(v.array(prediction))]);
