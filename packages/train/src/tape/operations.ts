import { type Activation, LookupFfnError } from '@lookupffn/core';
import type { LookupTraining } from './lookup-training.js';
import type { Parameters } from './parameters.js';
import type { Recorder, TrainingBackend } from './recorder.js';
import type { Variable } from './variable.js';

/** What an operation records with. */
export interface Context {
  readonly recorder: Recorder;
  readonly backend: TrainingBackend;
  readonly parameters: Parameters;
  readonly epsilon: number;
  /** Changes from step to step. */
  training: LookupTraining;
}

/** `y[i] = table[ids[i]]`; dtable[ids[i]] += dy[i]. */
export function embedding(context: Context, name: string, ids: Int32Array): Variable {
  const { recorder, backend, parameters } = context;
  const table = parameters.get(`${name}.weight`);
  const [vocabulary, size] = table.shape as [number, number];
  const shape = { rows: ids.length, vocabulary, size };
  const y = recorder.make(ids.length, size);
  backend.ops.embedding(shape, ids, table.data, y.data);
  return recorder.record(y, [], (dy) => backend.grad.embedding(shape, ids, dy, table.gradient));
}

/** `y = x W^T + b`, then GELU where asked; what stands before the GELU is kept for its derivative. */
export function linear(context: Context, name: string, x: Variable, activation: Activation): Variable {
  const { recorder, backend, parameters } = context;
  const weight = parameters.get(`${name}.weight`);
  const bias = parameters.find(`${name}.bias`);
  const [out, inSize] = weight.shape as [number, number];
  const shape = { rows: x.rows, in: inSize, out };
  const y = recorder.make(x.rows, out);
  const linearGrad = (dy: Float32Array) => {
    const dx = recorder.gradientOf(x);
    backend.grad.linear(shape, x.data, weight.data, dy, dx, weight.gradient, bias?.gradient ?? null);
  };
  if (activation === 'none') {
    backend.ops.linear(shape, x.data, weight.data, bias?.data ?? null, y.data);
    return recorder.record(y, [], linearGrad);
  }
  const size = { size: y.data.length };
  const before = recorder.pool.floats(size.size);
  backend.ops.linear(shape, x.data, weight.data, bias?.data ?? null, before);
  backend.ops.gelu(size, before, y.data);
  return recorder.record(y, [before], (dy) => {
    const dbefore = recorder.pool.zeros(size.size);
    backend.grad.gelu(size, before, dy, dbefore);
    linearGrad(dbefore);
    recorder.pool.give(dbefore);
  });
}

export function layerNorm(context: Context, name: string, x: Variable): Variable {
  const { recorder, backend, parameters, epsilon } = context;
  const weight = parameters.get(`${name}.weight`);
  const bias = parameters.get(`${name}.bias`);
  const shape = { rows: x.rows, size: x.columns, epsilon };
  const y = recorder.make(x.rows, x.columns);
  backend.ops.layerNorm(shape, x.data, weight.data, bias.data, y.data);
  return recorder.record(y, [], (dy) => {
    const dx = recorder.gradientOf(x);
    backend.grad.layerNorm(shape, x.data, weight.data, dy, dx, weight.gradient, bias.gradient);
  });
}

export function attention(
  { recorder, backend }: Context,
  q: Variable,
  k: Variable,
  v: Variable,
  offsets: Int32Array,
  heads: number,
): Variable {
  const shape = { rows: q.rows, sequences: offsets.length - 1, heads, headSize: q.columns / heads };
  const y = recorder.make(q.rows, q.columns);
  backend.ops.attention(shape, offsets, q.data, k.data, v.data, y.data);
  return recorder.record(y, [], (dy) => {
    const dq = recorder.gradientOf(q);
    const dk = recorder.gradientOf(k);
    const dv = recorder.gradientOf(v);
    backend.grad.attention(shape, offsets, q.data, k.data, v.data, dy, dq, dk, dv);
  });
}

/** Both sides get the whole gradient. */
export function add({ recorder, backend }: Context, a: Variable, b: Variable): Variable {
  const y = recorder.make(a.rows, a.columns);
  backend.ops.add({ size: y.data.length }, a.data, b.data, y.data);
  return recorder.record(y, [], () => {
    recorder.passGradient(y, a);
    recorder.passGradient(y, b);
  });
}

/** dx += dy (1 - y^2). */
export function tanh({ recorder }: Context, x: Variable): Variable {
  const y = recorder.make(x.rows, x.columns);
  for (let i = 0; i < y.data.length; i++) y.data[i] = Math.tanh(x.data[i]!);
  return recorder.record(y, [], (dy) => {
    const dx = recorder.gradientOf(x);
    for (let i = 0; i < dx.length; i++) dx[i]! += dy[i]! * (1 - y.data[i]! * y.data[i]!);
  });
}

/** Rows of an activation: an embedding whose table is the activation. */
export function takeRows({ recorder, backend }: Context, x: Variable, rows: Int32Array): Variable {
  const shape = { rows: rows.length, vocabulary: x.rows, size: x.columns };
  const y = recorder.make(rows.length, x.columns);
  backend.ops.embedding(shape, rows, x.data, y.data);
  return recorder.record(y, [], (dy) => backend.grad.embedding(shape, rows, dy, recorder.gradientOf(x)));
}

/** Losses `[rows, 1]` in nats of the logits `[rows, classes]`. */
export function crossEntropy(
  { recorder, backend }: Context,
  logits: Variable,
  targets: Int32Array,
): Variable {
  if (targets.length !== logits.rows) {
    throw new LookupFfnError(
      'SHAPE_MISMATCH',
      `${targets.length} targets for ${logits.rows} rows of logits.`,
    );
  }
  const shape = { rows: logits.rows, classes: logits.columns };
  const losses = recorder.make(logits.rows, 1);
  backend.ops.crossEntropy(shape, logits.data, targets, losses.data);
  return recorder.record(losses, [], (dlosses) => {
    backend.grad.crossEntropy(shape, logits.data, targets, dlosses, recorder.gradientOf(logits));
  });
}
