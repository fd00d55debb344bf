import { type Backend, type BackendOptions, defineBackend } from '@lookupffn/core';
import { chooseIsa } from './isa.js';
import { createEngine, type Engine } from './memory/engine.js';
import { attentionOps } from './ops/attention.js';
import { copyOps } from './ops/copies.js';
import { crossEntropyOps } from './ops/cross-entropy.js';
import { gatherOps } from './ops/gather.js';
import { hashOps } from './ops/hash.js';
import { linearOps } from './ops/linear.js';
import { projectionOps } from './ops/projection.js';
import { rowwiseOps } from './ops/rowwise.js';
import { prepareLinear } from './prepare/linear.js';
import { prepareLookupFfn } from './prepare/lookup-ffn.js';
import { chooseThreads } from './threads/choose.js';

export interface WasmBackendOptions extends BackendOptions {
  /** The most the module's memory may grow to, in bytes; default and most: just under 4 GiB. At least 1 MiB. */
  readonly maxMemoryBytes?: number;
}

/** The backend of an engine; forward only, the reference fills in the backward and optimiser operations. */
export function wasmBackend(engine: Engine): Backend {
  return defineBackend({
    name: 'wasm',
    isa: engine.isa,
    threads: engine.threads,
    ops: {
      ...rowwiseOps(engine),
      ...copyOps,
      ...linearOps(engine),
      ...projectionOps(engine),
      ...hashOps(engine),
      ...gatherOps(engine),
      ...attentionOps(engine),
      ...crossEntropyOps(engine),
    },
    prepare: { linear: prepareLinear(engine), lookupFfn: prepareLookupFfn(engine) },
    dispose: engine.stop,
  });
}

/**
 * Compiles the module for this engine's best instruction set, at most `isa` or LOOKUPFFN_ISA (`scalar`, `simd128`,
 * `relaxed-simd`), into a memory of its own, and starts helper threads: `threads` or LOOKUPFFN_NUM_THREADS with the
 * caller's, by default one a processor up to four. A page must be cross-origin isolated to have more than one. `dispose`
 * ends them. Rejects with `BACKEND_UNAVAILABLE` when WebAssembly is refused, `INVALID_ARGUMENT` for an option that can
 * never work.
 */
export async function createWasmBackend(options: WasmBackendOptions = {}): Promise<Backend> {
  const isa = chooseIsa(options.isa);
  const threads = chooseThreads(options.threads);
  return wasmBackend(await createEngine(isa, { ...options, threads }));
}
