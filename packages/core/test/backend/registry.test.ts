import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BACKEND_API_VERSION, type BackendFactory } from '../../src/backend/backend.js';
import { defineBackend } from '../../src/backend/define.js';
import {
  explainBackends,
  registerBackend,
  registeredBackends,
  resolveBackend,
  resolveFactory,
} from '../../src/backend/registry.js';

const key = Symbol.for('lookupffn.registry');
const holder = globalThis as { [key]?: unknown };
let before: unknown;

beforeEach(() => {
  before = holder[key];
  delete holder[key];
  vi.stubEnv('LOOKUPFFN_BACKEND', undefined);
});
afterEach(() => {
  holder[key] = before;
  vi.unstubAllEnvs();
});

function factory(name: string, priority: number, change: Partial<BackendFactory> = {}): BackendFactory {
  return {
    name,
    apiVersion: BACKEND_API_VERSION,
    priority,
    probe: () => ({ ok: true, reason: `${name} is well` }),
    create: async (options) => defineBackend({ name, threads: options?.threads }),
    ...change,
  };
}
const broken = (reason: string): Partial<BackendFactory> => ({ probe: () => ({ ok: false, reason }) });
const throwing: Partial<BackendFactory> = {
  probe() {
    throw new Error('no such chip');
  },
};
const unavailable = (...says: string[]) =>
  expect.objectContaining({
    code: 'BACKEND_UNAVAILABLE',
    message: expect.stringMatching(new RegExp(says.join('[^]*'))),
  });

describe('order', () => {
  beforeEach(() => {
    registerBackend(factory('slow', 0));
    registerBackend(factory('fast', 100));
    registerBackend(factory('middle', 50));
  });
  const chosen = async (options = {}) => (await resolveFactory(options)).name;

  it('is by priority, equal ones by name', async () => {
    registerBackend(factory('also-fast', 100));
    expect(registeredBackends().map((f) => f.name)).toEqual(['also-fast', 'fast', 'middle', 'slow']);
    expect(await chosen()).toBe('also-fast');
  });

  it('is changed by LOOKUPFFN_BACKEND, unless empty', async () => {
    vi.stubEnv('LOOKUPFFN_BACKEND', 'middle');
    expect(await chosen()).toBe('middle');
    vi.stubEnv('LOOKUPFFN_BACKEND', '');
    expect(await chosen()).toBe('fast');
  });

  it('is the explicit argument before the environment', async () => {
    vi.stubEnv('LOOKUPFFN_BACKEND', 'middle');
    expect(await chosen({ require: 'slow' })).toBe('slow');
    expect(await chosen({ prefer: 'slow' })).toBe('slow');
  });

  it('goes past those that cannot run, and past a preference that cannot', async () => {
    registerBackend(factory('fast', 100, broken('needs a moon')));
    expect(await chosen()).toBe('middle');
    expect(await chosen({ prefer: 'fast' })).toBe('middle');
    expect(await chosen({ prefer: 'nobody' })).toBe('middle');
  });

  it('a later registration replaces an earlier of the same name', async () => {
    registerBackend(factory('slow', 1000));
    expect(registeredBackends()).toHaveLength(3);
    expect(await chosen()).toBe('slow');
  });
});

describe('a forced backend', () => {
  beforeEach(() => {
    registerBackend(factory('works', 0));
    registerBackend(factory('ill', 100, broken('needs AVX-99; run an older build')));
  });

  it('that cannot run is an error that says why, not another backend', async () => {
    await expect(resolveFactory({ require: 'ill' })).rejects.toThrow(unavailable('ill', 'needs AVX-99'));
    vi.stubEnv('LOOKUPFFN_BACKEND', 'ill');
    await expect(resolveFactory()).rejects.toThrow(unavailable('ill', 'needs AVX-99'));
    await expect(resolveBackend()).rejects.toThrow(unavailable('ill', 'needs AVX-99'));
  });

  it('that nobody registered is an error naming who asked and what there is', async () => {
    await expect(resolveFactory({ require: 'tpu' })).rejects.toThrow(
      unavailable("'tpu'", 'the caller', 'ill, works'),
    );
    vi.stubEnv('LOOKUPFFN_BACKEND', 'tpu');
    await expect(resolveFactory()).rejects.toThrow(unavailable("'tpu'", 'LOOKUPFFN_BACKEND'));
  });
});

