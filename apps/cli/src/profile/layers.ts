import { type Backend, type TableDtype, throwIfAborted } from '@lookupffn/core';
import {
  DirectEvaluator,
  feedForward,
  ffnCost,
  layerLookup,
  type Matrix,
  type RobertaModel,
} from '@lookupffn/roberta';
import { noise } from '../bench/noise.js';
import { quantile } from '../bench/statistics.js';
import { levelFor, lowerBound, type Roofline } from '../machine/roofline.js';

/** What the FFN of one layer needs, and what it takes. */
export interface LayerProfile {
  readonly layer: number;
  readonly ffn: 'dense' | 'lookup';
  /** Bytes of its packed weights: all that may be read. */
  readonly workingSet: number;
  /** The smallest memory that holds this layer alone, and the one that holds the FFNs of all layers. */
  readonly fitsAlone: string | null;
  readonly fitsAll: string | null;
  readonly flopPerToken: number;
  /** Weights read per token of this batch. */
  readonly bytesPerToken: number;
  /** Microseconds a token that the measured limits allow; null where they could not be measured. */
  readonly predictedMicros: number | null;
  readonly boundBy: string | null;
  readonly measuredMicros: number;
}

export interface LayersOptions {
  readonly tokens: number;
  /** `int8`: dense weights too. */
  readonly dtype: TableDtype;
  readonly repeat: number;
  readonly roofline: Roofline | undefined;
  readonly signal?: AbortSignal;
}

/** The FFN of each layer of a model, to be run alone, with its cost. */
function ffns({ config }: RobertaModel, evaluator: DirectEvaluator, { tokens, dtype }: LayersOptions) {
  const linearDtype = dtype === 'int8' ? 'int8' : 'f32';
  return Array.from({ length: config.numHiddenLayers }, (_, layer) => ({
    ffn: layerLookup(config, layer) ? ('lookup' as const) : ('dense' as const),
    run: (x: Matrix) => feedForward(evaluator, config, layer, x),
    cost: ffnCost(config, layer, { tokens, tableDtype: dtype, linearDtype }),
  }));
}

/**
 * Runs the FFNs of all layers one after the other, as the model does, and times each: a layer finds its weights where
 * the others left them.
 */
export async function profileLayers(
  backend: Backend,
  model: RobertaModel,
  options: LayersOptions,
): Promise<LayerProfile[]> {
  const { tokens, dtype, repeat, roofline, signal } = options;
  const linearDtype = dtype === 'int8' ? 'int8' : 'f32';
  const evaluator = new DirectEvaluator(backend, model, { linearDtype, tableDtype: dtype });
  try {
    const layers = ffns(model, evaluator, options);
    const columns = model.config.hiddenSize;
    // Different tokens each time, or the few rows of a small batch would stay in a cache.
    const rings = Array.from({ length: 8 }, (_, i) => noise(tokens * columns, 1, i + 1));
    const sizes: number[] = [];
    for (const { run } of layers) {
      const before = evaluator.bytes;
      run({ rows: tokens, columns, data: rings[0]! });
      sizes.push(evaluator.bytes - before);
    }
    const all = sizes.reduce((sum, size) => sum + size, 0);
    const samples: number[][] = layers.map(() => []);
    for (let round = 0; round < repeat; round++) {
      const x: Matrix = { rows: tokens, columns, data: rings[round % rings.length]! };
      layers.forEach(({ run }, i) => {
        const start = performance.now();
        run(x);
        samples[i]!.push(performance.now() - start);
      });
      evaluator.releaseAll();
      await new Promise((resolve) => setImmediate(resolve));
      throwIfAborted(signal, 'The profile');
    }
    return layers.map(({ ffn, cost }, layer) => {
      const workingSet = sizes[layer]!;
      const work = { flop: cost.flop.total, bytes: cost.bytesRead.total, workingSet: all };
      const bound = roofline && lowerBound(roofline, work);
      return {
        ...{ layer, ffn, workingSet },
        fitsAlone: roofline ? levelFor(roofline, workingSet).name : null,
        fitsAll: roofline ? levelFor(roofline, all).name : null,
        flopPerToken: work.flop,
        bytesPerToken: work.bytes,
        predictedMicros: bound?.micros ?? null,
        boundBy: bound?.by ?? null,
        measuredMicros: (quantile(samples[layer]!, 0.5) * 1000) / tokens,
      };
    });
  } finally {
    evaluator.dispose();
  }
}
