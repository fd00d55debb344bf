import type { ForwardOps } from '@lookupffn/core';
import { chunkRows } from '../memory/chunks.js';
import type { Engine } from '../memory/engine.js';

export function crossEntropyOps(engine: Engine): Pick<ForwardOps, 'crossEntropy'> {
  return {
    crossEntropy({ rows, classes }, logits, targets, losses) {
      const chunk = chunkRows(rows, classes * 4);
      const [logitsAt, targetsAt, lossesAt] = engine.scratch(chunk * classes * 4, chunk * 4, chunk * 4) as [
        number,
        number,
        number,
      ];
      for (let first = 0; first < rows; first += chunk) {
        const count = Math.min(chunk, rows - first);
        engine
          .f32(logitsAt, count * classes)
          .set(logits.subarray(first * classes, (first + count) * classes));
        engine.i32(targetsAt, count).set(targets.subarray(first, first + count));
        engine.kernels.crossEntropy(count, classes, logitsAt, targetsAt, lossesAt);
        losses.set(engine.f32(lossesAt, count), first);
      }
    },
  };
}