describe('when nothing runs', () => {
  it('with nothing registered says what to import', async () => {
    await expect(resolveFactory()).rejects.toThrow(unavailable('@lookupffn/auto'));
    await expect(resolveFactory({ require: 'x' })).rejects.toThrow(unavailable('none', '@lookupffn/auto'));
  });

  it('lists every reason; a probe that throws is one', async () => {
    registerBackend(factory('a', 2, throwing));
    registerBackend(factory('b', 1, broken('too hot')));
    registerBackend(factory('c', 0, { probe: () => Promise.reject(new Error('late')) }));
    await expect(resolveFactory()).rejects.toThrow(
      unavailable('a: its probe threw: no such chip', 'b: too hot', 'c: its probe threw: late'),
    );
  });
});

describe('explainBackends', () => {
  beforeEach(() => {
    registerBackend(factory('a', 2, throwing));
    registerBackend(factory('b', 1, { probe: async () => ({ ok: true, reason: 'fine', isa: 'abacus' }) }));
    registerBackend(factory('c', 0));
  });

  it('tells of each whether it runs, why, and which is chosen', async () => {
    expect(await explainBackends()).toEqual([
      { name: 'a', priority: 2, ok: false, reason: 'its probe threw: no such chip', chosen: false },
      { name: 'b', priority: 1, ok: true, reason: 'fine', isa: 'abacus', chosen: true },
      { name: 'c', priority: 0, ok: true, reason: 'c is well', chosen: false },
    ]);
  });

  it('follows what is asked for', async () => {
    const chosen = async (options = {}) => (await explainBackends(options)).find((e) => e.chosen)?.name;
    expect(await chosen({ require: 'c' })).toBe('c');
    expect(await chosen({ require: 'a' })).toBeUndefined();
    vi.stubEnv('LOOKUPFFN_BACKEND', 'c');
    expect(await chosen()).toBe('c');
  });
});

describe('resolveBackend', () => {
  it('creates with the remaining options only', async () => {
    const create = vi.fn(async () => defineBackend({ name: 'x' }));
    registerBackend(factory('x', 0, { create }));
    const backend = await resolveBackend({ prefer: 'x', threads: 3, isa: 'scalar' });
    expect(backend.info.name).toBe('x');
    expect(create).toHaveBeenCalledWith({ threads: 3, isa: 'scalar' });
  });

  it('does not hide a create that fails behind another backend', async () => {
    registerBackend(factory('works', 0));
    registerBackend(factory('liar', 1, { create: () => Promise.reject(new Error('could not load')) }));
    await expect(resolveBackend()).rejects.toThrow('could not load');
  });
});

describe('versions and copies', () => {
  it('refuses a backend of another API version', () => {
    const old = factory('old', 0, { apiVersion: BACKEND_API_VERSION + 1 });
    expect(() => registerBackend(old)).toThrow(
      expect.objectContaining({ code: 'API_VERSION_MISMATCH', message: expect.stringContaining("'old'") }),
    );
    expect(registeredBackends()).toEqual([]);
  });

  it('two copies of core see one registry', async () => {
    vi.resetModules();
    const copy = await import('../../src/backend/registry.js');
    expect(copy.registerBackend).not.toBe(registerBackend);
    copy.registerBackend(factory('theirs', 1));
    registerBackend(factory('ours', 0));
    expect(registeredBackends().map((f) => f.name)).toEqual(['theirs', 'ours']);
    expect(copy.registeredBackends()).toEqual(registeredBackends());
    expect((await resolveFactory()).name).toBe('theirs');
  });

  it('a copy of another API version is refused', () => {
    holder[key] = { apiVersion: 99, factories: new Map() };
    expect(() => registeredBackends()).toThrow(
      expect.objectContaining({ code: 'API_VERSION_MISMATCH', message: expect.stringContaining('99') }),
    );
  });
});
