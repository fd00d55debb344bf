/** Mean of rows, `[rows, size]` to `[size]`; summed in double precision, from the first row to the last. */
export function meanPool(rows: Float32Array, size: number): Float32Array {
  const count = rows.length / size;
  return Float32Array.from({ length: size }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += rows[row * size + column]!;
    return sum / count;
  });
}

/** Mean of each packed sequence's rows, `[tokens, size]` to `[sequences, size]`; `offsets` as in `PackedBatch`. */
export function meanPoolSequences(rows: Float32Array, offsets: Int32Array, size: number): Float32Array {
  const result = new Float32Array((offsets.length - 1) * size);
  for (let s = 0; s + 1 < offsets.length; s++) {
    result.set(meanPool(rows.subarray(offsets[s]! * size, offsets[s + 1]! * size), size), s * size);
  }
  return result;
}
