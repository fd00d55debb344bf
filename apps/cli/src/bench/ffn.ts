import {
  type Backend,
  type LookupFfnConfig,
  lookupFfnGeometry,
  type Prepared,
  projectionWeightLength,
  type TableDtype,
  throwIfAborted,
} from '@lookupffn/core';
import { interleave } from './interleave.js';
import { noise } from './noise.js';
import { quantile, type Summary, summarise } from './statistics.js';

export interface FfnBenchOptions {
  readonly lookup: LookupFfnConfig;
  /** Width of the dense FFN's hidden layer. */
  readonly intermediate: number;
  readonly dtype: TableDtype;
  readonly tokens: readonly number[];
  /** Distinct layers, used in turn so that no layer finds its weights in the cache that it left them in. */
  readonly layers: number;
  readonly repeat: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

export interface Timing {
  readonly microsPerToken: number;
  /** Interquartile range over the median. */
  readonly spread: number;
}

export interface FfnBenchRow {
  readonly tokens: number;
  readonly dense: Timing;
  readonly lookup: Timing;
  /** Dense time over lookup time, paired sample by sample. */
  readonly ratio: number;
  readonly ratioSpread: number;
}

export interface FfnBench {
  readonly rows: readonly FfnBenchRow[];
  /** What the weights are really kept as. */
  readonly dtypes: { readonly dense: string; readonly lookup: string };
  /** Bytes of one layer's packed weights. */
  readonly bytes: { readonly dense: number; readonly lookup: number };
}

/** `d -> intermediate -> d` with GELU between, as one thing to run and to throw away. */
export interface Layer {
  readonly handles: readonly Prepared[];
  forward(rows: number, x: Float32Array, y: Float32Array): void;
}

function denseLayer(backend: Backend, options: FfnBenchOptions, seed: number): Layer {
  const { hidden: d, out: o } = options.lookup;
  const wide = options.intermediate;
  const dtype = options.dtype === 'int8' ? 'int8' : 'f32';
  const std = 0.02;
  const up = backend.prepare.linear(
    { in: d, out: wide, dtype, activation: 'gelu' },
    noise(wide * d, std, seed),
    noise(wide, std, seed),
  );
  const down = backend.prepare.linear(
    { in: wide, out: o, dtype },
    noise(o * wide, std, seed),
    noise(o, std, seed),
  );
  const middle = new Float32Array(Math.max(...options.tokens) * wide);
  return {
    handles: [up, down],
    forward(rows, x, y) {
      const activations = middle.subarray(0, rows * wide);
      up.forward(rows, x, activations);
      down.forward(rows, activations, y);
    },
  };
}

export function lookupLayer(
  backend: Backend,
  { lookup, dtype }: Pick<FfnBenchOptions, 'lookup' | 'dtype'>,
  seed: number,
): Layer {
  const { padded, codeBits, cells } = lookupFfnGeometry(lookup);
  const projectionStd = lookup.projection === 'dense' ? 0.02 : 1 / Math.sqrt(lookup.block * padded);
  const handle = backend.prepare.lookupFfn(
    lookup,
    {
      projectionWeight: noise(projectionWeightLength(lookup), projectionStd, seed),
      projectionBias: noise(codeBits, 0.02, seed),
      tables: noise(lookup.tables * cells * lookup.out, 0.02, seed),
      bias: noise(lookup.out, 0.02, seed),
    },
    { tableDtype: dtype },
  );
  return { handles: [handle], forward: (rows, x, y) => handle.forward(rows, x, y) };
}

/** At least this many different tokens go through, or the few table rows of one small batch would stay in the cache. */
const differentTokens = 2048;

/** Batches of `n` tokens from a ring of different ones. */
export function inputBatches(n: number, hidden: number): () => Float32Array {
  const batches = Math.ceil(differentTokens / n);
  const ring = noise(batches * n * hidden, 1, n);
  let batch = 0;
  return () => {
    const start = batch * n * hidden;
    batch = (batch + 1) % batches;
    return ring.subarray(start, start + n * hidden);
  };
}

export function timing(millis: readonly number[], tokens: number): Timing {
  const { median, spread }: Summary = summarise(millis);
  return { microsPerToken: (median * 1000) / tokens, spread };
}

interface Side {
  readonly dense: readonly Layer[];
  readonly lookup: readonly Layer[];
}

/**
 * Times a LookupFFN against the dense FFN that it replaces, on each backend through its prepared handles; all of them take
 * turns. Neither side has a LayerNorm: both need one, and it costs them the same.
 */
export async function benchFfn(backends: readonly Backend[], options: FfnBenchOptions): Promise<FfnBench[]> {
  const { lookup, layers: count, tokens } = options;
  const handles: Prepared[] = [];
  const make = (build: typeof denseLayer, backend: Backend, first: number): Layer[] =>
    Array.from({ length: count }, (_, i) => {
      const layer = build(backend, options, first + i);
      handles.push(...layer.handles);
      return layer;
    });
  try {
    options.onProgress?.('preparing the weights');
    const sides: Side[] = backends.map((backend) => ({
      dense: make(denseLayer, backend, 1),
      lookup: make(lookupLayer, backend, 1 + count),
    }));
    const rows: FfnBenchRow[][] = [];
    for (const n of tokens) {
      options.onProgress?.(`${n} tokens`);
      throwIfAborted(options.signal, 'The benchmark');
      const next = inputBatches(n, lookup.hidden);
      const y = new Float32Array(n * lookup.out);
      const pass = (layers: readonly Layer[]) => () => {
        const x = next();
        for (const layer of layers) layer.forward(n, x, y);
      };
      const passes = sides.flatMap(({ dense, lookup }) => [pass(dense), pass(lookup)]);
      const millis = await interleave(passes, {
        repeat: options.repeat,
        sampleMillis: 10,
        signal: options.signal,
      });
      const perLayer = millis.map((samples) => samples.map((ms) => ms / count));
      rows.push(sides.map((_, i) => rowOf(n, perLayer[2 * i]!, perLayer[2 * i + 1]!)));
    }
    return sides.map((side, i) => ({ rows: rows.map((row) => row[i]!), ...describe(side) }));
  } finally {
    for (const handle of handles) handle.dispose();
  }
}

function rowOf(tokens: number, denseMillis: readonly number[], lookupMillis: readonly number[]): FfnBenchRow {
  const ratios = denseMillis.map((ms, i) => ms / lookupMillis[i]!);
  return {
    tokens,
    dense: timing(denseMillis, tokens),
    lookup: timing(lookupMillis, tokens),
    ratio: quantile(ratios, 0.5),
    ratioSpread: summarise(ratios).spread,
  };
}

function describe({ dense, lookup }: Side): Pick<FfnBench, 'dtypes' | 'bytes'> {
  const total = (layer: Layer) => layer.handles.reduce((sum, handle) => sum + handle.bytes, 0);
  return {
    dtypes: { dense: dense[0]!.handles[0]!.dtype, lookup: lookup[0]!.handles[0]!.dtype },
    bytes: { dense: total(dense[0]!), lookup: total(lookup[0]!) },
  };
}
