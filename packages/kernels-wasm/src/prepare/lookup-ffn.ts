import { cellsRead, type LookupFfnConfig, type LookupFfnWeights, type PrepareOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { multiply, type PackedMatrix, packMatrix } from '../ops/matrix.js';
import { packProjection } from '../ops/projection.js';
import { placeScore, readModeNumber, scoreBytes } from '../ops/score.js';
import { packTables } from './tables.js';

/** Rows that pass through the whole block together: their activations stay in the second-level cache. */
const CHUNK_BYTES = 2 ** 20;

/** Frees in reverse order, once. */
function owner() {
  const frees: (() => void)[] = [];
  return {
    keep<T extends { free(): void }>(held: T): T {
      frees.push(held.free);
      return held;
    },
    free() {
      while (frees.length > 0) frees.pop()!();
    },
  };
}

function placeAll(engine: Engine, arrays: readonly Float32Array[]) {
  const at = engine.allocate(arrays.reduce((sum, array) => sum + array.byteLength, 0));
  const addresses: number[] = [];
  let next = at;
  for (const array of arrays) {
    addresses.push(next);
    engine.f32(next, array.length).set(array);
    next += array.byteLength;
  }
  return { addresses, bytes: next - at, free: () => engine.free(at) };
}

function placeWeights(
  engine: Engine,
  config: LookupFfnConfig,
  weights: LookupFfnWeights,
  int8: boolean,
  keep: <T extends { free(): void }>(held: T) => T,
) {
  const { hidden, out, tables, bits, read } = config;
  const projection = keep(packProjection(engine, config, weights.projectionWeight, weights.projectionBias));
  const packed = keep(packTables(engine, config, weights.tables, int8));
  // With an affine path the bias goes with it, and the tables add to its result.
  const skip: PackedMatrix | null = weights.skip
    ? keep(packMatrix(engine, out, hidden, weights.skip, weights.bias))
    : null;
  const norm = weights.norm && {
    epsilon: weights.norm.epsilon,
    ...keep(placeAll(engine, [weights.norm.weight, weights.norm.bias])),
  };
  const scoreAt = engine.allocate(scoreBytes(tables, bits));
  keep({ free: () => engine.free(scoreAt) });
  const score = placeScore(engine, tables, bits, read, weights, scoreAt);
  const bytes =
    projection.bytes + packed.bytes + (skip?.bytes ?? 0) + (norm?.bytes ?? 0) + scoreBytes(tables, bits);
  return { projection, packed, skip, norm, score, bias: weights.bias.slice(), bytes };
}

/** LayerNorm, projection, hash, read and gather of a few rows at a time, all in the module. */
export function prepareLookupFfn(engine: Engine): PrepareOps['lookupFfn'] {
  const { kernels } = engine;
  return (config, weights, options) => {
    const { hidden, out, tables, bits, read } = config;
    const int8 = options?.tableDtype === 'int8';
    const { keep, free } = owner();
    let placed: ReturnType<typeof placeWeights>;
    try {
      placed = placeWeights(engine, config, weights, int8, keep);
    } catch (error) {
      free();
      throw error;
    }
    const { projection, packed, skip, norm, score, bias } = placed;
    const mode = readModeNumber[read];
    const codeBits = tables * bits;
    const list = cellsRead(read, bits) * (read === 'full' ? 1 : tables);
    const { width } = packed;
    const perRow = (hidden + projection.zWidth + width) * 4 + projection.scratchPerRow;

    return {
      bytes: placed.bytes,
      dtype: int8 ? 'int8' : 'f32',
      forward(rows, x, y) {
        const chunk = chunkRows(rows, perRow, CHUNK_BYTES);
        const [input, z, output, scratch, decays, cells, cellWeights, sums, products] = engine.scratch(
          chunk * hidden * 4,
          chunk * projection.zWidth * 4,
          chunk * width * 4,
          chunk * projection.scratchPerRow,
          codeBits * 4,
          list * 4,
          list * 4,
          read === 'full' ? list * 4 : 0,
          int8 ? width * 4 : 0,
        ) as [number, number, number, number, number, number, number, number, number];
        const stride = hidden * 4;
        for (let first = 0; first < rows; first += chunk) {
          const count = Math.min(chunk, rows - first);
          engine.f32(input, count * hidden).set(x.subarray(first * hidden, (first + count) * hidden));
          if (norm) {
            const [weight, offset] = norm.addresses as [number, number];
            kernels.layerNorm(count, hidden, norm.epsilon, input, stride, weight, offset, input, stride);
          }
          if (skip) multiply(engine, count, skip, input, stride, output, width * 4);
          else for (let r = 0; r < count; r++) engine.f32(output + r * width * 4, out).set(bias);
          projection.run(count, input, stride, z, scratch);
          kernels.lookup(
            mode,
            count,
            tables,
            bits,
            int8 ? 1 : 0,
            z,
            projection.zWidth * 4,
            score.rates,
            score.temperature,
            score.gamma,
            packed.at,
            packed.rowBytes,
            decays,
            cells,
            cellWeights,
            sums,
            products,
            width,
            output,
            width * 4,
          );
          for (let r = 0; r < count; r++) {
            y.set(engine.f32(output + r * width * 4, out), (first + r) * out);
          }
        }
      },
      dispose: free,
    };
  };
}
