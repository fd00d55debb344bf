// The hashes of src/model/hash.ts.

// @ts-ignore: decorator
@inline
export function hashOn(polynomial: i32, unit: i32): i32 {
  return (polynomial << 9) - polynomial + unit;
}

// @ts-ignore: decorator
@inline
export function spread(polynomial: i32): i32 {
  return polynomial * 0x9e3779b1;
}

// @ts-ignore: decorator
@inline
export function pairHash(left: i32, right: i32): i32 {
  return spread(spread(left) + right);
}
