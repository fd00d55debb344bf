// The vector of the simd128 and relaxed-simd modules. `lanes/scalar.ts` has the same names for engines without SIMD;
// the build script puts one of the two in place of `lanes/index.ts`, so every operation is written once.

export type V = v128;
export type M = v128;

/** Numbers in a vector, and its bytes. */
export const W: i32 = 4;
export const VB: usize = 16;

@inline export function load(p: usize): V { return v128.load(p); }
/** The vector after the one at p, its distance part of the instruction. */
@inline export function loadNext(p: usize): V { return v128.load(p, 16); }
@inline export function store(p: usize, v: V): void { v128.store(p, v); }
@inline export function storeNext(p: usize, v: V): void { v128.store(p, v, 16); }
@inline export function splat(x: f32): V { return f32x4.splat(x); }
/** int32 as floats. */
@inline export function loadInt32(p: usize): V { return f32x4.convert_i32x4_s(v128.load(p)); }
@inline export function loadSplat(p: usize): V { return v128.load32_splat(p); }

/** The 1 to 3 numbers at p, then `fill`; reads nothing beyond them. */
export function loadTail(p: usize, n: i32, fill: f32): V {
  let v = v128.load32_lane(p, f32x4.splat(fill), 0);
  if (n > 1) v = v128.load32_lane(p, v, 1, 4);
  if (n > 2) v = v128.load32_lane(p, v, 2, 8);
  return v;
}

/** Writes the first n (1 to 3) numbers of v, and nothing beyond them. */
export function storeTail(p: usize, v: V, n: i32): void {
  v128.store32_lane(p, v, 0);
  if (n > 1) v128.store32_lane(p, v, 1, 4);
  if (n > 2) v128.store32_lane(p, v, 2, 8);
}

@inline export function add(a: V, b: V): V { return f32x4.add(a, b); }
@inline export function sub(a: V, b: V): V { return f32x4.sub(a, b); }
@inline export function mul(a: V, b: V): V { return f32x4.mul(a, b); }
@inline export function div(a: V, b: V): V { return f32x4.div(a, b); }
@inline export function abs(a: V): V { return f32x4.abs(a); }

/** a * b + c: one rounding where the module has relaxed SIMD and the processor FMA, else two. */
@inline export function madd(a: V, b: V, c: V): V {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// pmin and pmax are one instruction on x86 and give their first argument when either is NaN, so a NaN in `a` stays.
@inline export function min(a: V, b: V): V { return f32x4.pmin(a, b); }
@inline export function max(a: V, b: V): V { return f32x4.pmax(a, b); }

@inline export function gt(a: V, b: V): M { return f32x4.gt(a, b); }
@inline export function lt(a: V, b: V): M { return f32x4.lt(a, b); }
@inline export function select(mask: M, yes: V, no: V): V { return v128.bitselect(yes, no, mask); }
/** One bit a lane, the first lane the lowest. */
@inline export function maskBits(mask: M): i32 { return i32x4.bitmask(mask); }

/** 2^k, where k sits in the low bits of the float `biased` (see math/exp.ts). */
@inline export function powerOfTwo(biased: V): V {
  return i32x4.add(i32x4.shl(biased, 23), i32x4.splat(0x3f800000));
}

@inline export function sumLanes(v: V): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}
@inline export function productLanes(v: V): f32 {
  return f32x4.extract_lane(v, 0) * f32x4.extract_lane(v, 1) * (f32x4.extract_lane(v, 2) * f32x4.extract_lane(v, 3));
}
@inline export function maxLanes(v: V): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 2, 3));
  const a = f32x4.extract_lane(pairs, 0);
  const b = f32x4.extract_lane(pairs, 1);
  return a > b ? a : b;
}
@inline export function firstLane(v: V): f32 { return f32x4.extract_lane(v, 0); }
