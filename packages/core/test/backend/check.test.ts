import { describe, expect, it } from 'vitest';
import { type ErrorCode, isLookupFfnError } from '../../src/errors.js';
import { createReferenceBackend } from '../../src/reference/factory.js';
import { type Call, validCalls } from './valid-call.js';

const backend = createReferenceBackend();

function invoke(call: Pick<Call, 'group' | 'name'>, shape: unknown, args: readonly unknown[]): unknown {
  const group = backend[call.group] as unknown as Record<string, (...all: unknown[]) => unknown>;
  return group[call.name]!(shape, ...args);
}

/** The call must fail with this code and say which operation it was. */
function refuses(call: Call, shape: unknown, args: readonly unknown[], code: ErrorCode, says = ''): void {
  let thrown: unknown;
  try {
    invoke(call, shape, args);
  } catch (error) {
    thrown = error;
  }
  if (!isLookupFfnError(thrown)) throw new Error(`not refused with a coded error: ${thrown}`);
  expect(thrown.code).toBe(code);
  expect(thrown.message).toContain(`${call.group}.${call.name}`);
  expect(thrown.message).toContain(says);
}

const replaced = (args: unknown[], index: number, value: unknown) => args.with(index, value);
const titled = validCalls.map((call) => [`${call.group}.${call.name}`, call] as const);

describe.each(titled)('%s', (_, call) => {
  const arrays = call.signature.args.flatMap((argument, index) =>
    argument === 'score' ? [] : [{ argument, index }],
  );

  it('accepts a valid call, and null where it may', () => {
    invoke(call, call.shape, call.args());
    const nulls = call.args();
    for (const { argument, index } of arrays) if (argument.optional) nulls[index] = null;
    invoke(call, call.shape, nulls);
  });

  it('refuses a missing shape', () => refuses(call, undefined, call.args(), 'SHAPE_MISMATCH', 'shape'));

  it.each(Object.entries(call.signature.sizes as Record<string, number>))(
    'refuses %s below %d',
    (key, min) => {
      const below = [min - 1, -5, 1.5, Number.NaN, 2 ** 31, '3', undefined];
      for (const value of below) {
        refuses(call, { ...call.shape, [key]: value }, call.args(), 'SHAPE_MISMATCH', `shape.${key}`);
      }
    },
  );

  it.each(arrays.map(({ argument, index }) => [argument.name, argument, index] as const))(
    'refuses %s of another length or type',
    (name, argument, index) => {
      const right = call.args()[index] as Float32Array | Int32Array;
      const Same = right.constructor as Float32ArrayConstructor;
      const Other = right instanceof Float32Array ? Int32Array : Float32Array;
      const wrong = [
        new Same(right.length + 1),
        new Same(right.length - 1),
        new Other(right.length),
        new Float64Array(right.length),
        Array.from(right),
        'text',
      ];
      if (!argument.optional) wrong.push(null as never, undefined as never);
      for (const value of wrong) {
        refuses(call, call.shape, replaced(call.args(), index, value), 'SHAPE_MISMATCH', name);
      }
    },
  );

  const ids = arrays.filter(({ argument }) => argument.below);
  if (ids.length > 0)
    it('refuses an id outside its table, saying where', () => {
      for (const { argument, index } of ids) {
        const below = argument.below!(call.shape);
        for (const bad of [below, -1, 2 ** 31 - 1, -(2 ** 31)]) {
          const args = call.args();
          const array = args[index] as Int32Array;
          array[array.length - 1] = bad;
          const where = `${argument.name}[${array.length - 1}] is ${bad}`;
          refuses(call, call.shape, args, 'INDEX_OUT_OF_RANGE', where);
        }
      }
    });

  const offsets = arrays.find(({ argument }) => argument.offsetsTo);
  if (offsets)
    it('refuses offsets that do not rise from 0 to the rows', () => {
      for (const bad of [
        [1, 2, 3],
        [0, 2, 2],
        [0, 4, 3],
        [0, -1, 3],
        [0, 0, 4],
        [-1, 0, 3],
      ]) {
        const args = replaced(call.args(), offsets!.index, Int32Array.from(bad));
        refuses(call, call.shape, args, 'SHAPE_MISMATCH', 'offsets');
      }
    });

  const score = call.signature.args.indexOf('score');
  if (score >= 0)
    it('refuses score parameters that are not [tables]', () => {
      refuses(call, call.shape, replaced(call.args(), score, null), 'SHAPE_MISMATCH', 'score');
      for (const key of ['temperature', 'beta', 'gamma']) {
        for (const value of [new Float32Array(3), new Float64Array(2), [1, 1], 2]) {
          const args = replaced(call.args(), score, { [key]: value });
          refuses(call, call.shape, args, 'SHAPE_MISMATCH', `score.${key}`);
        }
        invoke(call, call.shape, replaced(call.args(), score, { [key]: new Float32Array(2).fill(1) }));
        invoke(call, call.shape, replaced(call.args(), score, { [key]: null }));
      }
    });
});

