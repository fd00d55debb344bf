import { type Backend, lookupFfnGeometry } from '@lookupffn/core';
import { isAmbiguous } from '../block.js';
import { type ConformanceCase, makeCase } from '../case.js';
import { magnitude } from '../findings.js';
import { GRADIENT_FACTOR } from '../tolerances.js';
import type { GoldenCase } from './parse.js';

/** The way from x to y by single operations, with all that a backward pass needs. */
function forward(backend: Backend, golden: GoldenCase) {
  const { rows, config, weights, x } = golden;
  const { hidden: _, out, tables, bits, read } = config;
  const { codeBits, cellsRead } = lookupFfnGeometry(config);
  const shapes = {
    project: { rows, ...config },
    hash: { rows, tables, bits },
    read: { rows, tables, bits, read },
    gather: { rows, tables, bits, cells: cellsRead, out },
  };
  const z = new Float32Array(rows * codeBits);
  const codes = new Int32Array(rows * tables);
  const scores = new Float32Array(rows * tables);
  const cells = new Int32Array(rows * tables * cellsRead);
  const cellWeights = new Float32Array(rows * tables * cellsRead);
  const y = new Float32Array(rows * out);
  backend.ops.project(shapes.project, x, weights.projectionWeight, weights.projectionBias, z);
  backend.ops.hash(shapes.hash, z, {}, codes, scores);
  backend.ops.read(shapes.read, z, {}, cells, cellWeights);
  backend.ops.gather(shapes.gather, cells, cellWeights, weights.tables, weights.bias, y);
  return { shapes, z, codes, scores, cells, cellWeights, y };
}

/** Where a coordinate is nearer to 0 than what the backend rounds by, its bit may be either. */
function clearOf(backend: Backend, { config, expected, rows }: GoldenCase) {
  const margin = backend.info.tolerance * magnitude(expected.z);
  const { tables, bits } = config;
  return {
    row: Array.from({ length: rows }, (_, row) => !isAmbiguous(expected.z, row, config, margin)),
    /** One table of one row. */
    code: (index: number) =>
      expected.z.subarray(index * bits, (index + 1) * bits).every((z) => Math.abs(z) > margin),
    tables,
  };
}

function valueCase(golden: GoldenCase): ConformanceCase {
  const label = `${golden.name} by operations`;
  return makeCase('golden', 'ops', label, (backend, findings) => {
    const { expected, config } = golden;
    const { tolerance } = backend.info;
    const { z, codes, scores, y } = forward(backend, golden);
    const clear = clearOf(backend, golden);
    findings.close('z', z, expected.z, tolerance);
    codes.forEach((code, i) => {
      if (clear.code(i) && code !== expected.codes[i]) {
        findings.fail(`code [${i}] is ${code} instead of ${expected.codes[i]}`);
      }
    });
    findings.close('score', scores, expected.scores, tolerance);
    const counts = (i: number) => clear.row[Math.floor(i / config.out)]!;
    findings.close('y', y, expected.y, tolerance, { counts });
  });
}

function gradientCase(golden: GoldenCase): ConformanceCase {
  return makeCase('golden', 'grad', `${golden.name} by operations`, (backend, findings) => {
    const { x, dy, weights, expected } = golden;
    const { shapes, z, cells, cellWeights } = forward(backend, golden);
    if (!clearOf(backend, golden).row.every(Boolean)) {
      findings.note = 'not compared: a coordinate of this case is within the tolerance of 0';
      return;
    }
    const like = (array: Float32Array) => new Float32Array(array.length);
    const dcellWeights = like(cellWeights);
    const dtables = like(weights.tables);
    const dbias = like(weights.bias);
    const dz = like(z);
    const dx = like(x);
    const dweight = like(weights.projectionWeight);
    const dprojectionBias = like(weights.projectionBias);
    backend.grad.gather(shapes.gather, cells, cellWeights, weights.tables, dy, dcellWeights, dtables, dbias);
    backend.grad.read(shapes.read, z, {}, dcellWeights, dz, null, null, null);
    backend.grad.project(shapes.project, x, weights.projectionWeight, dz, dx, dweight, dprojectionBias);
    const tolerance = backend.info.tolerance * GRADIENT_FACTOR;
    findings.close('grad.tables', dtables, expected.dtables, tolerance);
    findings.close('grad.bias', dbias, expected.dbias, tolerance);
    findings.close('grad.projection.bias', dprojectionBias, expected.dprojectionBias, tolerance);
    findings.close('grad.projection.weight', dweight, expected.dprojectionWeight, tolerance);
    findings.close('grad.x', dx, expected.dx, tolerance);
  });
}

function preparedCase(golden: GoldenCase): ConformanceCase {
  return makeCase('golden', 'prepare.lookupFfn', golden.name, (backend, findings) => {
    const { rows, config, weights, x, expected } = golden;
    const handle = backend.prepare.lookupFfn(config, weights);
    const y = new Float32Array(rows * config.out);
    handle.forward(rows, x, y);
    handle.dispose();
    const clear = clearOf(backend, golden);
    const counts = (i: number) => clear.row[Math.floor(i / config.out)]!;
    findings.close('y', y, expected.y, backend.info.tolerance, { counts });
  });
}

/** Values and gradients by single operations, and values by prepared weights, of each golden file. */
export function goldenConformanceCases(goldens: readonly GoldenCase[]): ConformanceCase[] {
  return goldens.flatMap((golden) => [valueCase(golden), gradientCase(golden), preparedCase(golden)]);
}
