import type { Backend } from '@lookupffn/core';
import { maxSequenceLength, modelCost, Session } from '@lookupffn/roberta';
import { type Evaluation, parseTrainingOptions } from '@lookupffn/train';
import { interleave } from '../bench/interleave.js';
import { summarise } from '../bench/statistics.js';
import { fillOneMask } from '../demo/latency.js';
import { groupBy } from '../group-by.js';
import { finalValidation } from '../training/read-metrics.js';
import { trainingFolder } from '../training/train-model.js';
import type { AblationRun } from './grid.js';
import { runFolder } from './train-all.js';

/** One variant: its runs of all seeds, and what a token of it costs. */
export interface VariantResult {
  readonly variant: string;
  /** The variant without its horizon. */
  readonly series: string;
  /** Trained on, padding none. */
  readonly tokens: number;
  readonly seeds: readonly number[];
  /** By seed, nats a masked token. */
  readonly logPerplexities: readonly number[];
  readonly logPerplexity: number;
  readonly accuracy: number;
  readonly ffn: string;
  readonly ffnFlops: number;
  readonly ffnBytes: number;
  readonly parameters: number;
  /** The whole model on one sequence, on this machine. */
  readonly modelMillis: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const latencyTokens = 128;
const latencyRepeat = 7;
const latencySampleMillis = 20;

type Evaluated = readonly [run: AblationRun, found: Evaluation];

/** The evaluation at a run's end, or why there is none. */
async function evaluationOf(folder: string, run: AblationRun): Promise<Evaluation | string> {
  const path = runFolder(folder, run);
  const { steps } = parseTrainingOptions(run.config.training);
  try {
    return await finalValidation(trainingFolder(path), steps);
  } catch (error) {
    return `${(error as Error).message} Remove ${path}: the same command trains it again.`;
  }
}

/**
 * What the complete runs found, a variant a row; the latencies of all variants are measured in turns. Runs without an
 * evaluation at their end are in no row: `unevaluated` says why, by name.
 */
export async function gatherResults(
  folder: string,
  runs: readonly AblationRun[],
  backend: Backend,
  signal: AbortSignal,
): Promise<{ rows: VariantResult[]; unevaluated: ReadonlyMap<string, string> }> {
  const evaluated: Evaluated[] = [];
  const unevaluated = new Map<string, string>();
  for (const run of runs) {
    const found = await evaluationOf(folder, run);
    if (typeof found === 'string') unevaluated.set(run.name, found);
    else evaluated.push([run, found]);
  }
  const variants = groupBy(evaluated, ([{ variant }]) => variant);
  const sessions: Session[] = [];
  try {
    const rows: Omit<VariantResult, 'modelMillis'>[] = [];
    for (const [variant, members] of variants) {
      const [first] = members[0]!;
      const session = await Session.create({ model: runFolder(folder, first), backend });
      sessions.push(session);
      const { config } = session;
      const cost = modelCost(config);
      const logPerplexities = members.map(([, { logPerplexity }]) => logPerplexity);
      const { series, config: trained } = first;
      const { steps, batchSize, sequenceLength } = parseTrainingOptions(trained.training);
      rows.push({
        variant,
        series,
        tokens: steps * batchSize * sequenceLength,
        seeds: members.map(([{ seed }]) => seed),
        logPerplexities,
        logPerplexity: mean(logPerplexities),
        accuracy: mean(members.map(([, { accuracy }]) => accuracy)),
        ffn: config.ffn.kind,
        ffnFlops: cost.ffnFlops,
        ffnBytes: cost.ffnBytes,
        parameters: cost.parameters,
      });
    }
    const passes = sessions.map((session) =>
      fillOneMask(session, Math.min(latencyTokens, maxSequenceLength(session.config))),
    );
    const millis = await interleave(passes, {
      repeat: latencyRepeat,
      sampleMillis: latencySampleMillis,
      signal,
    });
    const measured = rows.map((row, i) => ({ ...row, modelMillis: summarise(millis[i]!).median }));
    return { rows: measured, unevaluated };
  } finally {
    for (const session of sessions) await session.dispose();
  }
}

/** The rows that no other row beats in cost without being worse in quality. */
export function paretoFront(
  rows: readonly VariantResult[],
  cost: (row: VariantResult) => number,
): ReadonlySet<VariantResult> {
  const beats = (a: VariantResult, b: VariantResult) =>
    cost(a) <= cost(b) &&
    a.logPerplexity <= b.logPerplexity &&
    (cost(a) < cost(b) || a.logPerplexity < b.logPerplexity);
  return new Set(rows.filter((row) => !rows.some((other) => beats(other, row))));
}
