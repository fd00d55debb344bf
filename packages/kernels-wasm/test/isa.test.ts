import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWasmBackend } from '../src/backend.js';
import { chooseIsa, supportsIsa, wasmIsas } from '../src/isa.js';
import { wasmFactory } from '../src/wasm-factory.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const best = [...wasmIsas].reverse().find(supportsIsa);

describe('instruction sets', () => {
  it('takes the best the engine has', () => {
    vi.stubEnv('LOOKUPFFN_ISA', '');
    expect(chooseIsa()).toBe(best);
  });

  it('is capped by the option, then by LOOKUPFFN_ISA', () => {
    vi.stubEnv('LOOKUPFFN_ISA', 'scalar');
    expect(chooseIsa()).toBe('scalar');
    expect(chooseIsa('simd128')).toBe('simd128');
    expect(wasmFactory.probe()).toMatchObject({ ok: true, isa: 'scalar' });
  });

  it('leaves names that other backends use in LOOKUPFFN_ISA to them', () => {
    vi.stubEnv('LOOKUPFFN_ISA', 'avx2');
    expect(chooseIsa()).toBe(best);
  });

  it('refuses an unknown option by name', async () => {
    await expect(createWasmBackend({ isa: 'avx2' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('scalar, simd128, relaxed-simd'),
    });
  });

  it('falls to what the engine takes when it has no SIMD', () => {
    const validate = (bytes: Uint8Array) => bytes.length === 8;
    vi.stubGlobal('WebAssembly', { validate, Module: class {} });
    vi.stubEnv('LOOKUPFFN_ISA', '');
    expect(wasmFactory.probe()).toMatchObject({ ok: true, isa: 'scalar', reason: /without SIMD/ });
  });

  it('says why where there is no WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(wasmFactory.probe()).toMatchObject({ ok: false, reason: /no WebAssembly/ });
  });

  it('says what to do where a policy refuses WebAssembly', async () => {
    const refuse = () => {
      throw new Error('blocked by CSP');
    };
    vi.stubGlobal('WebAssembly', { ...WebAssembly, validate: () => true, Module: refuse, Memory: refuse });
    expect(wasmFactory.probe()).toMatchObject({ ok: false, reason: /blocked by CSP.*wasm-unsafe-eval/ });
    await expect(wasmFactory.create()).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining('wasm-unsafe-eval'),
    });
  });
});
