import { resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';
import type { DemoFlags } from './settings.js';

const schema = v.object({
  kind: v.literal('lookupffn-demo'),
  version: v.literal(1),
  corpus: v.nullable(v.string()),
  /** SHA-256 over the packed sequences: a resumed demo must read the same text. */
  corpusHash: v.string(),
  backend: v.string(),
  seed: v.number(),
  batchSize: v.number(),
  sequenceLength: v.number(),
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

/** Throws `RUN_MISMATCH` for a flag that asks for something else than the run to be resumed was begun with. */
export function requireSameRun(state: DemoState, flags: DemoFlags): void {
  const refuse = (flag: string, was: string | number | null): never => {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `--resume: this demo was begun with ${was === null ? `no --${flag}` : `--${flag} ${was}`}. Leave --${flag} out to go on with it, or leave --resume out to start afresh.`,
      { flag, was },
    );
  };
  if (flags.minutes !== undefined) refuse('steps', state.steps);
  if (flags.steps !== undefined && flags.steps !== state.steps) refuse('steps', state.steps);
  if (flags.seed !== undefined && flags.seed !== state.seed) refuse('seed', state.seed);
  if (flags.batch !== undefined && flags.batch !== state.batchSize) refuse('batch', state.batchSize);
  if (flags.sequence !== undefined && flags.sequence !== state.sequenceLength) {
    refuse('sequence', state.sequenceLength);
  }
  if (flags.corpus !== undefined && (state.corpus === null || resolve(flags.corpus) !== state.corpus)) {
    refuse('corpus', state.corpus);
  }
}
