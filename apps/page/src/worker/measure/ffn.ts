import {
  type Backend,
  denseFfnCost,
  type LookupFfnConfig,
  lookupFfnCost,
  lookupFfnGeometry,
  type Prepared,
  projectionWeightLength,
  type TableDtype,
} from '@lookupffn/core';
import { noise } from './noise.js';
import { interleave, type Timing } from './time.js';

/** A dense FFN and the LookupFFN that takes its place. */
export interface FfnPair {
  readonly lookup: LookupFfnConfig;
  /** Width of the dense FFN. */
  readonly inner: number;
  readonly dtype: 'f32' | 'int8';
}

/** One measured point: an FFN at a batch size. */
export interface FfnPoint {
  readonly kind: 'dense' | 'lookup';
  readonly tokens: number;
  readonly microsPerToken: number;
  /** The median sample over the fastest one: 1 on a quiet machine. */
  readonly spread: number;
  /** FLOP per token, by the cost model. */
  readonly flop: number;
  /** Bytes of weights per token that a batch must read at least. */
  readonly bytes: number;
  /** What the weights are really kept as. */
  readonly dtype: string;
}

interface Layer {
  readonly handles: readonly Prepared[];
  pass(rows: number, x: Float32Array, y: Float32Array): void;
}

function denseLayer(backend: Backend, { lookup, inner, dtype }: FfnPair, mostTokens: number): Layer {
  const { hidden, out } = lookup;
  const up = backend.prepare.linear(
    { in: hidden, out: inner, dtype, activation: 'gelu' },
    noise(inner * hidden, 0.02),
    noise(inner, 0.02),
  );
  const down = backend.prepare.linear({ in: inner, out, dtype }, noise(out * inner, 0.02), noise(out, 0.02));
  const middle = new Float32Array(mostTokens * inner);
  return {
    handles: [up, down],
    pass(rows, x, y) {
      const activations = middle.subarray(0, rows * inner);
      up.forward(rows, x, activations);
      down.forward(rows, activations, y);
    },
  };
}

function lookupLayer(backend: Backend, { lookup, dtype }: FfnPair): Layer {
  const { padded, codeBits, cells } = lookupFfnGeometry(lookup);
  const std = lookup.projection === 'dense' ? 0.02 : 1 / Math.sqrt(lookup.block * padded);
  const handle = backend.prepare.lookupFfn(
    lookup,
    {
      projectionWeight: noise(projectionWeightLength(lookup), std),
      projectionBias: noise(codeBits, 0.02),
      tables: noise(lookup.tables * cells * lookup.out, 0.02),
      bias: noise(lookup.out, 0.02),
    },
    { tableDtype: dtype },
  );
  return { handles: [handle], pass: (rows, x, y) => handle.forward(rows, x, y) };
}

/** As many different tokens go through, or one batch's few table rows would never leave the nearest cache. */
const differentTokens = 2048;

function ring(tokens: number, hidden: number): () => Float32Array {
  const batches = Math.ceil(differentTokens / tokens);
  const numbers = noise(batches * tokens * hidden, 1);
  let batch = 0;
  return () => {
    const start = batch * tokens * hidden;
    batch = (batch + 1) % batches;
    return numbers.subarray(start, start + tokens * hidden);
  };
}

/** Times both at each batch size, in turns; yields each finished pair of points, and undefined to let others work. */
export function* measureFfn(
  backend: Backend,
  pair: FfnPair,
  batchSizes: readonly number[],
  rounds: number,
): Generator<FfnPoint[] | undefined, void> {
  const { lookup, inner } = pair;
  const dense = denseLayer(backend, pair, Math.max(...batchSizes));
  const layers = [dense];
  try {
    yield;
    const table = lookupLayer(backend, pair);
    layers.push(table);
    yield;
    const [denseDtype, tableDtype] = [dense.handles[0]!.dtype, table.handles[0]!.dtype];
    for (const tokens of batchSizes) {
      const next = ring(tokens, lookup.hidden);
      const y = new Float32Array(tokens * lookup.out);
      const passes = [dense, table].map((layer) => () => layer.pass(tokens, next(), y));
      const timing = interleave(passes, rounds);
      let step = timing.next();
      for (; !step.done; step = timing.next()) yield undefined;
      const [denseTiming, tableTiming] = step.value as [Timing, Timing];
      const dtype = denseDtype === 'int8' ? 'int8' : 'f32';
      const denseCost = denseFfnCost({ hidden: lookup.hidden, out: lookup.out, inner, dtype, tokens });
      const tableCost = lookupFfnCost({ ...lookup, tableDtype: tableDtype as TableDtype, tokens });
      const point = (
        kind: FfnPoint['kind'],
        { median, best }: Timing,
        cost: typeof tableCost | typeof denseCost,
      ) => ({
        kind,
        tokens,
        microsPerToken: (median * 1000) / tokens,
        spread: median / best,
        flop: cost.flop.total,
        bytes: cost.bytesRead.total,
        dtype: kind === 'dense' ? denseDtype : tableDtype,
      });
      yield [point('dense', denseTiming, denseCost), point('lookup', tableTiming, tableCost)];
    }
  } finally {
    for (const { handles } of layers) for (const handle of handles) handle.dispose();
  }
}
