import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile } from '@lookupffn/core/node';
import { type Evaluation, listCheckpoints } from '@lookupffn/train';
import * as v from 'valibot';

const lineSchema = v.object({
  step: v.number(),
  loss: v.number(),
  tokensPerSecond: v.number(),
  validation: v.optional(
    v.object({
      logPerplexity: v.number(),
      accuracy: v.number(),
      maskedTokens: v.number(),
      sequences: v.number(),
    }),
  ),
});

export type MetricsLine = v.InferOutput<typeof lineSchema>;

/**
 * The lines of a run's metrics.jsonl by step, however often it was stopped: steps made again after a stop count once,
 * with their last line; a line that was cut short by a kill is none.
 */
export async function readMetricsLines(folder: string): Promise<ReadonlyMap<number, MetricsLine>> {
  const byStep = new Map<number, MetricsLine>();
  const lines = createInterface({
    input: createReadStream(join(folder, 'metrics.jsonl')),
    crlfDelay: Infinity,
  });
  for await (const line of lines) {
    const result = v.safeParse(lineSchema, parse(line));
    if (result.success) byStep.set(result.output.step, result.output);
  }
  return byStep;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const stateSchema = v.object({ best: v.nullable(v.object({ step: v.number() })) });

/** The step that a run's options kept as the best evaluated, as its newest checkpoint says; null where they keep none. */
async function bestStep(folder: string): Promise<number | null> {
  const newest = (await listCheckpoints(folder)).at(-1);
  const state = newest && (await readJsonFile(join(newest.folder, 'trainer.json')).catch(() => null));
  const result = v.safeParse(stateSchema, state);
  return result.success ? (result.output.best?.step ?? null) : null;
}

/** The evaluation after a step. Throws `FILE_CORRUPT` where a run's metrics hold none, and file errors. */
export async function validationAt(folder: string, step: number): Promise<Evaluation> {
  const path = join(folder, 'metrics.jsonl');
  const lines = await readMetricsLines(folder).catch((error: unknown) => {
    throw fileError(error, path, 'open');
  });
  const found = lines.get(step)?.validation;
  if (found) return found;
  throw new LookupFfnError('FILE_CORRUPT', `${path} holds no evaluation after step ${step}.`, { path, step });
}

/**
 * The evaluation of the model that a complete run of so many steps has left: the best one where its options keep that,
 * otherwise the one at its end. Throws as `validationAt`.
 */
export async function finalValidation(folder: string, steps: number): Promise<Evaluation> {
  return validationAt(folder, (await bestStep(folder)) ?? steps);
}
