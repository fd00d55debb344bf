import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeConformance } from '@lookupffn/backend-conformance';
import { type Backend, type LookupFfnConfig, readModes } from '@lookupffn/core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createWasmBackend } from '../src/backend.js';
import { chooseThreads } from '../src/threads/choose.js';
import { randomSource } from './random.js';

const one = await createWasmBackend({ isa: 'simd128', threads: 1 });
const three = await createWasmBackend({ isa: 'simd128', threads: 3 });
afterAll(() => three.dispose());

/** The bits of what a backend gives, many times over: a race shows in some of them. */
function sameBits(run: (backend: Backend) => Float32Array) {
  const expected = new Uint32Array(run(one).buffer);
  for (let i = 0; i < 20; i++) expect(new Uint32Array(run(three).buffer)).toEqual(expected);
}

describe('three threads', () => {
  it('are three', () => {
    expect(three.info.threads).toBe(3);
    expect(one.info.threads).toBe(1);
  });

  // Rows and columns that no number of slices divides; one row; less than is worth sharing.
  for (const [rows, k, out] of [
    [67, 130, 259],
    [1, 768, 3001],
    [3, 2, 5],
  ] as const) {
    for (const dtype of ['f32', 'int8'] as const) {
      it(`give the same bits: linear ${dtype}, ${rows} x ${k} x ${out}`, () => {
        const random = randomSource(rows);
        const [weight, bias, x] = [random.floats(out * k), random.floats(out), random.floats(rows * k)];
        sameBits((backend) => {
          const handle = backend.prepare.linear({ in: k, out, dtype, activation: 'gelu' }, weight, bias);
          const y = new Float32Array(rows * out);
          handle.forward(rows, x, y);
          handle.dispose();
          return y;
        });
      });
    }
  }

  for (const read of readModes) {
    for (const tableDtype of ['f32', 'int8'] as const) {
      it(`give the same bits: LookupFFN ${read} ${tableDtype}`, () => {
        const config: LookupFfnConfig = {
          ...{ hidden: 48, out: 40, tables: 20, bits: 5, projection: 'bh4', block: 16, stages: 3 },
          read,
        };
        const random = randomSource(5);
        const weights = {
          norm: { weight: random.positive(48), bias: random.floats(48), epsilon: 1e-5 },
          projectionWeight: random.floats(2 * 3 * 64 * 16, 0.1),
          projectionBias: random.floats(100),
          tables: random.floats(20 * 32 * 40),
          bias: random.floats(40),
          skip: random.floats(40 * 48),
        };
        const rows = 150;
        const x = random.floats(rows * 48);
        sameBits((backend) => {
          const handle = backend.prepare.lookupFfn(config, weights, { tableDtype, skipDtype: tableDtype });
          expect(handle.skipDtype).toBe(tableDtype);
          const y = new Float32Array(rows * 40);
          handle.forward(rows, x, y);
          handle.dispose();
          return y;
        });
      });
    }
  }

  it('give the same bits: attention', () => {
    const random = randomSource(6);
    const [q, k, v] = [0, 1, 2].map(() => random.floats(140 * 80)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const offsets = new Int32Array([0, 100, 133, 140]);
    sameBits((backend) => {
      const y = new Float32Array(140 * 80);
      backend.ops.attention({ rows: 140, sequences: 3, heads: 5, headSize: 16 }, offsets, q, k, v, y);
      return y;
    });
  });

  it('see the weights of a memory that has grown since they started', () => {
    const k = 1500;
    const random = randomSource(7);
    const weight = random.floats(k * k);
    const x = random.floats(k);
    sameBits((backend) => {
      const handle = backend.prepare.linear({ in: k, out: k }, weight, null);
      const y = new Float32Array(k);
      handle.forward(1, x, y);
      return y;
    });
  });

  describe('conformance', () => {
    const filter = ({ op }: { op: string }) => op.startsWith('prepare.') || op === 'ops.attention';
    describeConformance({ describe, it }, three, { filter });
  });
});

describe('number of threads', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('is the option, then LOOKUPFFN_NUM_THREADS, which other backends read too', () => {
    vi.stubEnv('LOOKUPFFN_NUM_THREADS', '2');
    expect(chooseThreads(undefined)).toBe(2);
    expect(chooseThreads(3)).toBe(3);
    vi.stubEnv('LOOKUPFFN_NUM_THREADS', '1000');
    expect(chooseThreads(undefined)).toBe(32);
  });

  it('is refused by name when it is none', () => {
    const coded = (from: string) =>
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(from) });
    for (const threads of [0, -1, 1.5, 33, Number.NaN]) {
      expect(() => chooseThreads(threads)).toThrow(coded('the threads option'));
    }
    vi.stubEnv('LOOKUPFFN_NUM_THREADS', 'many');
    expect(() => chooseThreads(undefined)).toThrow(coded('LOOKUPFFN_NUM_THREADS'));
  });

  it('is one a processor, up to four, when nobody says', () => {
    vi.stubEnv('LOOKUPFFN_NUM_THREADS', '');
    expect(chooseThreads(undefined)).toBeGreaterThanOrEqual(1);
    expect(chooseThreads(undefined)).toBeLessThanOrEqual(4);
  });
});

