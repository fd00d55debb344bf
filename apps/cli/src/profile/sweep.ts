import {
  type Backend,
  type LookupFfnConfig,
  lookupFfnCost,
  type Prepared,
  type TableDtype,
  throwIfAborted,
  validateLookupFfnConfig,
} from '@lookupffn/core';
import { inputBatches, lookupLayer, timing } from '../bench/ffn.js';
import { interleave } from '../bench/interleave.js';
import { levelFor, lowerBound, type Roofline } from '../machine/roofline.js';

/** What a sweep varies, one at a time around the base. */
export const sweepAxes = ['tables', 'bits', 'block', 'batch'] as const;
export type SweepAxis = (typeof sweepAxes)[number];

export interface SweepPoint {
  readonly axis: SweepAxis;
  readonly value: number;
  /** Of the layers that take turns. */
  readonly workingSet: number;
  readonly fits: string | null;
  readonly predictedMicros: number | null;
  readonly measuredMicros: number;
  readonly spread: number;
}

export interface SweepOptions {
  readonly base: LookupFfnConfig;
  readonly batch: number;
  readonly dtype: TableDtype;
  readonly values: Readonly<Record<SweepAxis, readonly number[]>>;
  /** Distinct layers in turn. */
  readonly layers: number;
  readonly repeat: number;
  readonly roofline: Roofline | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

async function measure(
  backend: Backend,
  lookup: LookupFfnConfig,
  batch: number,
  { dtype, layers: count, repeat, roofline, signal }: SweepOptions,
): Promise<Omit<SweepPoint, 'axis' | 'value'>> {
  const handles: Prepared[] = [];
  try {
    const layers = Array.from({ length: count }, (_, seed) => {
      const layer = lookupLayer(backend, { lookup, dtype }, seed + 1);
      handles.push(...layer.handles);
      return layer;
    });
    const next = inputBatches(batch, lookup.hidden);
    const y = new Float32Array(batch * lookup.out);
    const pass = () => {
      const x = next();
      for (const layer of layers) layer.forward(batch, x, y);
    };
    const [millis] = await interleave([pass], { repeat, sampleMillis: 10, signal });
    const { microsPerToken, spread } = timing(
      millis!.map((ms) => ms / count),
      batch,
    );
    const workingSet = handles.reduce((sum, { bytes }) => sum + bytes, 0);
    const cost = lookupFfnCost({ ...lookup, tableDtype: handles[0]!.dtype as TableDtype, tokens: batch });
    const work = { flop: cost.flop.total, bytes: cost.bytesRead.total, workingSet };
    return {
      workingSet,
      fits: roofline ? levelFor(roofline, workingSet).name : null,
      predictedMicros: roofline ? lowerBound(roofline, work).micros : null,
      measuredMicros: microsPerToken,
      spread,
    };
  } finally {
    for (const handle of handles) handle.dispose();
  }
}

/** A LookupFFN around a base shape: where its working set leaves a cache, the time should show it. */
export async function sweep(backend: Backend, options: SweepOptions): Promise<SweepPoint[]> {
  const points: SweepPoint[] = [];
  for (const axis of sweepAxes) {
    for (const value of options.values[axis]) {
      throwIfAborted(options.signal, 'The sweep');
      options.onProgress?.(`${axis} ${value}`);
      const lookup = axis === 'batch' ? options.base : { ...options.base, [axis]: value };
      validateLookupFfnConfig(lookup);
      const batch = axis === 'batch' ? value : options.batch;
      points.push({ axis, value, ...(await measure(backend, lookup, batch, options)) });
    }
  }
  return points;
}
