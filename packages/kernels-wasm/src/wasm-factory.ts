import { BACKEND_API_VERSION, type BackendFactory } from '@lookupffn/core';
import { createWasmBackend } from './backend.js';
import { chooseIsa } from './isa.js';
import { factoryModule } from './module-url.js';

/** Whether this engine compiles WebAssembly at all: a content security policy can forbid it. */
function refusal(): string | undefined {
  if (typeof WebAssembly !== 'object') return 'this JavaScript engine has no WebAssembly';
  try {
    new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `WebAssembly is refused here (${why}); under a content security policy add 'wasm-unsafe-eval' to script-src`;
  }
}

function describe(isa: string): string {
  switch (isa) {
    case 'relaxed-simd':
      return 'WebAssembly with relaxed SIMD (fused multiply-add)';
    case 'simd128':
      return 'WebAssembly with 128-bit SIMD';
    default:
      return 'WebAssembly without SIMD, several times slower than with it';
  }
}

/** The WebAssembly backend: browsers' best, and Node's where the native one does not run. */
export const wasmFactory: BackendFactory = {
  name: 'wasm',
  apiVersion: BACKEND_API_VERSION,
  priority: 50,
  get module() {
    return factoryModule();
  },
  probe() {
    const reason = refusal();
    if (reason) return { ok: false, reason };
    const isa = chooseIsa();
    return { ok: true, reason: describe(isa), isa };
  },
  create: (options) => createWasmBackend(options),
};
