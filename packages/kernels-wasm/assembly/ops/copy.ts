/** Copies `bytes` of each row between buffers of different row strides. */
export function copyRows(rows: i32, bytes: usize, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  for (let row = 0; row < rows; row++, from += fromStride, to += toStride) memory.copy(to, from, bytes);
}
