import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Activation, type Backend, throwIfAborted } from '@lookupffn/core';
import { DirectEvaluator, encode, type Matrix, packSequences, type RobertaModel } from '@lookupffn/roberta';
import { PairWriter } from './pair-file.js';

const layerOf = (name: string, module: string) => {
  const match = new RegExp(`\\.encoder\\.layer\\.(\\d+)\\.${module.replaceAll('.', '\\.')}$`).exec(name);
  return match ? Number(match[1]) : undefined;
};

/** The dense model as it is, keeping what goes into each FFN and what comes out. */
class CapturingEvaluator extends DirectEvaluator {
  readonly inputs = new Map<number, Float32Array>();
  readonly outputs = new Map<number, Float32Array>();

  override linear(name: string, x: Matrix, activation: Activation = 'none'): Matrix {
    const y = super.linear(name, x, activation);
    const first = layerOf(name, 'intermediate.dense');
    // A pre-norm layer's input is what stands before its LayerNorm, which came earlier.
    if (first !== undefined && !this.inputs.has(first)) this.inputs.set(first, x.data.slice());
    const last = layerOf(name, 'output.dense');
    if (last !== undefined) this.outputs.set(last, y.data.slice());
    return y;
  }

  override layerNorm(name: string, x: Matrix): Matrix {
    const layer = layerOf(name, 'intermediate.LayerNorm');
    if (layer !== undefined) this.inputs.set(layer, x.data.slice());
    return super.layerNorm(name, x);
  }
}

export interface CaptureOptions {
  readonly model: RobertaModel;
  readonly backend: Backend;
  readonly sequences: readonly number[][];
  readonly layers: readonly number[];
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (tokens: number, total: number) => void;
}

export const capturedFile = (folder: string, layer: number) => join(folder, `layer-${layer}.f32`);

/** Sequences of at most so many tokens together. */
export function* batches(sequences: readonly number[][], tokens: number): Generator<number[][]> {
  for (let start = 0; start < sequences.length; ) {
    let end = start;
    let count = 0;
    do count += sequences[end++]!.length;
    while (end < sequences.length && count + sequences[end]!.length <= tokens);
    yield sequences.slice(start, end);
    start = end;
  }
}

/** Runs the dense model over the sequences and streams each layer's FFN inputs and outputs to a file of its own. */
export async function captureLayers(options: CaptureOptions): Promise<void> {
  const { model, backend, sequences, layers, folder, signal, onProgress } = options;
  const { config } = model;
  const total = sequences.reduce((sum, { length }) => sum + length, 0);
  const evaluator = new CapturingEvaluator(backend, model);
  const writers = new Map<number, PairWriter>();
  try {
    for (const layer of layers) {
      writers.set(layer, await PairWriter.create(capturedFile(folder, layer), config.hiddenSize));
    }
    let done = 0;
    for (const batch of batches(sequences, 2048)) {
      throwIfAborted(signal, 'Capturing');
      encode(evaluator, config, packSequences(batch, config));
      const rows = batch.reduce((sum, { length }) => sum + length, 0);
      for (const [layer, writer] of writers) {
        await writer.append({ rows, x: evaluator.inputs.get(layer)!, y: evaluator.outputs.get(layer)! });
      }
      evaluator.inputs.clear();
      evaluator.outputs.clear();
      evaluator.releaseAll();
      done += rows;
      onProgress?.(done, total);
      await setImmediate();
    }
    for (const writer of writers.values()) await writer.finish();
  } finally {
    for (const writer of writers.values()) await writer.abandon();
    evaluator.dispose();
  }
}
