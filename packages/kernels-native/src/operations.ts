import type { BackendDefinition, ForwardOps, GradOps, OptimOps, ReadMode } from '@lookupffn/core';
import type { NativeEngine } from './addon.js';

/** The numbers of isa/table.h's LFFN_READ_*. */
export const readNumbers: Readonly<Record<ReadMode, number>> = {
  single: 0,
  'two-cell': 1,
  neighbours: 2,
  full: 3,
  'three-cell': 4,
  'four-cell': 5,
};

function forward({ ops }: NativeEngine): ForwardOps {
  return {
    hadamard: (s, x, y) => ops.hadamard(s.rows, s.size, x, y),
    bh4: (s, x, weight, y) => ops.bh4(s.rows, s.hidden, s.block, s.stages, s.repeats, x, weight, y),
    project: (s, x, weight, bias, z) => {
      const dense = s.projection === 'dense';
      const block = dense ? 0 : s.block;
      const stages = dense ? 0 : s.stages;
      ops.project(s.rows, dense, s.hidden, s.tables, s.bits, block, stages, x, weight, bias, z);
    },
    hash: (s, z, p, codes, scores) =>
      ops.read(
        s.rows,
        s.tables,
        s.bits,
        readNumbers.single,
        p.temperature,
        p.beta,
        p.gamma,
        z,
        codes,
        scores,
      ),
    read: (s, z, p, cells, weights) =>
      ops.read(
        s.rows,
        s.tables,
        s.bits,
        readNumbers[s.read],
        p.temperature,
        p.beta,
        p.gamma,
        z,
        cells,
        weights,
      ),
    gather: (s, cells, weights, tables, bias, y) =>
      ops.gather(s.rows, s.tables, s.bits, s.cells, s.out, cells, weights, tables, bias, y),
    layerNorm: (s, x, weight, bias, y) => ops.layerNorm(s.rows, s.size, s.epsilon, x, weight, bias, y),
    linear: (s, x, weight, bias, y) => ops.linear(s.rows, s.in, s.out, x, weight, bias, y),
    gelu: (s, x, y) => ops.gelu(s.size, x, y),
    softmax: (s, x, y) => ops.softmax(s.rows, s.size, x, y),
    attention: (s, offsets, q, k, v, y) =>
      ops.attention(s.rows, s.sequences, s.heads, s.headSize, offsets, q, k, v, y),
    embedding: (s, ids, table, y) => ops.embedding(s.rows, s.vocabulary, s.size, ids, table, y),
    add: (s, a, b, y) => ops.add(s.size, a, b, y),
    crossEntropy: (s, logits, targets, losses) =>
      ops.crossEntropy(s.rows, s.classes, logits, targets, losses),
  };
}

function gradients({ grad }: NativeEngine): GradOps {
  return {
    hadamard: (s, dy, dx) => grad.hadamard(s.rows, s.size, dy, dx),
    bh4: (s, x, weight, dy, dx, dweight) =>
      grad.bh4(s.rows, s.hidden, s.block, s.stages, s.repeats, x, weight, dy, dx, dweight),
    project: (s, x, weight, dz, dx, dweight, dbias) => {
      const dense = s.projection === 'dense';
      const block = dense ? 0 : s.block;
      const stages = dense ? 0 : s.stages;
      grad.project(
        s.rows,
        dense,
        s.hidden,
        s.tables,
        s.bits,
        block,
        stages,
        x,
        weight,
        dz,
        dx,
        dweight,
        dbias,
      );
    },
    hash: (s, z, p, dscores, dz, dbeta, dgamma) =>
      grad.read(
        s.rows,
        s.tables,
        s.bits,
        readNumbers.single,
        p.temperature,
        p.beta,
        p.gamma,
        z,
        dscores,
        dz,
        null,
        dbeta,
        dgamma,
      ),
    read: (s, z, p, dweights, dz, dtemperature, dbeta, dgamma) =>
      grad.read(
        s.rows,
        s.tables,
        s.bits,
        readNumbers[s.read],
        p.temperature,
        p.beta,
        p.gamma,
        z,
        dweights,
        dz,
        dtemperature,
        dbeta,
        dgamma,
      ),
    gather: (s, cells, weights, tables, dy, dweights, dtables, dbias) =>
      grad.gather(
        s.rows,
        s.tables,
        s.bits,
        s.cells,
        s.out,
        cells,
        weights,
        tables,
        dy,
        dweights,
        dtables,
        dbias,
      ),
    layerNorm: (s, x, weight, dy, dx, dweight, dbias) =>
      grad.layerNorm(s.rows, s.size, s.epsilon, x, weight, dy, dx, dweight, dbias),
    linear: (s, x, weight, dy, dx, dweight, dbias) =>
      grad.linear(s.rows, s.in, s.out, x, weight, dy, dx, dweight, dbias),
    gelu: (s, x, dy, dx) => grad.gelu(s.size, x, dy, dx),
    softmax: (s, y, dy, dx) => grad.softmax(s.rows, s.size, y, dy, dx),
    attention: (s, offsets, q, k, v, dy, dq, dk, dv) =>
      grad.attention(s.rows, s.sequences, s.heads, s.headSize, offsets, q, k, v, dy, dq, dk, dv),
    embedding: (s, ids, dy, dtable) => grad.embedding(s.rows, s.vocabulary, s.size, ids, dy, dtable),
    crossEntropy: (s, logits, targets, dlosses, dlogits) =>
      grad.crossEntropy(s.rows, s.classes, logits, targets, dlosses, dlogits),
  };
}

function optimiser({ optim }: NativeEngine): OptimOps {
  return {
    adamw: (s, parameter, gradient, m, v) =>
      optim.adamw(
        s.size,
        s.learningRate,
        s.beta1,
        s.beta2,
        s.epsilon,
        s.weightDecay,
        s.step,
        s.gradientScale,
        parameter,
        gradient,
        m,
        v,
      ),
    sumOfSquares: (x) => optim.sumOfSquares(x),
    cellVariation: (s, tables, dtables) =>
      optim.cellVariation(s.tables, s.bits, s.out, s.bit, s.scale, tables, dtables),
  };
}

/** Core's operations in terms of the addon's: shapes become numbers, nothing else happens here. */
export function operations(engine: NativeEngine): Pick<BackendDefinition, 'ops' | 'grad' | 'optim'> {
  return { ops: forward(engine), grad: gradients(engine), optim: optimiser(engine) };
}
