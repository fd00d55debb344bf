/** Mean of rows, `[rows, size]` to `[size]`; summed in double precision, from the first row to the last. */
export function meanPool(rows: Float32Array, size: number): Float32Array {
  const count = rows.length / size;
  return Float32Array.from({ length: size }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += rows[row * size + column]!;
    return sum / count;
  });
}