describe('without threads to be had', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('works on one where memory cannot be shared, says so, and gives the same numbers', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { Memory } = WebAssembly;
    vi.stubGlobal('WebAssembly', {
      ...Object.fromEntries(
        Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name)]),
      ),
      Memory: function memory(options: WebAssembly.MemoryDescriptor) {
        if (options.shared) throw new RangeError('no shared memory');
        return new Memory(options);
      },
    });
    const backend = await createWasmBackend({ isa: 'simd128', threads: 2 });
    expect(backend.info.threads).toBe(1);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/1 thread, not on 2.*no shared memory/),
    );
    const handle = backend.prepare.linear({ in: 2, out: 1 }, new Float32Array([2, 3]), null);
    const y = new Float32Array(1);
    handle.forward(1, new Float32Array([10, 1]), y);
    expect(y[0]).toBe(23);
  });
});

/** Runs a script with the built package in a process of its own, which must end by itself. */
async function alone(script: string): Promise<string> {
  const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const text = `import { createWasmBackend } from ${JSON.stringify(built)};\n${script}`;
  const parts = ['--input-type=module', '--eval', text];
  const { stdout } = await promisify(execFile)(process.execPath, parts, { timeout: 60_000 });
  return stdout.trim();
}

it('lets a process end whose backend has helpers and was never disposed', async () => {
  const script = `const { info } = await createWasmBackend({ threads: 2 });
    console.log(info.threads);`;
  expect(await alone(script)).toBe('2');
});

const countable = existsSync('/proc/self/task');
it.skipIf(!countable)(
  'ends its helpers on dispose, and a process that keeps making backends does not gather threads',
  async () => {
    const script = `import { readdirSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    const count = () => readdirSync('/proc/self/task').length;
    const weight = new Float32Array(512 * 512);
    const once = async () => {
      const backend = await createWasmBackend({ threads: 4 });
      const handle = backend.prepare.linear({ in: 512, out: 512 }, weight, null);
      handle.forward(16, new Float32Array(16 * 512), new Float32Array(16 * 512));
      backend.dispose();
      backend.dispose();
    };
    const before = count();
    for (let i = 0; i < 5; i++) await once();
    for (let i = 0; i < 500 && count() > before; i++) await setTimeout(20);
    console.log(count() - before);`;
    expect(await alone(script)).toBe('0');
  },
);

it('works in a worker thread of Node, and ends with it', async () => {
  const script = `import { Worker } from 'node:worker_threads';
    const built = ${JSON.stringify(fileURLToPath(new URL('../dist/index.js', import.meta.url)))};
    const source = \`import(\${JSON.stringify(built)}).then(async ({ createWasmBackend }) => {
      const { info } = await createWasmBackend({ threads: 3 });
      process.getBuiltinModule('node:worker_threads').parentPort.postMessage(info.threads);
      setInterval(() => {}, 1000);
    })\`;
    const worker = new Worker(source, { eval: true });
    const threads = await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    console.log(threads);`;
  expect(await alone(script)).toBe('3');
});
