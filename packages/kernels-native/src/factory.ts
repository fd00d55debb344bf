import { existsSync } from 'node:fs';
import {
  BACKEND_API_VERSION,
  type Backend,
  type BackendFactory,
  type BackendOptions,
  defineBackend,
  LookupFfnError,
  type ProbeResult,
} from '@lookupffn/core';
import type { NativeAddon } from './addon.js';
import { chooseIsa, chooseThreads, chooseTileRows } from './choose.js';
import { guarded, guardedEngine } from './guard.js';
import { layoutName } from './layout.js';
import { explainFailures, loadAddon } from './load.js';
import { operations } from './operations.js';
import { adoptedOperations, preparedOperations } from './prepare.js';

type Chosen =
  | { readonly addon: NativeAddon; readonly isa: string; readonly threads: number; readonly tileRows: number }
  | { readonly problem: string };

function choose(options: BackendOptions): Chosen {
  const loaded = loadAddon();
  if ('failures' in loaded) return { problem: explainFailures(loaded.failures) };
  const isa = chooseIsa(loaded.addon, options);
  if ('problem' in isa) return isa;
  const threads = chooseThreads(loaded.addon, options);
  if ('problem' in threads) return threads;
  const tileRows = chooseTileRows(options);
  if ('problem' in tileRows) return tileRows;
  return { addon: loaded.addon, isa: isa.value, threads: threads.value, tileRows: tileRows.value };
}

/**
 * The C++ backend. `isa` (or LOOKUPFFN_ISA) caps the instruction set: scalar, sse41, avx2, avx512, avx512vnni, neon, neondot; `threads` (or
 * LOOKUPFFN_NUM_THREADS) the threads of its process-wide pool. Throws `BACKEND_UNAVAILABLE` when it cannot run here.
 */
export function createNativeBackend(options: BackendOptions = {}): Backend {
  const chosen = choose(options);
  if ('problem' in chosen) {
    throw new LookupFfnError('BACKEND_UNAVAILABLE', `Backend 'native' cannot run: ${chosen.problem}`);
  }
  const engine = guardedEngine(chosen.addon.create(chosen.isa, chosen.threads, chosen.tileRows));
  const prepare = preparedOperations(engine);
  const { mapFile, scratchBytes } = chosen.addon;
  return defineBackend({
    name: 'native',
    isa: chosen.isa,
    threads: chosen.threads,
    ...operations(engine),
    prepare,
    adopt: {
      layout: layoutName(chosen.isa, prepare),
      ...(mapFile && { mapFile: guarded(mapFile) }),
      ...adoptedOperations(engine),
    },
    scratchBytes,
    roofline: engine.roofline,
  });
}

function probe(): ProbeResult {
  const chosen = choose({});
  if ('problem' in chosen) return { ok: false, reason: chosen.problem };
  const threads = `${chosen.threads} thread${chosen.threads === 1 ? '' : 's'}`;
  const supported = chosen.addon.isas().join(', ');
  return {
    ok: true,
    isa: chosen.isa,
    reason: `C++ kernels on ${chosen.isa}, ${threads} (this machine has ${supported})`,
  };
}

/** Only built code has the entry beside it; from source, sessions run on the caller's thread. */
function moduleUrl(): string | undefined {
  const entry = new URL('./factory-entry.js', import.meta.url);
  return existsSync(entry) ? entry.href : undefined;
}

/** Registers as `native`, before every other backend of this project. */
export const nativeFactory: BackendFactory = {
  name: 'native',
  apiVersion: BACKEND_API_VERSION,
  priority: 100,
  module: moduleUrl(),
  probe,
  create: async (options) => createNativeBackend(options),
};
