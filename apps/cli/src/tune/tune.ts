import type { Backend, BackendFactory } from '@lookupffn/core';
import { LookupFfnError, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  encode,
  maxSequenceLength,
  packSequences,
  type RobertaModel,
} from '@lookupffn/roberta';
import { interleave } from '../bench/interleave.js';
import { quantile } from '../bench/statistics.js';
import { type Candidate, precisions, threadCounts, tileRows } from './candidates.js';

export interface TuneOptions {
  /** Tokens of a request, in sequences as long as the model takes. */
  readonly tokens: number;
  /** Largest difference from float32 allowed, relative to the largest magnitude. */
  readonly maxError: number;
  readonly repeat: number;
  /** Numbers of threads to try; default: powers of two up to all CPUs. */
  readonly threads?: readonly number[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

export interface Trial extends Candidate {
  /** What the weights were really kept as. */
  readonly dtypes: readonly string[];
  readonly error: number;
  readonly withinBudget: boolean;
  /** Absent for one that is too far off to be of use. */
  readonly microsPerToken: number | null;
}

export interface TuneResult {
  readonly chosen: Trial & { readonly microsPerToken: number };
  /** Float32 with all threads: what runs without tuning. */
  readonly untuned: Trial & { readonly microsPerToken: number };
  readonly trials: readonly Trial[];
}

/** Pseudo-random tokens, in as few sequences as hold them. */
function makeBatch({ config }: RobertaModel, tokens: number) {
  const longest = Math.min(tokens, maxSequenceLength(config));
  const sequences: number[][] = [];
  for (let at = 0; at < tokens; at += longest) {
    const length = Math.min(longest, tokens - at);
    sequences.push(Array.from({ length }, (_, t) => (((at + t) * 2_654_435_761) >>> 8) % config.vocabSize));
  }
  return packSequences(sequences, config);
}

function relativeError(found: Float32Array, expected: Float32Array): number {
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return scale > 0 ? error / scale : error;
}

const keyOf = ({ precision, options }: Candidate) => JSON.stringify([precision, options]);

/**
 * Looks for the fastest way to run a model within an accuracy budget: first dtypes, then threads, then tiles, each
 * measured beside the untuned way in the same seconds, so that a machine that slows down slows both.
 */
export async function tune(
  factory: BackendFactory,
  model: RobertaModel,
  options: TuneOptions,
): Promise<TuneResult> {
  const { tokens, maxError, repeat, signal, onProgress } = options;
  const batch = makeBatch(model, tokens);
  const base = await factory.create();
  const all = base.info.threads;
  const untunedWay: Candidate = { precision: precisions(model.config)[0]!, options: { threads: all } };
  const baseline = new DirectEvaluator(base, model, untunedWay.precision);
  const trials = new Map<string, Trial>();
  const ratios = new Map<string, number>();
  const baseMicros: number[] = [];
  const run = (evaluator: DirectEvaluator) => () => {
    encode(evaluator, model.config, batch);
    evaluator.releaseAll();
  };
  try {
    const expected = encode(baseline, model.config, batch).data.slice();
    baseline.releaseAll();

    const attempt = async (candidate: Candidate): Promise<void> => {
      const key = keyOf(candidate);
      if (trials.has(key)) return;
      throwIfAborted(signal, 'The tuning');
      onProgress?.(
        Object.entries({ ...candidate.precision, ...candidate.options })
          .flat()
          .join(' '),
      );
      let backend: Backend | undefined;
      let evaluator: DirectEvaluator | undefined;
      try {
        backend = await factory.create(candidate.options);
        evaluator = new DirectEvaluator(backend, model, candidate.precision);
        const error = relativeError(encode(evaluator, model.config, batch).data, expected);
        evaluator.releaseAll();
        const withinBudget = error <= maxError;
        let microsPerToken: number | null = null;
        if (withinBudget) {
          const [before, after] = (await interleave([run(baseline), run(evaluator)], {
            ...{ repeat, sampleMillis: 20, signal },
          })) as [number[], number[]];
          baseMicros.push(...before.map((ms) => (ms * 1000) / tokens));
          ratios.set(
            key,
            quantile(
              after.map((ms, i) => ms / before[i]!),
              0.5,
            ),
          );
          microsPerToken = (quantile(after, 0.5) * 1000) / tokens;
        }
        trials.set(key, { ...candidate, dtypes: evaluator.dtypes, error, withinBudget, microsPerToken });
      } finally {
        evaluator?.dispose();
        backend?.dispose();
      }
    };
    const best = (): Candidate =>
      [...trials]
        .filter(([key]) => ratios.has(key))
        .sort(([a], [b]) => ratios.get(a)! - ratios.get(b)!)[0]![1];

    for (const precision of precisions(model.config)) await attempt({ precision, options: { threads: all } });
    if (ratios.size === 0) {
      throw new LookupFfnError(
        'NOT_FINITE',
        'Even float32 does not repeat its own result within the budget: the model gives NaN, or --max-error is 0.',
      );
    }
    if (model.config.ffn.kind === 'lookup' && model.config.ffn.projection === 'bh4') {
      const narrow = { ...best().precision, projectionDtype: 'bf16' } as const;
      await attempt({ precision: narrow, options: { threads: all } });
    }
    const { precision } = best();
    for (const threads of options.threads ?? threadCounts(all))
      await attempt({ precision, options: { threads } });
    if (model.config.ffn.kind === 'lookup') {
      const { threads } = best().options;
      for (const rows of tileRows) await attempt({ precision, options: { threads, tileRows: rows } });
    }
    const micros = quantile(baseMicros, 0.5);
    // Times relative to the untuned way beside them, on one scale.
    const scaled = (candidate: Candidate) => {
      const key = keyOf(candidate);
      return { ...trials.get(key)!, microsPerToken: micros * ratios.get(key)! };
    };
    return {
      chosen: scaled(best()),
      untuned: { ...trials.get(keyOf(untunedWay))!, microsPerToken: micros },
      trials: [...trials.values()].map((trial) => (trial.withinBudget ? scaled(trial) : trial)),
    };
  } finally {
    baseline.dispose();
    base.dispose();
  }
}
