import type { PackedBatch } from '../model/batch.js';
import type { WorkRequest } from './work.js';

/** A run of whole sequences of a request. */
export interface Part {
  readonly batch: PackedBatch;
  /** First token of the part in the request. */
  readonly start: number;
  /** First sequence of the part in the request. */
  readonly first: number;
  /** First wanted row of the part among the request's rows. */
  readonly rowStart: number;
  /** Wanted rows, counted from the part's first token. */
  readonly rows: Int32Array;
}

/**
 * Cuts a request between sequences into parts of at most `limit` tokens, or of one longer sequence, which bounds the
 * memory of activations whatever is asked at once.
 */
export function* splitRequest(request: WorkRequest, limit: number): Generator<Part> {
  const { ids, positions, types, offsets, rows } = request;
  const sequences = offsets.length - 1;
  let rowStart = 0;
  for (let first = 0; first < sequences; ) {
    const start = offsets[first]!;
    let last = first + 1;
    while (last < sequences && offsets[last + 1]! - start <= limit) last++;
    const end = offsets[last]!;
    let rowEnd = rowStart;
    while (rowEnd < rows.length && rows[rowEnd]! < end) rowEnd++;
    yield {
      batch: {
        ids: ids.subarray(start, end),
        positions: positions.subarray(start, end),
        ...(types ? { types: types.subarray(start, end) } : {}),
        offsets: offsets.slice(first, last + 1).map((offset) => offset - start),
      },
      start,
      first,
      rowStart,
      rows: rows.slice(rowStart, rowEnd).map((row) => row - start),
    };
    first = last;
    rowStart = rowEnd;
  }
}
