import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NativeEngine } from '../src/addon.js';
import { addon, isas } from './backends.js';

// The raw addon, beneath defineBackend's checks: whatever it is called with, it answers or throws a coded error.
type Raw = (...args: unknown[]) => unknown;

const engines = isas.map((isa) => addon.create(isa, 2));
const functions = (engine: NativeEngine): [string, Raw][] =>
  Object.entries(engine).flatMap(([group, members]) =>
    Object.entries(members as Record<string, Raw>).map(([name, f]): [string, Raw] => [`${group}.${name}`, f]),
  );

const codes = [
  'INVALID_ARGUMENT',
  'SHAPE_MISMATCH',
  'INDEX_OUT_OF_RANGE',
  'OUT_OF_MEMORY',
  'DISPOSED',
] as const;

function survives(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    expect(codes).toContain((error as { code?: string }).code);
  }
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
  fc.constantFrom(-1, 16, 64, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53),
);
const float = fc.constantFrom(0, -0, 1, -3.5, 1e30, Number.NaN, Number.NEGATIVE_INFINITY);
const value = fc.oneof(
  { weight: 5, arbitrary: size },
  { weight: 5, arbitrary: fc.array(float, { maxLength: 80 }).map((v) => Float32Array.from(v)) },
  {
    weight: 3,
    arbitrary: fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 80 }).map((v) => Int32Array.from(v)),
  },
  fc.constantFrom<unknown>(null, undefined, true, 'text', {}, [], new Float64Array(4), new Uint8Array(8)),
);

describe('the raw addon', () => {
  it('survives any arguments', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(value, { maxLength: 20 }), (pick, args) => {
        for (const engine of engines) {
          const all = functions(engine);
          const [, f] = all[pick % all.length]!;
          survives(() => f(...args));
        }
      }),
      { numRuns: 4000 },
    );
  });

  it('survives a right call with one argument changed', () => {
    const x = () => new Float32Array(24).fill(0.5);
    const right: Record<string, unknown[]> = {
      'ops.linear': [3, 8, 4, x(), new Float32Array(32), new Float32Array(4), new Float32Array(12)],
      'ops.project': [
        3,
        false,
        8,
        2,
        2,
        4,
        2,
        x(),
        new Float32Array(64),
        new Float32Array(4),
        new Float32Array(12),
      ],
      'ops.read': [3, 4, 2, 1, null, null, null, x(), new Int32Array(24), new Float32Array(24)],
      'ops.gather': [
        3,
        2,
        2,
        1,
        5,
        new Int32Array(6),
        new Float32Array(6),
        new Float32Array(40),
        null,
        new Float32Array(15),
      ],
      'ops.attention': [3, 2, 2, 4, Int32Array.from([0, 1, 3]), x(), x(), x(), x()],
      'ops.embedding': [3, 4, 8, Int32Array.from([0, 3, 1]), new Float32Array(32), x()],
      'ops.crossEntropy': [3, 8, x(), Int32Array.from([7, 0, 2]), new Float32Array(3)],
      'grad.linear': [
        3,
        8,
        4,
        x(),
        new Float32Array(32),
        new Float32Array(12),
        x(),
        new Float32Array(32),
        null,
      ],
      'grad.gather': [
        3,
        2,
        2,
        1,
        5,
        new Int32Array(6),
        new Float32Array(6),
        new Float32Array(40),
        new Float32Array(15),
        new Float32Array(6),
        new Float32Array(40),
        new Float32Array(5),
      ],
      'prepare.lookupFfn': [
        8,
        5,
        2,
        2,
        false,
        4,
        2,
        0,
        0,
        false,
        false,
        1e-5,
        new Float32Array(8),
        new Float32Array(8),
        new Float32Array(64),
        new Float32Array(4),
        new Float32Array(40),
        new Float32Array(5),
        null,
        null,
        null,
        null,
      ],
    };
    for (const engine of engines) {
      const all = new Map(functions(engine));
      for (const [name, args] of Object.entries(right)) expect(() => all.get(name)!(...args)).not.toThrow();
    }
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(right)), fc.nat(), value, (name, at, other) => {
        for (const engine of engines) {
          const args = right[name]!.map((v) => (ArrayBuffer.isView(v) ? (v as Float32Array).slice() : v));
          args[at % args.length] = other;
          survives(() => new Map(functions(engine)).get(name)!(...args));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses ids, cells and offsets that point outside', () => {
    const { ops } = engines[0]!;
    const table = new Float32Array(8);
    const y = new Float32Array(4);
    const code = (call: () => void) => {
      try {
        call();
        return 'none';
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect(code(() => ops.embedding(1, 2, 4, Int32Array.of(2), table, y))).toBe('INDEX_OUT_OF_RANGE');
    expect(code(() => ops.embedding(1, 2, 4, Int32Array.of(-1), table, y))).toBe('INDEX_OUT_OF_RANGE');
    expect(code(() => ops.gather(1, 1, 1, 1, 4, Int32Array.of(2), Float32Array.of(1), table, null, y))).toBe(
      'INDEX_OUT_OF_RANGE',
    );
    for (const offsets of [
      [1, 1],
      [0, 2],
      [0, 0],
      [0, -1],
    ]) {
      expect(code(() => ops.attention(1, 1, 1, 4, Int32Array.from(offsets), y, y, y, y))).toBe(
        'SHAPE_MISMATCH',
      );
    }
  });

  it('does not take a detached array, nor a method on another object', () => {
    const { ops, prepare } = engines[0]!;
    const gone = new Float32Array(4);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(() => ops.gelu(4, gone, new Float32Array(4))).toThrow(/0 elements/);
    const prepared = prepare.linear(2, 2, false, false, new Float32Array(4), null);
    const forward = prepared.forward as unknown as Raw;
    for (const receiver of [undefined, null, 3, {}, addon, Object.create(prepared)]) {
      expect(() => forward.call(receiver, 1, new Float32Array(2), new Float32Array(2))).toThrow();
    }
    prepared.dispose();
    prepared.dispose();
    expect(() => prepared.forward(1, new Float32Array(2), new Float32Array(2))).toThrow(/dispose/);
  });
});
