/** How one vector is made of a text's: the mean over its tokens, or that of `<s>`. */
export type Pooling = 'mean' | 'cls';

/** Rows `[tokens, size]` to one vector `[size]`; bit for bit what the feature-extraction pipeline gives. */
export function pool(rows: Float32Array, size: number, pooling: Pooling): Float32Array {
  if (pooling === 'cls') return rows.slice(0, size);
  const sums = new Float64Array(size);
  for (let start = 0; start < rows.length; start += size) {
    for (let i = 0; i < size; i++) sums[i]! += rows[start + i]!;
  }
  const count = rows.length / size;
  const mean = new Float32Array(size);
  for (let i = 0; i < size; i++) mean[i] = sums[i]! / count;
  return mean;
}

/** Scales a vector to length 1, in place; a zero vector has no direction and stays. */
export function normalize(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  return vector;
}
