// Vectors of one number: the module for engines without SIMD. Same names as `lanes/simd.ts`.

export type V = f32;
export type M = bool;

export const W: i32 = 1;
export const VB: usize = 4;

@inline export function load(p: usize): V { return f32.load(p); }
@inline export function loadNext(p: usize): V { return f32.load(p, 4); }
@inline export function store(p: usize, v: V): void { f32.store(p, v); }
@inline export function storeNext(p: usize, v: V): void { f32.store(p, v, 4); }
@inline export function splat(x: f32): V { return x; }
@inline export function loadInt32(p: usize): V { return f32(i32.load(p)); }
@inline export function loadSplat(p: usize): V { return f32.load(p); }

// A vector of one never leaves a tail; these exist so that the operations compile unchanged.
@inline export function loadTail(p: usize, n: i32, fill: f32): V { return f32.load(p); }
@inline export function storeTail(p: usize, v: V, n: i32): void { f32.store(p, v); }

@inline export function add(a: V, b: V): V { return a + b; }
@inline export function sub(a: V, b: V): V { return a - b; }
@inline export function mul(a: V, b: V): V { return a * b; }
@inline export function div(a: V, b: V): V { return a / b; }
@inline export function abs(a: V): V { return f32.abs(a); }
@inline export function madd(a: V, b: V, c: V): V { return a * b + c; }

@inline export function min(a: V, b: V): V { return b < a ? b : a; }
@inline export function max(a: V, b: V): V { return a < b ? b : a; }

@inline export function gt(a: V, b: V): M { return a > b; }
@inline export function lt(a: V, b: V): M { return a < b; }
@inline export function select(mask: M, yes: V, no: V): V { return mask ? yes : no; }
@inline export function maskBits(mask: M): i32 { return i32(mask); }

@inline export function powerOfTwo(biased: V): V {
  return reinterpret<f32>((reinterpret<i32>(biased) << 23) + 0x3f800000);
}

@inline export function sumLanes(v: V): f32 { return v; }
@inline export function productLanes(v: V): f32 { return v; }
@inline export function maxLanes(v: V): f32 { return v; }
@inline export function firstLane(v: V): f32 { return v; }
