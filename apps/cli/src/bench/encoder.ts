import { LookupFfnError, type TableDtype, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  encode,
  maskedLogits,
  maxSequenceLength,
  modelCost,
  packSequences,
  parameterSpecs,
  type RobertaConfig,
  type RobertaModel,
} from '@lookupffn/roberta';
import { kernelOf } from '../model/kernel.js';
import type { Contender } from './contender.js';
import { interleave } from './interleave.js';
import { noise } from './noise.js';
import { type BenchRecord, makeRecord } from './record.js';
import { summarise } from './statistics.js';

export interface EncoderBenchOptions {
  /** `layer`: the encoder only, per layer; `model`: all of it, with the language-model head once a sequence. */
  readonly test: 'layer' | 'model';
  readonly models: readonly RobertaModel[];
  /** `int8`: dense weights too. */
  readonly dtype: TableDtype;
  readonly batches: readonly number[];
  readonly tokens: readonly number[];
  readonly repeat: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

/** Weights of a config in a blink; sizes as `initialWeights` has them, so that activations are as a model's. */
export function noiseModel(config: RobertaConfig): RobertaModel {
  const weights = new Map(
    parameterSpecs(config).map(({ name, shape, initial }, seed) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [
        name,
        'std' in initial ? noise(length, initial.std, seed) : new Float32Array(length).fill(initial.value),
      ];
    }),
  );
  return { config, weights };
}

const ffnOf = ({ ffn }: RobertaConfig) => ffn.kind;

/** Sequences of distinct pseudo-random tokens. */
function sequences(config: RobertaConfig, batch: number, tokens: number): number[][] {
  return Array.from({ length: batch }, (_, i) =>
    Array.from({ length: tokens }, (_, t) => (((i * tokens + t) * 2_654_435_761) >>> 8) % config.vocabSize),
  );
}

function checkTokens(models: readonly RobertaModel[], tokens: readonly number[]): void {
  const limit = Math.min(...models.map(({ config }) => maxSequenceLength(config)));
  const over = tokens.find((n) => n > limit);
  if (over === undefined) return;
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `This model takes at most ${limit} tokens a sequence, not ${over}. Give more sequences instead (-b).`,
    { tokens: over, limit },
  );
}

/** Times models side by side on each backend, all of them in turns; one record a backend, model and shape. */
export async function benchEncoder(
  contenders: readonly Contender[],
  options: EncoderBenchOptions,
): Promise<BenchRecord[]> {
  const { test, models, dtype, repeat, signal } = options;
  checkTokens(models, options.tokens);
  const precision = { linearDtype: dtype === 'int8' ? 'int8' : 'f32', tableDtype: dtype } as const;
  const evaluators: DirectEvaluator[] = [];
  try {
    // Measured shape by shape, told backend by backend.
    const told = contenders.map((): BenchRecord[] => []);
    const entries = contenders.flatMap((contender, i) =>
      models.map((model) => {
        options.onProgress?.(`preparing the ${ffnOf(model.config)} model`);
        const evaluator = new DirectEvaluator(contender.backend, model, precision);
        evaluators.push(evaluator);
        return { ...contender, config: model.config, evaluator, records: told[i]! };
      }),
    );
    for (const batch of options.batches) {
      for (const tokens of options.tokens) {
        options.onProgress?.(`${batch} x ${tokens} tokens`);
        throwIfAborted(signal, 'The benchmark');
        const passes = entries.map(({ config, evaluator }) => {
          const packed = packSequences(sequences(config, batch, tokens), config);
          const rows = Int32Array.from({ length: batch }, (_, s) => s * tokens + (tokens >> 1));
          return () => {
            const hidden = encode(evaluator, config, packed);
            if (test === 'model') maskedLogits(evaluator, config, hidden, rows);
            evaluator.releaseAll();
          };
        });
        const millis = await interleave(passes, { repeat, sampleMillis: 20, signal });
        entries.forEach(({ backend, roofline, config, evaluator, records }, i) => {
          const shares = test === 'layer' ? config.numHiddenLayers : 1;
          const { median, spread } = summarise(millis[i]!);
          const cost = modelCost(config, { sequenceLength: tokens, tokens: batch * tokens, ...precision });
          const head = test === 'model' ? 1 / tokens : 0;
          records.push(
            makeRecord(
              {
                ...{ test, ffn: ffnOf(config), ...kernelOf(backend.info), batch, tokens },
                dtype: [...evaluator.dtypes].sort().join('+'),
              },
              { microsPerToken: (median * 1000) / (batch * tokens) / shares, spread },
              {
                flop: (cost.flops + head * cost.headFlops) / shares,
                // The head's matrices are read once for all sequences.
                bytes: (cost.bytes + (head * cost.headBytes) / batch) / shares,
                workingSet: evaluator.bytes,
              },
              roofline,
            ),
          );
        });
      }
    }
    return told.flat();
  } finally {
    for (const evaluator of evaluators) evaluator.dispose();
  }
}
