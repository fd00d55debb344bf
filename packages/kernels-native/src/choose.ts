import type { BackendOptions } from '@lookupffn/core';
import type { NativeAddon } from './addon.js';

const MAX_THREADS = 256;

export type Choice<T> = { readonly value: T } | { readonly problem: string };

/** The best set that is supported and not wider than the cap: the option, or LOOKUPFFN_ISA. */
export function chooseIsa(addon: NativeAddon, options: BackendOptions): Choice<string> {
  const supported = addon.isas();
  const built = addon.built();
  const cap = options.isa ?? (process.env.LOOKUPFFN_ISA || undefined);
  if (cap === undefined) return { value: supported[0]! };
  const from = options.isa === undefined ? 'LOOKUPFFN_ISA' : 'the isa option';
  const rank = built.indexOf(cap);
  if (rank < 0) {
    return {
      problem: `${from} is '${cap}'; there are kernels for ${built.join(', ')}, and this machine has ${supported.join(', ')}.`,
    };
  }
  return { value: supported.find((name) => built.indexOf(name) >= rank) ?? 'scalar' };
}

/** The option, LOOKUPFFN_NUM_THREADS, or the CPUs this process may use. */
export function chooseThreads(addon: NativeAddon, options: BackendOptions): Choice<number> {
  const asked = options.threads ?? (process.env.LOOKUPFFN_NUM_THREADS || undefined);
  if (asked === undefined) return { value: Math.min(addon.cpus(), MAX_THREADS) };
  const threads = Number(asked);
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    const from = options.threads === undefined ? 'LOOKUPFFN_NUM_THREADS' : 'the threads option';
    return { problem: `${from} is '${asked}'; it must be a whole number from 1 to ${MAX_THREADS}.` };
  }
  return { value: threads };
}

const DEFAULT_TILE_ROWS = 24;
const MAX_TILE_ROWS = 256;

/** The option, or what suits most machines. */
export function chooseTileRows({ tileRows = DEFAULT_TILE_ROWS }: BackendOptions): Choice<number> {
  if (Number.isInteger(tileRows) && tileRows >= 2 && tileRows <= MAX_TILE_ROWS) return { value: tileRows };
  return {
    problem: `the tileRows option is '${tileRows}'; it must be a whole number from 2 to ${MAX_TILE_ROWS}.`,
  };
}
