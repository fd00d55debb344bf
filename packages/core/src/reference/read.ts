import type { HashShape, ReadShape } from '../backend/shapes.js';
import { cellsRead, type ReadMode } from '../lookup-ffn/config.js';
import type { Floats, OptionalFloats } from './floats.js';
import { readFull } from './read-full.js';
import { readNearest } from './read-nearest.js';
import { readNeighbours } from './read-neighbours.js';
import { readSingle } from './read-single.js';
import { type Score, type TableGrad, tableScore } from './score.js';
import type { TableRead } from './table-read.js';

const reads: Readonly<Record<ReadMode, TableRead>> = {
  single: readSingle,
  'two-cell': readNearest(1),
  'three-cell': readNearest(2),
  'four-cell': readNearest(3),
  neighbours: readNeighbours,
  full: readFull,
};

/** z `[rows, h, tau]`, cells and weights `[rows, h, c]`. */
export function read(shape: ReadShape, z: Floats, score: Score, cells: Int32Array, weights: Floats): void {
  const { rows, tables, bits } = shape;
  const count = cellsRead(shape.read, bits);
  const table = reads[shape.read];
  for (let k = 0; k < tables; k++) {
    const own = tableScore(score, k);
    for (let r = 0; r < rows; r++) {
      const at = r * tables + k;
      table.forward(z, at * bits, bits, own, cells, weights, at * count);
    }
  }
}

/** dweights `[rows, h, c]` to dz `[rows, h, tau]` and the learned parameters' gradients `[h]`. */
export function readGrad(
  shape: ReadShape,
  z: Floats,
  score: Score,
  dweights: Floats,
  dz: OptionalFloats,
  dtemperature: OptionalFloats,
  dbeta: OptionalFloats,
  dgamma: OptionalFloats,
): void {
  const { rows, tables, bits } = shape;
  const count = cellsRead(shape.read, bits);
  const table = reads[shape.read];
  for (let k = 0; k < tables; k++) {
    const own = tableScore(score, k);
    const grad: TableGrad = { dz: new Float64Array(bits), temperature: 0, beta: 0, gamma: 0 };
    for (let r = 0; r < rows; r++) {
      const at = r * tables + k;
      grad.dz.fill(0);
      table.backward(z, at * bits, bits, own, dweights, at * count, grad);
      if (dz) for (let j = 0; j < bits; j++) dz[at * bits + j] += grad.dz[j];
    }
    if (dtemperature) dtemperature[k] += grad.temperature;
    if (dbeta) dbeta[k] += grad.beta;
    if (dgamma) dgamma[k] += grad.gamma;
  }
}

/** Codes and scores `[rows, h]` of z `[rows, h, tau]`: what the `single` read gives. */
export function hash(shape: HashShape, z: Floats, score: Score, codes: Int32Array, scores: Floats): void {
  read({ ...shape, read: 'single' }, z, score, codes, scores);
}

/** dscores `[rows, h]`; codes are piecewise constant and have no gradient. */
export function hashGrad(
  shape: HashShape,
  z: Floats,
  score: Score,
  dscores: Floats,
  dz: OptionalFloats,
  dbeta: OptionalFloats,
  dgamma: OptionalFloats,
): void {
  readGrad({ ...shape, read: 'single' }, z, score, dscores, dz, null, dbeta, dgamma);
}
