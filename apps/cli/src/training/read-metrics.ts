import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LookupFfnError } from '@lookupffn/core';
import type { Evaluation } from '@lookupffn/train';
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

/** The last evaluation of a run. Throws `FILE_CORRUPT` where its metrics hold none. */
export async function lastValidation(folder: string): Promise<Evaluation> {
  const lines = [...(await readMetricsLines(folder)).values()].sort((a, b) => a.step - b.step);
  const found = lines.findLast((line) => line.validation)?.validation;
  if (found) return found;
  throw new LookupFfnError('FILE_CORRUPT', `${join(folder, 'metrics.jsonl')} holds no evaluation.`, {
    folder,
  });
}
