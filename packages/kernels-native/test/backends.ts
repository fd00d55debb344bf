import type { Backend } from '@lookupffn/core';
import { createNativeBackend } from '../src/index.js';
import { loadAddon } from '../src/load.js';

const loaded = loadAddon();
if ('failures' in loaded) {
  throw new Error(`Build the addon first (node scripts/build-native.mjs).\n${loaded.failures.join('\n')}`);
}

export const addon = loaded.addon;
/** For tests that load it in a process or a thread of their own. */
export const addonFile = loaded.path;

/** Every instruction set of this machine, best first; LOOKUPFFN_ISA caps them as it caps the backend. */
export const isas = addon
  .isas()
  .slice(addon.isas().indexOf(createNativeBackend().info.isa)) as readonly string[];

export function backendOn(isa: string, threads: number): Backend {
  return createNativeBackend({ isa, threads });
}

/** The same numbers every time: mulberry32, summed to something like a normal distribution. */
export function numbers(seed: number) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (n: number) => Math.floor(uniform() * n),
    floats: (length: number, scale = 1) =>
      Float32Array.from({ length }, () => (uniform() + uniform() + uniform() - 1.5) * 2 * scale),
    ids: (length: number, below: number) => Int32Array.from({ length }, () => Math.floor(uniform() * below)),
  };
}
