import { assigned, combiningRanks } from './combining.generated.js';

// Parsed when first asked: most texts need no normalization.
let boundaries: Uint32Array | undefined;
let ranks: Uint8Array | undefined;

/** Whether Unicode 9.0, by which the reference implementation normalizes, knows the code point. */
export function isAssigned(point: number): boolean {
  boundaries ??= parseBoundaries();
  // Boundaries go out, in, out, ..: the number of boundaries at or before the point is odd inside.
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle] <= point) low = middle + 1;
    else high = middle;
  }
  return (low & 1) === 1;
}

/** 0 for a starter, else a number that rises with the canonical combining class. */
export function combiningRank(point: number): number {
  if (point < 0x300) return 0;
  ranks ??= parseRanks();
  return point < ranks.length ? ranks[point] : 0;
}

function parseBoundaries(): Uint32Array {
  let position = 0;
  return Uint32Array.from(assigned.split(' '), (length) => {
    position += Number.parseInt(length, 36);
    return position;
  });
}

function parseRanks(): Uint8Array {
  const table = new Uint8Array(0x20000);
  let position = 0;
  for (const run of combiningRanks.split(' ')) {
    const [gap, length, rank] = run.split('.').map((number) => Number.parseInt(number, 36));
    position += gap;
    table.fill(rank, position, position + length);
    position += length;
  }
  return table;
}
