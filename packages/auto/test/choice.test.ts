import { type BackendFactory, registerBackend, registeredBackends } from '@lookupffn/core';
import { nativeFactory } from '@lookupffn/kernels-native';
import { wasmFactory } from '@lookupffn/kernels-wasm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeChoice, explainBackends, resolveBackend, resolveFactory } from '../src/index.js';

/** The native backend as it is on a machine without a compiler, or with one. */
function native(probe: BackendFactory['probe']): BackendFactory {
  return { ...nativeFactory, module: undefined, probe, create: (options) => wasmFactory.create(options) };
}
const unbuilt = native(() => ({ ok: false, reason: 'it was not built. Install a C++ compiler' }));
const built = native(() => ({ ok: true, reason: 'C++ kernels', isa: 'avx2' }));

beforeEach(() => {
  for (const name of ['LOOKUPFFN_BACKEND', 'LOOKUPFFN_ISA']) vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  registerBackend(nativeFactory);
});

describe('importing @lookupffn/auto', () => {
  it('registers native, wasm and reference, in this order', () => {
    expect(registeredBackends().map(({ name }) => name)).toEqual(['native', 'wasm', 'reference']);
  });

  it('finds a backend on this very machine, and says which', async () => {
    const probe = await nativeFactory.probe();
    const expected = probe.ok ? 'native' : 'wasm';
    const backend = await resolveBackend();
    expect(backend.info.name).toBe(expected);
    expect(await describeChoice()).toMatch(new RegExp(`^Backend ${expected} \\(`));
    backend.dispose();
  });
});

describe('choice', () => {
  it('takes native where it runs', async () => {
    registerBackend(built);
    expect((await resolveFactory()).name).toBe('native');
    expect(await describeChoice()).toBe('Backend native (avx2), the fastest that runs here: C++ kernels.');
  });

  it('takes wasm where native was not built, and says what to do', async () => {
    registerBackend(unbuilt);
    expect((await resolveFactory()).name).toBe('wasm');
    const text = await describeChoice();
    expect(text).toMatch(/^Backend wasm \((simd128|relaxed-simd)\), the fastest that runs here/);
    expect(text).toContain('\n  native is not used: it was not built. Install a C++ compiler.');
    expect(text).not.toContain('reference');
  });

  it('fails with the reason when native is forced and cannot run', async () => {
    registerBackend(unbuilt);
    vi.stubEnv('LOOKUPFFN_BACKEND', 'native');
    await expect(resolveBackend()).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining('it was not built. Install a C++ compiler'),
    });
    expect(await describeChoice()).toBe(
      'No backend: native was asked for by LOOKUPFFN_BACKEND and cannot run here.\n' +
        '  native: it was not built. Install a C++ compiler.',
    );
  });

  it('takes wasm when it is forced, though native is faster', async () => {
    registerBackend(built);
    vi.stubEnv('LOOKUPFFN_BACKEND', 'wasm');
    const backend = await resolveBackend();
    expect(backend.info.name).toBe('wasm');
    const text = await describeChoice();
    expect(text).toMatch(/^Backend wasm \(.*\), asked for by LOOKUPFFN_BACKEND: /);
    expect(text).toContain(
      'native (avx2) runs here too and is faster; it is not used because wasm was asked',
    );
  });

  it('puts an argument before the environment', async () => {
    vi.stubEnv('LOOKUPFFN_BACKEND', 'wasm');
    expect((await resolveFactory({ require: 'reference' })).name).toBe('reference');
    expect(await describeChoice({ require: 'reference' })).toMatch(
      /^Backend reference \(js\), asked for by the caller: /,
    );
  });

  it('goes on to the next when the preferred one cannot run, and says so', async () => {
    registerBackend(unbuilt);
    expect((await resolveFactory({ prefer: 'native' })).name).toBe('wasm');
    expect(await describeChoice({ prefer: 'native' })).toContain('native is not used: it was not built');
  });

  it('lists every reason when none can run', async () => {
    const factories = registeredBackends();
    for (const one of factories) {
      registerBackend({ ...one, probe: () => ({ ok: false, reason: `no ${one.name}` }) });
    }
    for (const options of [{}, { prefer: 'wasm' }]) {
      expect(await describeChoice(options)).toBe(
        'No backend: what is registered cannot run here.\n  native: no native.\n  wasm: no wasm.\n  reference: no reference.',
      );
    }
    for (const one of factories) registerBackend(one);
  });

  it('names the known ones when asked for a name nobody registered', async () => {
    vi.stubEnv('LOOKUPFFN_BACKEND', 'gpu');
    const refusal = {
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringMatching(/'gpu'.*LOOKUPFFN_BACKEND.*native, wasm, reference/),
    };
    await expect(resolveBackend()).rejects.toMatchObject(refusal);
    await expect(describeChoice()).rejects.toMatchObject(refusal);
    await expect(explainBackends()).rejects.toMatchObject(refusal);
  });

  it('keeps a reason of several lines as it is', async () => {
    registerBackend(native(() => ({ ok: false, reason: 'not available:\n    build/x.node: not there\n' })));
    expect(await describeChoice()).toContain(
      'native is not used: not available:\n    build/x.node: not there',
    );
  });
});
