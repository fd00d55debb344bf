import { LookupFfnError } from '@lookupffn/core';

type Numbers = ArrayLike<number>;

function checkPairs(a: Numbers, b: Numbers): void {
  if (a.length !== b.length || a.length === 0) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `A metric compares as many predictions as targets: ${a.length}, ${b.length}.`,
    );
  }
}

/** Share of predictions that are right. */
export function accuracy(predictions: Numbers, targets: Numbers): number {
  checkPairs(predictions, targets);
  let right = 0;
  for (let i = 0; i < targets.length; i++) if (predictions[i] === targets[i]) right++;
  return right / targets.length;
}

/** True and false positives and negatives of class 1 against all others. */
function confusion(predictions: Numbers, targets: Numbers) {
  checkPairs(predictions, targets);
  const count = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (let i = 0; i < targets.length; i++) {
    const right = targets[i] === 1;
    if (predictions[i] === 1) count[right ? 'tp' : 'fp']++;
    else count[right ? 'fn' : 'tn']++;
  }
  return count;
}

/** F1 of class 1; 0 where nothing is predicted and nothing is there. */
export function f1(predictions: Numbers, targets: Numbers): number {
  const { tp, fp, fn } = confusion(predictions, targets);
  return tp === 0 ? 0 : (2 * tp) / (2 * tp + fp + fn);
}

/** Matthews correlation of two classes; 0 where a side has one class only. */
export function matthews(predictions: Numbers, targets: Numbers): number {
  const { tp, fp, tn, fn } = confusion(predictions, targets);
  const norm = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  return norm === 0 ? 0 : (tp * tn - fp * fn) / norm;
}

/** Pearson's correlation; NaN where a side is constant. */
export function pearson(a: Numbers, b: Numbers): number {
  checkPairs(a, b);
  const mean = (x: Numbers) => Array.from(x).reduce((sum, value) => sum + value, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i]! - ma, b[i]! - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Ranks from 1, equal values sharing their mean rank. */
function ranks(values: Numbers): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let k = start; k < end; k++) result[order[k]!] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

/** Spearman's rank correlation; NaN where a side is constant. */
export function spearman(a: Numbers, b: Numbers): number {
  checkPairs(a, b);
  return pearson(ranks(a), ranks(b));
}
