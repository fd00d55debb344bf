import * as v from 'valibot';
import type { TextInput } from '../../text/codec.js';

/** What `inputs` or `input` became: one or many, and which of the two was asked. */
export interface Inputs {
  readonly single: boolean;
  readonly items: readonly TextInput[];
}

const ids = { type: 'array', items: { type: 'integer', minimum: 0 }, description: 'Token ids.' } as const;
const text = { type: 'string' } as const;
const idsItem = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((id) => Number.isInteger(id) && (id as number) >= 0);

/** A JSON Schema for the documentation where valibot's own schema would not say enough; see `openapi.ts`. */
export const documented = (jsonSchema: object) => v.metadata<unknown, Documented>({ jsonSchema });

export interface Documented extends Record<string, unknown> {
  readonly jsonSchema: object;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a mixed or malformed array' : `a ${typeof value}`;
}

function readItem(value: unknown): TextInput | undefined {
  if (typeof value === 'string') return value;
  return idsItem(value) ? value : undefined;
}

function readInputs(value: unknown): Inputs | string {
  const one = readItem(value);
  // An empty array is an empty batch, not an empty sequence.
  if (one !== undefined && one.length > 0) return { single: true, items: [one] };
  if (typeof value === 'string') return { single: true, items: [value] };
  if (!Array.isArray(value)) {
    return `Expected a text, an array of texts, or token ids, but there is ${describe(value)}.`;
  }
  const items: TextInput[] = [];
  for (const [i, element] of value.entries()) {
    const item = readItem(element);
    if (item === undefined)
      return `Item ${i} is ${describe(element)}; expected a text or an array of token ids.`;
    items.push(item);
  }
  return { single: false, items };
}

/**
 * A text, token ids, or an array of such. Written by hand, for a union of schemas would read every element several
 * times and say of a wrong one only that nothing fits.
 */
export const inputs = v.pipe(
  v.unknown(),
  documented({
    description: 'A text, an array of texts, the token ids of a text, or an array of those.',
    anyOf: [text, ids, { type: 'array', items: { anyOf: [text, ids] } }],
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }): Inputs => {
    const read = readInputs(dataset.value);
    if (typeof read !== 'string') return read;
    addIssue({ message: read });
    return NEVER;
  }),
);

/** A text or an array of texts. */
export const texts = v.pipe(
  v.unknown(),
  documented({
    description: 'A text or an array of texts.',
    anyOf: [text, { type: 'array', items: text }],
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }): { readonly items: readonly string[] } => {
    const read = readInputs(dataset.value);
    if (typeof read !== 'string' && read.items.every((item) => typeof item === 'string')) {
      return { items: read.items as string[] };
    }
    addIssue({ message: 'Expected a text or an array of texts.' });
    return NEVER;
  }),
);

/** The token ids of a text, or an array of those. */
export const tokenIds = v.pipe(
  v.unknown(),
  documented({
    description: 'The token ids of a text, or an array of those.',
    anyOf: [ids, { type: 'array', items: ids }],
  }),
  v.rawTransform(({ dataset, addIssue, NEVER }): { readonly items: readonly (readonly number[])[] } => {
    const { value } = dataset;
    if (idsItem(value) && value.length > 0) return { items: [value] };
    if (Array.isArray(value) && value.every(idsItem)) return { items: value };
    addIssue({ message: 'Expected an array of token ids, or an array of such arrays.' });
    return NEVER;
  }),
);
