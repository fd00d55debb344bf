import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';
import type { RobertaConfig } from '../model/config.js';
import type { KnownTokens } from '../model/config-json.js';
import type { TokenizerFile } from './tokenizer-files.js';

/** As much of a tokenizer.json as a model must agree with; the tokenizer package reads the rest. */
const schema = v.object({
  added_tokens: v.optional(v.array(v.object({ id: v.number(), content: v.string() })), []),
  model: v.object({
    vocab: v.optional(v.union([v.record(v.string(), v.number()), v.array(v.unknown())]), {}),
  }),
});

function parse(json: unknown): v.InferOutput<typeof schema> | undefined {
  const result = v.safeParse(schema, json);
  return result.success ? result.output : undefined;
}

const roles = { bos: ['<s>', '[CLS]'], eos: ['</s>', '[SEP]'], mask: ['<mask>', '[MASK]'] } as const;

/** Ids of the special tokens that a folder's tokenizer names. */
export function knownTokens(json: unknown): KnownTokens {
  const { added_tokens: added = [], model } = parse(json) ?? {};
  // A plain list of tokens has the special ones among the others.
  const listed = Array.isArray(model?.vocab) ? {} : (model?.vocab ?? {});
  const known: Record<string, number> = {};
  for (const [role, contents] of Object.entries(roles)) {
    const token = added.find(({ content }) => (contents as readonly string[]).includes(content));
    const content = contents.find((name) => Object.hasOwn(listed, name));
    const id = token?.id ?? (content === undefined ? undefined : listed[content]);
    if (id !== undefined) known[role] = id;
  }
  return known;
}

/** Throws `INVALID_CONFIG` where a folder's tokenizer makes ids that its model does not have. */
export function checkTokenizer(
  folder: string,
  { name, json }: TokenizerFile,
  { vocabSize }: RobertaConfig,
): void {
  const file = parse(json);
  if (!file) return;
  const { vocab } = file.model;
  let largest = Array.isArray(vocab) ? vocab.length - 1 : -1;
  if (!Array.isArray(vocab)) for (const id of Object.values(vocab)) largest = Math.max(largest, id);
  for (const { id } of file.added_tokens) largest = Math.max(largest, id);
  if (largest >= vocabSize) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `${folder}: ${name} has ids up to ${largest}, but the vocabulary of config.json (vocab_size ${vocabSize}) ends at ${vocabSize - 1}. The tokenizer is another model's.`,
      { key: 'vocab_size', folder, largest },
    );
  }
}
