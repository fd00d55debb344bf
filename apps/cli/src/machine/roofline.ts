import type { Backend, RooflineOps } from '@lookupffn/core';
import { type CacheLevel, dataCaches } from './caches.js';

export interface MemoryLevel extends CacheLevel {
  readonly bytesPerSecond: number;
}

/** What the machine can do at best, on the threads of one backend. */
export interface Roofline {
  /** Float32 multiply-adds out of registers, each 2 FLOP. */
  readonly flopPerSecond: number;
  /** Caches from the smallest up, then `DRAM`, whose `bytes` is what was read to measure it. */
  readonly levels: readonly MemoryLevel[];
}

/** Of several short runs the best: a limit is what is reached when nothing disturbs. */
function best(samples: number, run: () => number): number {
  return Math.max(...Array.from({ length: samples }, run));
}

function flopRate(ops: RooflineOps): number {
  // 2^20 rounds take about 10 ms.
  return best(9, () => {
    const start = performance.now();
    const flop = ops.multiplyAdds(1 << 20);
    return (flop / (performance.now() - start)) * 1000;
  });
}

function readRate(ops: RooflineOps, bytes: number): number {
  const x = new Float32Array(Math.max(1024, Math.floor(bytes / 4)));
  // A page that was never written is one shared page of zeros: reading it would never leave the first cache.
  for (let i = 0; i < x.length; i += 1024) x[i] = 1;
  const times = Math.max(1, Math.round((1 << 27) / x.byteLength));
  ops.read(x, 1);
  return best(5, () => {
    const start = performance.now();
    ops.read(x, times);
    return (x.byteLength * times * 1000) / (performance.now() - start);
  });
}

/** Measures the limits, in about half a second. Undefined for a backend that cannot drive the machine to them. */
export function measureRoofline(backend: Backend): Roofline | undefined {
  const { roofline } = backend;
  if (!roofline) return undefined;
  const { threads } = backend.info;
  const caches = dataCaches();
  const largest = caches.at(-1)?.bytes ?? 1 << 25;
  const levels = caches.map(({ name, bytes }, i) => {
    // Half of it is sure to stay; small caches are each thread's own, the last one is shared by all.
    const shared = i === caches.length - 1 && caches.length > 2;
    return { name, bytes, bytesPerSecond: readRate(roofline, (bytes / 2) * (shared ? 1 : threads)) };
  });
  const dram = Math.min(4 * largest, 1 << 28);
  return {
    flopPerSecond: flopRate(roofline),
    levels: [...levels, { name: 'DRAM', bytes: dram, bytesPerSecond: readRate(roofline, dram) }],
  };
}

/** The fastest memory that holds so many bytes. */
export function levelFor(roofline: Roofline, workingSet: number): MemoryLevel {
  const { levels } = roofline;
  return levels.slice(0, -1).find(({ bytes }) => workingSet <= bytes) ?? levels.at(-1)!;
}

export interface Bound {
  /** Microseconds that it takes at least. */
  readonly micros: number;
  /** What it waits for: `compute`, or a memory level's name. */
  readonly by: string;
}

/** The roofline: arithmetic or reading, whichever takes longer. */
export function lowerBound(
  roofline: Roofline,
  work: { flop: number; bytes: number; workingSet: number },
): Bound {
  const level = levelFor(roofline, work.workingSet);
  const compute = (work.flop / roofline.flopPerSecond) * 1e6;
  const memory = (work.bytes / level.bytesPerSecond) * 1e6;
  return compute >= memory ? { micros: compute, by: 'compute' } : { micros: memory, by: level.name };
}
