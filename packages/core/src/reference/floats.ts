/**
 * The reference computes in float64 whatever it is given. Backends hand it Float32Array; a gradient check hands it
 * Float64Array, so that finite differences see the formulas and not float32's rounding.
 */
export type Floats = Float32Array | Float64Array;
export type OptionalFloats = Floats | null;

/** Adds `count` sums, gathered in float64, into a gradient with a single rounding each. */
export function addInto(target: Floats, at: number, sums: Float64Array, count = sums.length): void {
  for (let i = 0; i < count; i++) target[at + i] += sums[i];
}
