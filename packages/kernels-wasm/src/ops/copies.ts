import type { ForwardOps } from '@lookupffn/core';

// These move memory and compute next to nothing: taking the data into the module and out again would cost more than
// they do, so they stay outside it.

export const copyOps: Pick<ForwardOps, 'embedding' | 'add'> = {
  embedding({ rows, size }, ids, table, y) {
    for (let i = 0; i < rows; i++) {
      const at = ids[i]! * size;
      y.set(table.subarray(at, at + size), i * size);
    }
  },

  add({ size }, a, b, y) {
    for (let i = 0; i < size; i++) y[i] = a[i]! + b[i]!;
  },
};
