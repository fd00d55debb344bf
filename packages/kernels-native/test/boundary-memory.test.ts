/// <reference lib="es2024" />
import { spawnSync } from 'node:child_process';
import type { Backend } from '@lookupffn/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NativePrepared } from '../src/addon.js';
import { createNativeBackend } from '../src/index.js';
import { addon, addonFile, isas } from './backends.js';

// Memory that is not a plain array's own, and objects whose life has ended: an answer or a coded error, never a crash.

const elements = 24;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}
// Node's types leave WebAssembly to the DOM's.
const { Memory } = (
  globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number; maximum?: number }) => WasmMemory };
  }
).WebAssembly;

/** The ways in which `elements` numbers may lie in memory that moves, shrinks, is shared or is gone. */
const placements = {
  own: (): Float32Array => new Float32Array(elements),
  shared: () => new Float32Array(new SharedArrayBuffer(elements * 4)),
  growable: () => {
    const buffer = new SharedArrayBuffer(elements * 4, { maxByteLength: elements * 8 });
    return new Float32Array(buffer);
  },
  inside: () => new Float32Array(new ArrayBuffer(elements * 4 + 12), 4, elements),
  atTheEnd: () => new Float32Array(new ArrayBuffer(elements * 4 + 12), 12, elements),
  wasm: () => new Float32Array(new Memory({ initial: 1 }).buffer, 65536 - elements * 4),
  detached: () => {
    const gone = new Float32Array(elements);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    return gone;
  },
  shrunk: () => {
    const buffer = new ArrayBuffer(elements * 4, { maxByteLength: elements * 8 });
    const view = new Float32Array(buffer, 0, elements);
    buffer.resize(8);
    return view;
  },
  tracking: () => {
    const buffer = new ArrayBuffer(elements * 4, { maxByteLength: elements * 8 });
    const view = new Float32Array(buffer);
    buffer.resize(elements * 8);
    buffer.resize(elements * 4);
    return view;
  },
  grownWasm: () => {
    const memory = new Memory({ initial: 1, maximum: 2 });
    const view = new Float32Array(memory.buffer, 0, elements);
    memory.grow(1); // detaches
    return view;
  },
} as const;

