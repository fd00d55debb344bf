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

/** F1 of one class against all others; 0 where nothing is predicted and nothing is there. */
export function f1(predictions: Numbers, targets: Numbers, positive = 1): number {
  checkPairs(predictions, targets);
  let [right, predicted, there] = [0, 0, 0];
  for (let i = 0; i < targets.length; i++) {
    if (predictions[i] === positive) predicted++;
    if (targets[i] === positive) there++;
    if (predictions[i] === positive && targets[i] === positive) right++;
  }
  return right === 0 ? 0 : (2 * right) / (predicted + there);
}

/** Mean of the F1 of every class that is predicted or there, as scikit-learn's `average='macro'`. */
export function macroF1(predictions: Numbers, targets: Numbers): number {
  const classes = [...new Set([...Array.from(predictions), ...Array.from(targets)])];
  return classes.reduce((sum, label) => sum + f1(predictions, targets, label), 0) / classes.length;
}

/**
 * Matthews correlation, of more than two classes as R_K (Gorodkin 2004, doi:10.1016/j.compbiolchem.2004.09.006); 0 where
 * a side has one class only.
 */
export function matthews(predictions: Numbers, targets: Numbers): number {
  checkPairs(predictions, targets);
  const total = targets.length;
  const counts = new Map<number, { predicted: number; there: number }>();
  const of = (label: number) => {
    const count = counts.get(label) ?? { predicted: 0, there: 0 };
    counts.set(label, count);
    return count;
  };
  let right = 0;
  for (let i = 0; i < total; i++) {
    of(predictions[i]!).predicted++;
    of(targets[i]!).there++;
    if (predictions[i] === targets[i]) right++;
  }
  // Covariances of the K-category assignments, times the square of their number.
  let [both, ofPredictions, ofTargets] = [right * total, total * total, total * total];
  for (const { predicted, there } of counts.values()) {
    both -= predicted * there;
    ofPredictions -= predicted * predicted;
    ofTargets -= there * there;
  }
  const norm = Math.sqrt(ofPredictions * ofTargets);
  return norm === 0 ? 0 : both / norm;
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
