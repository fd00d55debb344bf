/**
 * Indices of the k largest values, largest first, equal ones by index; k at most the length. Writes them and their
 * values. One pass with a short sorted list: for k far below n nearly every value fails the first comparison.
 */
export function topK(values: Float32Array, ids: Int32Array, best: Float32Array): void {
  const k = ids.length;
  let filled = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (filled === k && !(value > best[k - 1]!)) continue;
    let place = filled < k ? filled++ : k - 1;
    while (place > 0 && best[place - 1]! < value) {
      best[place] = best[place - 1]!;
      ids[place] = ids[place - 1]!;
      place--;
    }
    best[place] = value;
    ids[place] = i;
  }
}
