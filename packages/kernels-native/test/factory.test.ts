import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNativeBackend, nativeFactory } from '../src/index.js';
import { explainFailures } from '../src/load.js';
import { addon, addonFile, numbers } from './backends.js';

afterEach(() => vi.unstubAllEnvs());

describe('the factory', () => {
  it('says what it found', async () => {
    vi.stubEnv('LOOKUPFFN_ISA', '');
    vi.stubEnv('LOOKUPFFN_NUM_THREADS', '');
    expect(await nativeFactory.probe()).toMatchObject({ ok: true, isa: addon.isas()[0] });
    const backend = await nativeFactory.create();
    expect(backend.info).toMatchObject({ name: 'native', isa: addon.isas()[0], threads: addon.cpus() });
  });

  it('takes a cap on the instruction set from the option, then from the environment', () => {
    vi.stubEnv('LOOKUPFFN_ISA', 'scalar');
    expect(createNativeBackend().info.isa).toBe('scalar');
    expect(createNativeBackend({ isa: addon.isas()[0]! }).info.isa).toBe(addon.isas()[0]);
  });

  it('takes a cap above what the machine has as no cap', () => {
    expect(addon.isas()).toContain(createNativeBackend({ isa: 'avx512' }).info.isa);
  });

  it.each([
    ['LOOKUPFFN_ISA', 'avx3'],
    ['LOOKUPFFN_NUM_THREADS', '0'],
    ['LOOKUPFFN_NUM_THREADS', 'many'],
    ['LOOKUPFFN_NUM_THREADS', '257'],
  ])('refuses %s=%s and says so', async (name, value) => {
    vi.stubEnv(name, value);
    const probe = await nativeFactory.probe();
    expect(probe.ok).toBe(false);
    expect(probe.reason).toContain(`${name} is '${value}'`);
    expect(() => createNativeBackend()).toThrow(expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }));
    await expect(nativeFactory.create()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('takes the number of threads', () => {
    vi.stubEnv('LOOKUPFFN_NUM_THREADS', '3');
    expect(createNativeBackend().info.threads).toBe(3);
    expect(createNativeBackend({ threads: 1 }).info.threads).toBe(1);
  });

  it('explains a missing addon by how to build it, a broken one by rebuilding', () => {
    expect(explainFailures(['a.node: not there'])).toMatch(/Install a C\+\+ compiler/);
    expect(explainFailures(['a.node: not there', 'b.node: invalid ELF header'])).toMatch(
      /built for another platform[\s\S]*invalid ELF header/,
    );
  });
});

describe('prepared weights', () => {
  const draw = numbers(5);
  const weight = draw.floats(6 * 4);

  it('tell their bytes, and refuse use after dispose', () => {
    const backend = createNativeBackend({ threads: 1 });
    const prepared = backend.prepare.linear({ in: 6, out: 4 }, weight, null);
    expect(prepared.bytes).toBeGreaterThanOrEqual(6 * 4 * 4);
    expect(prepared.dtype).toBe('f32');
    prepared.dispose();
    prepared.dispose();
    expect(() => prepared.forward(1, new Float32Array(6), new Float32Array(4))).toThrow(
      expect.objectContaining({ code: 'DISPOSED' }),
    );
    backend.dispose();
    expect(() => backend.ops.gelu({ size: 0 }, new Float32Array(), new Float32Array())).toThrow(
      expect.objectContaining({ code: 'DISPOSED' }),
    );
  });

  it.runIf(spawnSync('prlimit', ['--version']).status === 0)('without memory, a coded error', () => {
    // Blocks of one merge into whole vectors: this asks for much more scratch than the arrays it was given.
    const program = `
      const { readFileSync } = require('node:fs');
      const { execFileSync } = require('node:child_process');
      const addon = require(${JSON.stringify(addonFile)});
      const { ops } = addon.create(addon.isas()[0], 1);
      const hidden = 2 ** 22;
      const [x, weight, y] = [0, 1, 2].map(() => new Float32Array(hidden));
      const now = Number(/VmSize:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
      execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (now + 2 ** 25)]);
      try {
        ops.bh4(1, hidden, 1, 1, 1, x, weight, y);
      } catch (error) {
        console.log(error.code);
      }
    `;
    const result = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect({ output: result.stdout.trim(), status: result.status }).toEqual({
      output: 'OUT_OF_MEMORY',
      status: 0,
    });
  });
});
