import {
  abs, add, firstLane, gt, load, loadTail, maskBits, mul, productLanes, splat, store, storeTail, sumLanes, VB, W, V,
} from '../lanes';
import { expNonPositive } from '../math/exp';
import { logPositive } from '../math/log';

// What `scanTable` found of one table's coordinates.
/** Bit j is coordinate j: the reverse of the conventions' order, which packed tables are permuted to. */
export let tableCode: i32 = 0;
/** sum_j |z_j| */
export let tableMagnitude: f32 = 0;
/** prod_j (1 + e_j) */
export let tableProduct: f32 = 0;

/** e_i = exp(rate_i |z_i|) for n coordinates; rates are -beta, or -2 when `rates` is 0. */
export function decays(n: i32, z: usize, rates: usize, e: usize): void {
  const tail = n % W;
  const end = z + (usize(n - tail) << 2);
  for (; z < end; z += VB, e += VB) {
    store(e, expNonPositive(mul(abs(load(z)), rates ? load(rates) : splat(-2))));
    if (rates) rates += VB;
  }
  if (tail) {
    const rate = rates ? loadTail(rates, tail, 0) : splat(-2);
    storeTail(e, expNonPositive(mul(abs(loadTail(z, tail, 0)), rate)), tail);
  }
}

/** Code, magnitude and product of one table, into the variables above. */
@inline
export function scanTable(bits: i32, z: usize, e: usize): void {
  let code = 0;
  let magnitude: V = splat(0);
  let product: V = splat(1);
  const tail = bits % W;
  let j = 0;
  for (; j < bits - tail; j += W, z += VB, e += VB) {
    const v = load(z);
    code |= maskBits(gt(v, splat(0))) << j;
    magnitude = add(magnitude, abs(v));
    product = mul(product, add(load(e), splat(1)));
  }
  if (tail) {
    const v = loadTail(z, tail, 0);
    code |= maskBits(gt(v, splat(0))) << j;
    magnitude = add(magnitude, abs(v));
    product = mul(product, add(loadTail(e, tail, 0), splat(1)));
  }
  tableCode = code;
  tableMagnitude = sumLanes(magnitude);
  tableProduct = productLanes(product);
}

/** e^x of one number, x <= 0. */
export function expOne(x: f32): f32 {
  return firstLane(expNonPositive(splat(x)));
}

/** s = A * product^-gamma of the table last scanned; gamma is 1 when the pointer is 0. */
@inline
export function tableScore(gamma: usize): f32 {
  if (!gamma) return tableMagnitude / tableProduct;
  // A product that is NaN must not pass through the bits of a logarithm.
  if (!(tableProduct >= 1)) return tableMagnitude * tableProduct;
  return tableMagnitude * expOne(f32(-f64(f32.load(gamma)) * logPositive(tableProduct)));
}

/** The code in the conventions' order: the first coordinate is the most significant bit. */
@inline
export function reverseBits(code: i32, bits: i32): i32 {
  let reversed = 0;
  for (let j = 0; j < bits; j++) reversed |= ((code >> j) & 1) << (bits - 1 - j);
  return reversed;
}

/** Codes and scores [rows, tables] of z [rows, tables, bits]; e is scratch of one row of z. */
export function hash(
  rows: i32,
  tables: i32,
  bits: i32,
  z: usize,
  rates: usize,
  gamma: usize,
  e: usize,
  codes: usize,
  scores: usize,
): void {
  const tableBytes = usize(bits) << 2;
  for (let row = 0; row < rows; row++) {
    decays(tables * bits, z, rates, e);
    for (let k = 0; k < tables; k++, z += tableBytes, codes += 4, scores += 4) {
      scanTable(bits, z, e + usize(k) * tableBytes);
      i32.store(codes, reverseBits(tableCode, bits));
      f32.store(scores, tableScore(gamma ? gamma + (usize(k) << 2) : 0));
    }
  }
}
