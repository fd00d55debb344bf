import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';

const schema = v.object({
  kind: v.literal('lookupffn-demo'),
  version: v.literal(1),
  /** Path given with --corpus; null for the one that comes with the installation. */
  corpus: v.nullable(v.string()),
  /** SHA-256 over the packed sequences: a resumed demo must read the same text. */
  corpusHash: v.string(),
  backend: v.string(),
  threads: v.number(),
  seed: v.number(),
  /** Steps of each model. */
  steps: v.number(),
  /** Why there are fewer steps than the preset plans. */
  note: v.optional(v.string()),
});

/** What a resumed demo must know; written when all is prepared and training begins. */
export type DemoState = v.InferOutput<typeof schema>;

export function parseDemoState(json: unknown): DemoState {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new LookupFfnError('FILE_CORRUPT', `${v.getDotPath(issue) ?? 'The file'}: ${issue.message}.`);
}
