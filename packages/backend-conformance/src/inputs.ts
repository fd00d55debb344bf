import { Random } from '@lookupffn/core';
import { getOracle } from './oracle.js';

/** Fills one argument of an operation. */
// biome-ignore lint/suspicious/noExplicitAny: each entry knows the shape of its operation.
export type Generator = (random: Random, length: number, shape: any) => Float32Array | Int32Array;

export function normals(random: Random, length: number, deviation = 1, mean = 0): Float32Array {
  return Float32Array.from({ length }, () => mean + deviation * random.normal());
}

const scaled =
  (deviation: number, mean = 0): Generator =>
  (random, length) =>
    normals(random, length, deviation, mean);

const idsBelow =
  (key: string): Generator =>
  (random, length, shape) =>
    Int32Array.from({ length }, () => random.below(shape[key]));

/** Variance 1 / fan-in, so that results stay near 1 at every size. */
const linearWeight: Generator = (random, length, shape) => normals(random, length, 1 / Math.sqrt(shape.in));

/** The conventions' initial values: N(0, 1/(b P)) keeps every stage at variance 1. */
const projectionWeight: Generator = (random, length, shape) => {
  if (shape.projection === 'dense') return normals(random, length, 1 / Math.sqrt(shape.hidden));
  let padded = 1;
  while (padded < shape.hidden) padded *= 2;
  return normals(random, length, 1 / Math.sqrt(shape.block * padded));
};

/** Signs and sizes over the whole range a kernel meets: exact zeros, ties, and values whose exponentials overflow. */
export const awkwardZ: Generator = (random, length) => {
  const special = [0, -0, 0.5, -0.5, 0.5, 50, -50, 1000, -1000, 1e-30, -1e-30, 1e-45];
  return Float32Array.from({ length }, () =>
    random.below(3) === 0 ? special[random.below(special.length)]! : random.normal(),
  );
};

const awkwardGelu: Generator = (random, length) => {
  const special = [0, -0, 1, -1, 6, -6, 30, -30, 1e-20, 1e6, -1e6];
  return Float32Array.from({ length }, (_, i) =>
    length > 100 && i < special.length ? special[i]! : 3 * random.normal(),
  );
};

/** A backward softmax takes the output of a forward one. */
const softmaxOutput: Generator = (random, length, shape) => {
  const y = normals(random, length, 2);
  getOracle().ops.softmax(shape, y, y);
  return y;
};

const cellsInTable: Generator = (random, length, shape) => {
  const count = 2 ** shape.bits;
  return Int32Array.from({ length }, () => random.below(count));
};

/** How each operation's inputs are drawn; any other is N(0, 1). Forward and backward share an entry. */
export const generators: Readonly<Record<string, Readonly<Record<string, Generator>>>> = {
  bh4: { weight: projectionWeight },
  project: { weight: projectionWeight, bias: scaled(0.1) },
  gather: { cells: cellsInTable, tables: scaled(0.5) },
  layerNorm: { x: scaled(2, 3), weight: scaled(0.2, 1), bias: scaled(0.1) },
  linear: { weight: linearWeight, bias: scaled(0.1) },
  gelu: { x: awkwardGelu },
  softmax: { x: scaled(3), y: softmaxOutput },
  embedding: { ids: idsBelow('vocabulary') },
  crossEntropy: { logits: scaled(3), targets: idsBelow('classes') },
};

/** Positive, around the defaults. */
export function scoreParameters(
  random: Random,
  tables: number,
  keys: readonly ('temperature' | 'beta' | 'gamma')[],
): Record<string, Float32Array> {
  const centre = { temperature: 1, beta: 2, gamma: 1 };
  return Object.fromEntries(
    keys.map((key) => [
      key,
      Float32Array.from({ length: tables }, () => centre[key] * (0.5 + random.float())),
    ]),
  );
}

/** Random numbers that depend on a case's name alone, so that adding a case leaves the others as they are. */
export function randomFor(name: string): Random {
  return new Random(2403_07221).fork(name);
}
