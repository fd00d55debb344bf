import { cellsRead, type ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';
import { placeScore, readModeNumber, scoreBytes } from './score.js';

export function hashOps(engine: Engine): Pick<ForwardOps, 'hash' | 'read'> {
  const { kernels } = engine;
  return {
    hash({ rows, tables, bits }, z, score, codes, scores) {
      const width = tables * bits;
      const chunk = chunkRows(rows, (width + 2 * tables) * 4);
      const [input, decays, parameters, codesAt, scoresAt] = engine.scratch(
        chunk * width * 4,
        width * 4,
        scoreBytes(tables, bits),
        chunk * tables * 4,
        chunk * tables * 4,
      ) as [number, number, number, number, number];
      const { rates, gamma } = placeScore(engine, tables, bits, 'single', score, parameters);
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        engine.f32(input, count * width).set(z.subarray(first * width, (first + count) * width));
        kernels.hash(count, tables, bits, input, rates, gamma, decays, codesAt, scoresAt);
        codes.set(engine.i32(codesAt, count * tables), first * tables);
        scores.set(engine.f32(scoresAt, count * tables), first * tables);
      }
    },

    read({ rows, tables, bits, read }, z, score, cells, weights) {
      const width = tables * bits;
      const perRow = tables * cellsRead(read, bits);
      const chunk = chunkRows(rows, (width + 2 * perRow) * 4);
      const [input, decays, parameters, sums, cellsAt, weightsAt] = engine.scratch(
        chunk * width * 4,
        width * 4,
        scoreBytes(tables, bits),
        read === 'full' ? 4 * 2 ** bits : 0,
        chunk * perRow * 4,
        chunk * perRow * 4,
      ) as [number, number, number, number, number, number];
      const { rates, temperature, gamma } = placeScore(engine, tables, bits, read, score, parameters);
      const mode = readModeNumber[read];
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        engine.f32(input, count * width).set(z.subarray(first * width, (first + count) * width));
        kernels.read(
          mode,
          count,
          tables,
          bits,
          input,
          rates,
          temperature,
          gamma,
          decays,
          sums,
          cellsAt,
          weightsAt,
        );
        cells.set(engine.i32(cellsAt, count * perRow), first * perRow);
        weights.set(engine.f32(weightsAt, count * perRow), first * perRow);
      }
    },
  };
}