const gone = ['detached', 'shrunk', 'grownWasm'];
const code = (call: () => unknown) => {
  try {
    call();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('arrays', () => {
  const place = fc.constantFrom(...Object.keys(placements)) as fc.Arbitrary<keyof typeof placements>;

  it('wherever they lie: the right sum, or a coded error where the memory is gone', () => {
    fc.assert(
      fc.property(place, place, place, fc.constantFrom(...isas), (a, b, y, isa) => {
        const [left, right, result] = [a, b, y].map((name) => placements[name]());
        if (!gone.includes(a)) left!.set(Array.from({ length: elements }, (_, i) => i));
        if (!gone.includes(b)) right!.fill(0.5);
        const { ops } = addon.create(isa, 2);
        const answer = code(() => ops.add(elements, left!, right!, result!));
        if ([a, b, y].some((name) => gone.includes(name))) {
          expect(answer).toBe('SHAPE_MISMATCH');
        } else {
          expect(answer).toBe('none');
          expect(Array.from(result!)).toEqual(Array.from({ length: elements }, (_, i) => i + 0.5));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('of shared memory that another thread writes meanwhile: ids never point outside', () => {
    // In a process of its own, which would crash: the ids turn bad after they were checked.
    const program = `
      const { Worker } = require('node:worker_threads');
      const { ops } = require(${JSON.stringify(addonFile)}).create(${JSON.stringify(isas[0])}, 1);
      const rows = 4096, size = 16;
      const ids = new Int32Array(new SharedArrayBuffer(rows * 4));
      const go = new Int32Array(new SharedArrayBuffer(4));
      new Worker(
        \`const { ids, go } = require('node:worker_threads').workerData;
         Atomics.store(go, 0, 1);
         while (Atomics.load(go, 0) === 1) { ids.fill(0x3fffffff, 3000); ids.fill(1, 3000); }\`,
        { eval: true, workerData: { ids, go } },
      );
      const table = new Float32Array(2 * size), y = new Float32Array(rows * size);
      const seen = { fine: 0, INDEX_OUT_OF_RANGE: 0 };
      const work = () => {
        if (Atomics.load(go, 0) === 0) return setTimeout(work, 1);
        for (let i = 0; i < 3000; i++) {
          try { ops.embedding(rows, 2, size, ids, table, y); seen.fine++; } catch (error) { seen[error.code]++; }
        }
        Atomics.store(go, 0, 2);
        console.log(seen.fine + seen.INDEX_OUT_OF_RANGE);
      };
      work();
    `;
    const result = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect({ output: result.stdout.trim(), signal: result.signal }).toEqual({ output: '3000', signal: null });
  });
});

describe('prepared handles', () => {
  it('in any order of forward, save and dispose, and mixed up: an answer, DISPOSED, or a refusal', () => {
    const step = fc.record({
      handle: fc.nat(2),
      action: fc.constantFrom('forward', 'save', 'dispose', 'borrow', 'wrongLength', 'collect'),
    });
    fc.assert(
      fc.property(fc.constantFrom(...isas), fc.array(step, { maxLength: 12 }), (isa, steps) => {
        const { prepare } = addon.create(isa, 2);
        const weight = Float32Array.from({ length: 12 }, (_, i) => i);
        const handles = [false, true, false].map((int8) => prepare.linear(3, 4, false, int8, weight, null));
        const disposed = [false, false, false];
        for (const { handle, action } of steps) {
          const one = handles[handle]!;
          const ended = disposed[handle] ? 'DISPOSED' : 'none';
          const x = new Float32Array(6);
          const y = new Float32Array(8);
          if (action === 'forward') expect(code(() => one.forward(2, x, y))).toBe(ended);
          if (action === 'save') expect(code(() => one.save(new Uint8Array(one.bytes)))).toBe(ended);
          if (action === 'wrongLength') expect(code(() => one.forward(2, y, x))).not.toBe('none');
          if (action === 'borrow') {
            const strangers: unknown[] = [{}, Object.create(one), new Proxy(one, {}), addon, prepare];
            for (const other of strangers) {
              expect(code(() => one.forward.call(other as NativePrepared, 2, x, y))).toBe('INVALID_ARGUMENT');
            }
          }
          if (action === 'dispose') {
            one.dispose();
            disposed[handle] = true;
          }
          // Garbage of large buffers makes the collector run while handles are alive.
          if (action === 'collect') new Float32Array(1 << 18);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a backend after dispose', () => {
  // biome-ignore lint/suspicious/noExplicitAny: called with anything on purpose.
  type Anything = Record<string, (...args: any[]) => unknown>;
  const groups = ['ops', 'grad', 'optim', 'prepare'] as const;
  const all = (backend: Backend, some: readonly (typeof groups)[number][] = groups) =>
    some.flatMap((group) => Object.entries(backend[group] as unknown as Anything));

  it('says DISPOSED from every function, whatever the arguments', () => {
    const backend = createNativeBackend({ threads: 2 });
    backend.dispose();
    backend.dispose();
    const argument = fc.oneof(fc.anything(), fc.constantFrom(new Float32Array(4), { rows: 1, size: 4 }));
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
        for (const [name, call] of all(backend)) {
          const shape = { rows: 1, in: 2, out: 2, hidden: 2, tables: 1, bits: 1, size: 4 };
          expect([name, code(() => call(...(args.length > 2 ? args : [shape, ...args])))]).not.toEqual([
            name,
            'none',
          ]);
        }
      }),
      { numRuns: 100 },
    );
    expect(code(() => backend.ops.gelu({ size: 4 }, new Float32Array(4), new Float32Array(4)))).toBe(
      'DISPOSED',
    );
  });

  it('leaves the handles it prepared and other backends usable', () => {
    const backend = createNativeBackend({ threads: 2 });
    const other = createNativeBackend({ threads: 2 });
    const prepared = backend.prepare.linear({ in: 2, out: 2 }, Float32Array.of(1, 2, 3, 4), null);
    backend.dispose();
    const y = new Float32Array(2);
    prepared.forward(1, Float32Array.of(1, 1), y);
    expect(Array.from(y)).toEqual([3, 7]);
    prepared.dispose();
    expect(code(() => prepared.forward(1, y, y))).toBe('DISPOSED');
    other.ops.gelu({ size: 2 }, y, y);
  });

  it('before it: whatever an operation is called with, it answers or throws a coded error', () => {
    const backend = createNativeBackend({ threads: 2 });
    const sizes = fc.oneof(fc.nat(5), fc.constantFrom(-1, 0.5, Number.NaN, 2 ** 31, 2 ** 60, '3', null, {}));
    const shape = fc.record({
      rows: sizes,
      in: sizes,
      out: sizes,
      hidden: sizes,
      tables: sizes,
      bits: sizes,
      size: sizes,
      block: sizes,
      stages: sizes,
      heads: sizes,
      headSize: sizes,
      sequences: sizes,
      cells: sizes,
      projection: fc.constantFrom('bh4', 'dense', 'other', undefined),
      read: fc.constantFrom('single', 'two-cell', 'full', 'other', undefined),
    });
    const array = fc.oneof(
      fc.array(fc.float(), { maxLength: 30 }).map((v) => Float32Array.from(v)),
      fc.array(fc.integer({ min: -2, max: 5 }), { maxLength: 30 }).map((v) => Int32Array.from(v)),
      fc.constantFrom<unknown>(null, undefined, 'text', [1, 2], new Float64Array(4), { length: 4 }),
    );
    fc.assert(
      fc.property(fc.oneof(shape, array), fc.array(array, { maxLength: 8 }), (first, rest) => {
        for (const [name, call] of all(backend, ['ops', 'grad', 'optim'])) {
          const answer = code(() => call(first, ...rest));
          expect([name, typeof answer]).toEqual([name, 'string']);
        }
      }),
      { numRuns: 300 },
    );
  });
});
