import { BACKEND_API_VERSION, type Backend, type BackendFactory } from '../backend/backend.js';
import { defineBackend } from '../backend/define.js';
import { referenceModule } from './module-url.js';
import { referenceGrad, referenceOps, referenceOptim } from './ops.js';

/** The reference as a backend. Float64 inside; its tolerance is what rounding each result to float32 costs. */
export function createReferenceBackend(): Backend {
  return defineBackend({
    name: 'reference',
    isa: 'js',
    threads: 1,
    tolerance: 1e-6,
    ops: referenceOps,
    grad: referenceGrad,
    optim: referenceOptim,
  });
}

/** Runs wherever JavaScript does, and is therefore the last choice. Not registered by itself. */
export const referenceFactory: BackendFactory = {
  name: 'reference',
  apiVersion: BACKEND_API_VERSION,
  priority: 0,
  get module() {
    return referenceModule();
  },
  probe: () => ({ ok: true, reason: 'plain JavaScript runs everywhere', isa: 'js' }),
  create: async () => createReferenceBackend(),
};
