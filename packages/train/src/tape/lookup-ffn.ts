import { type LookupFfnConfig, lookupFfnGeometry, readsScore } from '@lookupffn/core';
import { dropoutFactors, scaleLookups } from './lookup-training.js';
import type { Context } from './operations.js';
import type { Parameter } from './parameters.js';
import type { Variable } from './variable.js';

/** The parameters of one block, by their names in a checkpoint. Those that the model does not learn are absent. */
interface BlockParameters {
  readonly normWeight: Parameter;
  readonly normBias: Parameter;
  readonly projectionWeight: Parameter;
  readonly projectionBias: Parameter;
  readonly tables: Parameter;
  readonly bias: Parameter;
  readonly skip?: Parameter;
  readonly temperature?: Parameter;
  readonly beta?: Parameter;
  readonly gamma?: Parameter;
}

const noScore: Pick<BlockParameters, 'temperature' | 'beta' | 'gamma'> = {};

function blockParameters({ parameters }: Context, name: string): BlockParameters {
  return {
    normWeight: parameters.get(`${name}.LayerNorm.weight`),
    normBias: parameters.get(`${name}.LayerNorm.bias`),
    projectionWeight: parameters.get(`${name}.projection.weight`),
    projectionBias: parameters.get(`${name}.projection.bias`),
    tables: parameters.get(`${name}.tables`),
    bias: parameters.get(`${name}.bias`),
    skip: parameters.find(`${name}.skip.weight`),
    temperature: parameters.find(`${name}.read.temperature`),
    beta: parameters.find(`${name}.score.beta`),
    gamma: parameters.find(`${name}.score.gamma`),
  };
}

/**
 * A LookupFFN block (conventions 7): LayerNorm, projection, read, gather, and the affine path beside them where the
 * model has one. x `[rows, d]` to `[rows, o]`. Kept for the way back: LN(x), z, cells, their weights and what dropout
 * made of them.
 */
export function lookupFfn(context: Context, name: string, x: Variable, model: LookupFfnConfig): Variable {
  const { recorder, backend, epsilon, training } = context;
  const { ops, grad } = backend;
  const { pool } = recorder;
  const p = blockParameters(context, name);
  const { rows } = x;
  const config = { ...model, read: training.read ?? model.read };
  const { hidden, out, tables, bits } = config;
  const { codeBits, cellsRead } = lookupFfnGeometry(config);

  const normShape = { rows, size: hidden, epsilon };
  const projectShape = { rows, ...config };
  const readShape = { rows, tables, bits, read: config.read };
  const gatherShape = { rows, tables, bits, cells: cellsRead, out };
  const skipShape = { rows, in: hidden, out };
  // The softmax reads have no score for these to shape: while a run is annealed from one they wait.
  const scored = readsScore(config.read);
  const { temperature, beta, gamma } = scored ? p : noScore;
  const score = { temperature: temperature?.data, beta: beta?.data, gamma: gamma?.data };

  const normed = pool.floats(rows * hidden);
  const z = pool.floats(rows * codeBits);
  const cells = pool.ints(rows * tables * cellsRead);
  const weights = pool.floats(rows * tables * cellsRead);
  const y = recorder.make(rows, out);
  ops.layerNorm(normShape, x.data, p.normWeight.data, p.normBias.data, normed);
  ops.project(projectShape, normed, p.projectionWeight.data, p.projectionBias.data, z);
  ops.read(readShape, z, score, cells, weights);
  const factors = training.dropout && dropoutFactors(training.dropout, rows * tables, pool);
  if (factors) scaleLookups(weights, factors, cellsRead);
  ops.gather(gatherShape, cells, weights, p.tables.data, p.bias.data, y.data);
  if (p.skip) {
    const path = pool.floats(rows * out);
    ops.linear(skipShape, normed, p.skip.data, null, path);
    ops.add({ size: path.length }, y.data, path, y.data);
    pool.give(path);
  }

  const saved = [normed, z, cells, weights, ...(factors ? [factors] : [])];
  return recorder.record(y, saved, (dy) => {
    const dnormed = pool.zeros(normed.length);
    if (p.skip) grad.linear(skipShape, normed, p.skip.data, dy, dnormed, p.skip.gradient, null);

    const dweights = pool.zeros(weights.length);
    grad.gather(gatherShape, cells, weights, p.tables.data, dy, dweights, p.tables.gradient, p.bias.gradient);

    if (factors) scaleLookups(dweights, factors, cellsRead);

    const dz = pool.zeros(z.length);
    grad.read(
      readShape,
      z,
      score,
      dweights,
      dz,
      temperature?.gradient ?? null,
      beta?.gradient ?? null,
      gamma?.gradient ?? null,
    );
    pool.give(dweights);

    const { projectionWeight: projection, projectionBias } = p;
    grad.project(
      projectShape,
      normed,
      projection.data,
      dz,
      dnormed,
      projection.gradient,
      projectionBias.gradient,
    );
    pool.give(dz);

    const dx = recorder.gradientOf(x);
    const { normWeight, normBias } = p;
    grad.layerNorm(normShape, x.data, normWeight.data, dnormed, dx, normWeight.gradient, normBias.gradient);
    pool.give(dnormed);
  });
}
