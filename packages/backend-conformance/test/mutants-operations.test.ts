import { forwardSignatures, gradSignatures } from '@lookupffn/core';
import { describe, expect, test } from 'vitest';
import { type OpGroup, outputArguments, signatureOf } from '../src/invoke.js';
import {
  afterwards,
  expectCaught,
  firstFailure,
  isFloats,
  lastBit,
  mutant,
  nudge,
  type Operation,
  swallowNaN,
} from './mutants.js';

/** Where an operation's arguments are in a call, which starts with the shape. */
function argumentsOf(group: OpGroup, op: string) {
  const names = signatureOf(group, op).args.map((argument) =>
    argument === 'score' ? 'score' : argument.name,
  );
  const outputs = outputArguments(group, op).map(({ name }) => name);
  return names.map((name, i) => ({
    name,
    at: i + 1,
    isOutput: outputs.includes(name) && i >= names.length - outputs.length,
  }));
}

type Arrays = (Float32Array | Int32Array)[];

describe.each(Object.keys(forwardSignatures))('a broken ops.%s is caught', (op) => {
  const args = argumentsOf('ops', op);
  const outputs = args.filter(({ isOutput }) => isOutput);
  const floatOutput = outputs.at(-1)!;

  test('when sound, it passes', () => {
    expect(
      firstFailure(
        mutant('ops', op, (original) => original),
        `ops.${op}`,
      ),
    ).toBeUndefined();
  });

  test.each(outputs)('one value of $name wrong', ({ at }) => {
    expectCaught('ops', op, (original) => (...args) => {
      original(...args);
      const array = args[at] as Float32Array | Int32Array;
      if (isFloats(array)) nudge(array);
      else if (array.length > 0) array[array.length - 1]! ^= 1;
    });
  });

  test('the last value left out', () => {
    expectCaught('ops', op, (original) => (...args) => {
      const array = args[floatOutput.at] as Float32Array;
      const before = array.at(-1);
      original(...args);
      if (before !== undefined) array[array.length - 1] = before;
    });
  });

  test('adding to the output instead of overwriting it', () => {
    expectCaught('ops', op, (original) => (...args) => {
      const before = (args[floatOutput.at] as Float32Array).slice();
      original(...args);
      const array = args[floatOutput.at] as Float32Array;
      for (let i = 0; i < array.length; i++) array[i]! += before[i]!;
    });
  });

  test.each(args.filter(({ isOutput, name }) => !isOutput && name !== 'score'))(
    'changing $name',
    ({ at }) => {
      expectCaught('ops', op, (original) => (...args) => {
        original(...args);
        const array = args[at] as Float32Array | Int32Array | null;
        if (array && array.length > 0) array[0]! += 1;
      });
    },
  );

  test('a last bit that depends on the batch', () => {
    expectCaught(
      'ops',
      op,
      afterwards(floatOutput.at, (array, [shape]) => {
        const { rows, size, sequences } = shape as Record<string, number>;
        if ((sequences ?? rows ?? size)! > 1) lastBit(array);
      }),
      'rows alone and together',
    );
  });

  test('NaN swallowed', () => {
    expectCaught('ops', op, afterwards(floatOutput.at, swallowNaN), 'NaN: ');
  });

  test('no way with no rows', () => {
    expectCaught('ops', op, (original) => (...args) => {
      const { rows, size } = args[0] as Record<string, number>;
      if ((rows ?? size) === 0) throw new RangeError('nothing to do');
      original(...args);
    });
  });
});

test.each([
  ['hadamard', 1],
  ['layerNorm', 1],
  ['gelu', 1],
  ['softmax', 1],
  ['add', 1],
  ['add', 2],
])('ops.%s that cannot write over argument %i is caught', (op, at) => {
  expectCaught('ops', op, (original) => (...args) => {
    const arrays = args as Arrays;
    if (arrays.at(-1) === arrays[at]) arrays[at]!.fill(0);
    original(...args);
  });
});

describe.each(Object.keys(gradSignatures))('a broken grad.%s is caught', (op) => {
  const args = argumentsOf('grad', op);
  const outputs = args.filter(({ isOutput }) => isOutput);

  test('when sound, it passes', () => {
    expect(
      firstFailure(
        mutant('grad', op, (original) => original),
        `grad.${op}`,
      ),
    ).toBeUndefined();
  });

  test.each(outputs)('one value of $name wrong', ({ at }) => {
    expectCaught('grad', op, afterwards(at, nudge));
  });

  test.each(outputs)('$name overwritten', ({ at }) => {
    expectCaught('grad', op, (original) => (...args) => {
      if (args[at]) (args[at] as Float32Array).fill(0);
      original(...args);
    });
  });

  test.each(args.filter(({ isOutput, name }) => !isOutput && name !== 'score'))(
    'changing $name',
    ({ at }) => {
      expectCaught('grad', op, (original) => (...args) => {
        original(...args);
        const array = args[at] as Float32Array | Int32Array;
        if (array.length > 0) array[0]! += 1;
      });
    },
  );

  test('a last bit that differs from call to call', () => {
    const change = (original: Operation): Operation => {
      let calls = 0;
      return (...args) => {
        original(...args);
        if (++calls % 2 === 0) lastBit(args[outputs[0]!.at] as Float32Array);
      };
    };
    expectCaught('grad', op, change, 'repeatable');
  });

  const optional = outputArguments('grad', op).filter((argument) => argument.optional);
  test.each(optional)('no way without $name', ({ name }) => {
    const { at } = outputs.find((output) => output.name === name)!;
    const change =
      (original: Operation): Operation =>
      (...args) => {
        if (!args[at]) throw new TypeError(`${name} is null`);
        original(...args);
      };
    expectCaught('grad', op, change, 'one gradient at a time');
  });
});
