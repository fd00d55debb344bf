import type { LookupFfnConfig, LookupFfnOptions, LookupFfnWeights, PrepareOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { packProjection } from '../ops/projection.js';
import { placeScore, readModeNumber, scoreBytes } from '../ops/score.js';
import { packSkip, type Skip } from './skip.js';
import { packTables } from './tables.js';

/** Rows that pass through the whole block together: their activations stay in the second-level cache. */
const CHUNK_BYTES = 2 ** 20;

/** Rows of a slice at least, where there are threads to share them: whole tiles of the matrix product. */
const LEAST_SLICE = 8;

/** Lists of cells of the rows that take turns at a few tables at a time. */
const TURN_BYTES = 2 ** 16;
const MOST_TURNS = 64;

/** Rows whose lists of cells stay in the second-level cache beside the tables. */
function turnRows(listBytes: number): number {
  return Math.max(1, Math.min(MOST_TURNS, Math.floor(TURN_BYTES / listBytes)));
}

const align = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** Rows of one slice of the work: two slices a thread, as far as they fit the cache and are worth handing out. */
function sliceRows(rows: number, threads: number, bytesPerRow: number): number {
  const most = chunkRows(rows, bytesPerRow, CHUNK_BYTES);
  if (threads === 1) return most;
  const share = Math.ceil(rows / (2 * threads * LEAST_SLICE)) * LEAST_SLICE;
  return Math.max(1, Math.min(most, share));
}

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
  { tableDtype, skipDtype }: LookupFfnOptions,
  keep: <T extends { free(): void }>(held: T) => T,
) {
  const { tables, bits, read } = config;
  const projection = keep(packProjection(engine, config, weights.projectionWeight, weights.projectionBias));
  const packed = keep(packTables(engine, config, weights.tables, tableDtype === 'int8'));
  const skip: Skip | null = weights.skip
    ? keep(packSkip(engine, config, weights.skip, weights.bias, skipDtype))
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
  return (config, weights, options = {}) => {
    const { hidden, out, tables, bits, read } = config;
    const { keep, free } = owner();
    let placed: ReturnType<typeof placeWeights>;
    try {
      placed = placeWeights(engine, config, weights, options, keep);
    } catch (error) {
      free();
      throw error;
    }
    const { projection, packed, skip, norm, score, bias } = placed;
    const { int8 } = packed;
    const mode = readModeNumber[read];
    const codeBits = tables * bits;
    const { width } = packed;
    const listBytes = engine.kernels.lookupListBytes(mode, tables, bits);
    const turns = read === 'full' ? 1 : turnRows(listBytes);
    const sumBytes = read === 'full' ? listBytes : 0;
    const productBytes = int8 ? turns * (width + 1) * 4 : 0;
    const ownBytes =
      align(codeBits * 4) +
      2 * align(turns * listBytes) +
      align(sumBytes) +
      align(productBytes) +
      align(skip?.sliceScratch ?? 0);
    const skipPerRow = skip?.rowScratch ?? 0;
    const perRow = (hidden + projection.zWidth + width) * 4 + projection.scratchPerRow + skipPerRow;

    return {
      bytes: placed.bytes,
      dtype: int8 ? 'int8' : 'f32',
      skipDtype: skip?.dtype ?? 'f32',
      forward(rows, x, y) {
        const slice = sliceRows(rows, engine.threads, perRow);
        const slices = engine.threads === 1 ? 1 : Math.min(Math.ceil(rows / slice), 2 * engine.threads);
        const chunk = slice * slices;
        const [input, z, output, scratch, own, skipRows] = engine.scratch(
          chunk * hidden * 4,
          chunk * projection.zWidth * 4,
          chunk * width * 4,
          chunk * projection.scratchPerRow,
          slices * ownBytes,
          chunk * skipPerRow,
        ) as [number, number, number, number, number, number];
        const stride = hidden * 4;
        for (let first = 0; first < rows; first += chunk) {
          const total = Math.min(chunk, rows - first);
          engine.f32(input, total * hidden).set(x.subarray(first * hidden, (first + total) * hidden));
          if (!skip) for (let r = 0; r < total; r++) engine.f32(output + r * width * 4, out).set(bias);
          engine.parallel(Math.ceil(total / slice), (kernels, i) => {
            const from = i * slice;
            const count = Math.min(slice, total - from);
            const at = input + from * stride;
            const zAt = z + from * projection.zWidth * 4;
            const yAt = output + from * width * 4;
            const decays = own + i * ownBytes;
            const cells = decays + align(codeBits * 4);
            const cellWeights = cells + align(turns * listBytes);
            const sums = cellWeights + align(turns * listBytes);
            const products = sums + align(sumBytes);
            if (norm) {
              const [weight, offset] = norm.addresses as [number, number];
              kernels.layerNorm(count, hidden, norm.epsilon, at, stride, weight, offset, at, stride);
            }
            if (skip) {
              const slot = products + align(productBytes);
              const rowsAt = skipRows + from * skipPerRow;
              skip.run(kernels, count, at, stride, yAt, width * 4, rowsAt, slot);
            }
            projection.run(kernels, count, at, stride, zAt, scratch + from * projection.scratchPerRow);
            for (let row = 0; row < count; row += turns) {
              kernels.lookup(
                mode,
                Math.min(turns, count - row),
                tables,
                bits,
                zAt + row * projection.zWidth * 4,
                projection.zWidth * 4,
                score.rates,
                score.temperature,
                score.gamma,
                packed.at,
                packed.rowBytes,
                packed.scales,
                decays,
                cells,
                cellWeights,
                sums,
                products,
                width,
                yAt + row * width * 4,
                width * 4,
              );
            }
          });
          for (let r = 0; r < total; r++) {
            y.set(engine.f32(output + r * width * 4, out), (first + r) * out);
          }
        }
      },
      dispose: free,
    };
  };
}
