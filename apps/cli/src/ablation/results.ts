import type { Backend } from '@lookupffn/core';
import { maxSequenceLength, modelCost, Session } from '@lookupffn/roberta';
import { parseTrainingOptions } from '@lookupffn/train';
import { interleave } from '../bench/interleave.js';
import { summarise } from '../bench/statistics.js';
import { fillOneMask } from '../demo/latency.js';
import { groupBy } from '../group-by.js';
import { lastValidation } from '../training/read-metrics.js';
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

/** What the complete runs found, a variant a row; the latencies of all variants are measured in turns. */
export async function gatherResults(
  folder: string,
  runs: readonly AblationRun[],
  backend: Backend,
  signal: AbortSignal,
): Promise<VariantResult[]> {
  const variants = groupBy(runs, ({ variant }) => variant);
  const sessions: Session[] = [];
  try {
    const rows: Omit<VariantResult, 'modelMillis'>[] = [];
    for (const [variant, members] of variants) {
      const session = await Session.create({ model: runFolder(folder, members[0]!), backend });
      sessions.push(session);
      const { config } = session;
      const found = await Promise.all(
        members.map((run) => lastValidation(trainingFolder(runFolder(folder, run)))),
      );
      const cost = modelCost(config);
      const logPerplexities = found.map(({ logPerplexity }) => logPerplexity);
      const { series, config: trained } = members[0]!;
      const { steps, batchSize, sequenceLength } = parseTrainingOptions(trained.training);
      rows.push({
        variant,
        series,
        tokens: steps * batchSize * sequenceLength,
        seeds: members.map(({ seed }) => seed),
        logPerplexities,
        logPerplexity: mean(logPerplexities),
        accuracy: mean(found.map(({ accuracy }) => accuracy)),
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
    return rows.map((row, i) => ({ ...row, modelMillis: summarise(millis[i]!).median }));
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