describe('shapes that only some operations have', () => {
  const of = (group: string, name: string) =>
    validCalls.find((call) => call.group === group && call.name === name)!;
  const bad: readonly (readonly [group: string, name: string, key: string, values: readonly unknown[]])[] = [
    ['ops', 'hadamard', 'size', [3, 6, 12]],
    ['grad', 'hadamard', 'size', [3, 6, 12]],
    ['ops', 'bh4', 'block', [3, 8]],
    ['ops', 'project', 'block', [3, 8, 0, 'two']],
    ['ops', 'project', 'stages', [0, 1.5, undefined]],
    ['grad', 'project', 'projection', ['BH4', '', 4]],
    ['ops', 'read', 'read', ['two_cell', '', 2]],
    ['ops', 'hash', 'bits', [21, 31]],
    ['ops', 'gather', 'bits', [21, 31]],
    ['optim', 'cellVariation', 'bit', [3, 30]],
  ];

  it.each(bad)('%s.%s refuses a wrong %s', (group, name, key, values) => {
    const call = of(group, name);
    for (const value of values) {
      refuses(call, { ...call.shape, [key]: value }, call.args(), 'SHAPE_MISMATCH', `shape.${key}`);
    }
  });

  it('a dense projection needs neither block nor stages', () => {
    const shape = { rows: 1, projection: 'dense', hidden: 3, tables: 2, bits: 2 };
    const z = new Float32Array(4);
    const weight = new Float32Array(12).fill(1);
    invoke({ group: 'ops', name: 'project' }, shape, [
      Float32Array.of(1, 2, 3),
      weight,
      new Float32Array(4),
      z,
    ]);
    expect([...z]).toEqual([6, 6, 6, 6]);
  });

  it('optim.sumOfSquares takes a Float32Array', () => {
    expect(backend.optim.sumOfSquares(Float32Array.of(3, 4))).toBe(25);
    for (const value of [undefined, null, [3, 4], new Float64Array(2)]) {
      expect(() => backend.optim.sumOfSquares(value as never)).toThrow(/optim.sumOfSquares: x must be/);
    }
  });
});

it('a gradient that is not wanted may be left out', () => {
  backend.grad.hash(
    { rows: 0, tables: 1, bits: 1 },
    new Float32Array(0),
    {},
    new Float32Array(0),
    null,
    null,
    null,
  );
});

it.each(['neighbours', 'full'] as const)('the %s read refuses learned score parameters', (read) => {
  const cells = read === 'full' ? 4 : 3;
  const run = (score: object) =>
    backend.ops.read(
      { rows: 1, tables: 1, bits: 2, read },
      new Float32Array(2),
      score,
      new Int32Array(cells),
      new Float32Array(cells),
    );
  run({});
  for (const key of ['temperature', 'beta', 'gamma']) {
    expect(() => run({ [key]: Float32Array.of(1) })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(key) }),
    );
  }
});
