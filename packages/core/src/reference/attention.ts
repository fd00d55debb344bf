import type { AttentionShape } from '../backend/shapes.js';
import { addInto, type Floats } from './floats.js';
import { softmaxInPlace } from './softmax.js';

// Scaled dot-product attention (Vaswani et al., arXiv 1706.03762), bidirectional, inside each packed sequence.
// Vectors of row r and head a start at `(r * heads + a) * headSize`.

/** Attention of one query over rows `first` to `last`: `p = softmax(q . k / sqrt(headSize))`. */
function probabilities(
  { heads, headSize }: AttentionShape,
  head: number,
  query: number,
  first: number,
  last: number,
  q: Floats,
  k: Floats,
  p: Float64Array,
): void {
  const from = (query * heads + head) * headSize;
  const scale = 1 / Math.sqrt(headSize);
  for (let r = first; r < last; r++) {
    const at = (r * heads + head) * headSize;
    let dot = 0;
    for (let i = 0; i < headSize; i++) dot += q[from + i] * k[at + i];
    p[r - first] = dot * scale;
  }
  softmaxInPlace(p, last - first);
}

/** y_i = sum_j p_ij v_j. offsets `[sequences + 1]`; q, k, v, y `[rows, heads, headSize]`. */
export function attention(
  shape: AttentionShape,
  offsets: Int32Array,
  q: Floats,
  k: Floats,
  v: Floats,
  y: Floats,
): void {
  const { sequences, heads, headSize } = shape;
  const sums = new Float64Array(headSize);
  for (let s = 0; s < sequences; s++) {
    const first = offsets[s];
    const last = offsets[s + 1];
    const p = new Float64Array(last - first);
    for (let head = 0; head < heads; head++) {
      for (let query = first; query < last; query++) {
        probabilities(shape, head, query, first, last, q, k, p);
        sums.fill(0);
        for (let r = first; r < last; r++) {
          const at = (r * heads + head) * headSize;
          for (let i = 0; i < headSize; i++) sums[i] += p[r - first] * v[at + i];
        }
        const to = (query * heads + head) * headSize;
        for (let i = 0; i < headSize; i++) y[to + i] = sums[i];
      }
    }
  }
}

/**
 * `dv_j += p_ij dy_i`; with `dp_ij = dy_i . v_j` and `t_ij = p_ij (dp_ij - sum_j p_ij dp_ij) / sqrt(headSize)`:
 * `dq_i += t_ij k_j`, `dk_j += t_ij q_i`. Probabilities are computed again instead of being kept.
 */
export function attentionGrad(
  shape: AttentionShape,
  offsets: Int32Array,
  q: Floats,
  k: Floats,
  v: Floats,
  dy: Floats,
  dq: Floats,
  dk: Floats,
  dv: Floats,
): void {
  const { sequences, heads, headSize } = shape;
  const scale = 1 / Math.sqrt(headSize);
  const querySum = new Float64Array(headSize);
  for (let s = 0; s < sequences; s++) {
    const first = offsets[s];
    const length = offsets[s + 1] - first;
    const p = new Float64Array(length);
    const dp = new Float64Array(length);
    const keySums = new Float64Array(length * headSize);
    const valueSums = new Float64Array(length * headSize);
    for (let head = 0; head < heads; head++) {
      const start = (row: number) => ((first + row) * heads + head) * headSize;
      keySums.fill(0);
      valueSums.fill(0);
      for (let query = 0; query < length; query++) {
        const from = start(query);
        probabilities(shape, head, first + query, first, first + length, q, k, p);
        let mean = 0;
        for (let j = 0; j < length; j++) {
          const at = start(j);
          let dot = 0;
          for (let i = 0; i < headSize; i++) {
            dot += dy[from + i] * v[at + i];
            valueSums[j * headSize + i] += p[j] * dy[from + i];
          }
          dp[j] = dot;
          mean += p[j] * dot;
        }
        querySum.fill(0);
        for (let j = 0; j < length; j++) {
          const at = start(j);
          const t = p[j] * (dp[j] - mean) * scale;
          for (let i = 0; i < headSize; i++) {
            querySum[i] += t * k[at + i];
            keySums[j * headSize + i] += t * q[from + i];
          }
        }
        addInto(dq, from, querySum);
      }
      for (let j = 0; j < length; j++) {
        for (let i = 0; i < headSize; i++) {
          dk[start(j) + i] += keySums[j * headSize + i];
          dv[start(j) + i] += valueSums[j * headSize + i];
        }
      }
    }
  }
}
