// Scaled dot-product attention of one head over one sequence (Vaswani et al., arXiv 1706.03762), a tile of queries at a
// time: scores of kQueries x length live in scratch, never length x length. Backward recomputes the probabilities.
#pragma once

namespace {

constexpr lffn_int kQueries = 24;
// Backward takes twice as many: they are the depth of its products into dk and dv.
constexpr lffn_int kBackwardQueries = 48;

// Leading dimensions of scratch: whole vectors, and off powers of two, whose lines share a cache set. Scores and
// transposed keys are `length` wide.
LFFN_INLINE lffn_int score_ld(lffn_int length) { return round_up(length, 16) + 16; }
LFFN_INLINE lffn_int head_ld(lffn_int head_size) { return round_up(head_size, 16) + 16; }

lffn_int attention_scratch(lffn_int length, lffn_int head_size) {
  // Two transposed operands, two plain ones, two score tiles, two query tiles: backward's need, the larger.
  return 2 * head_size * score_ld(length) + 2 * length * head_ld(head_size) +
         2 * kBackwardQueries * (score_ld(length) + head_ld(head_size));
}

// [length, head] rows `ld` apart to [head][length], zero-padded to whole vectors.
void pack_transposed(const LffnAttention* p, const float* from, float* to) {
  for (lffn_int i = 0; i < p->length; i += kW) {
    transpose_lines(min_int(kW, p->length - i), p->head_size, from + i * p->ld, p->ld, score_ld(p->length), to + i);
  }
}

// Rows of a head side by side, zero-padded to whole vectors.
void pack_rows(const LffnAttention* p, const float* from, lffn_int rows, float* to) {
  const lffn_int padded = head_ld(p->head_size);
  for (lffn_int i = 0; i < rows; i++) {
    for (lffn_int h = 0; h < p->head_size; h += 16) vprefetch(from + (i + kPackAhead) * p->ld + h);
    over_lanes(p->head_size, [&](lffn_int h, int lanes) {
      store_lanes(to + i * padded + h, load_lanes(from + i * p->ld + h, lanes), lanes);
    });
    for (lffn_int h = p->head_size; h < padded; h++) to[i * padded + h] = 0.0f;
  }
}

// probabilities [rows, length] of the queries from q0 on.
void probabilities(const LffnAttention* p, const float* keys, lffn_int q0, lffn_int rows, float* scores) {
  const lffn_int length = p->length, ld = score_ld(length);
  tile_product<0>({rows, length, p->head_size, p->q + q0 * p->ld, p->ld, 1, keys, ld, scores, ld, false});
  const V scale = vset(p->scale);
  for (lffn_int r = 0; r < rows; r++) {
    float* row = scores + r * ld;
    over_lanes(length, [&](lffn_int j, int lanes) { store_lanes(row + j, vmul(load_lanes(row + j, lanes), scale), lanes); });
    softmax_row(row, length, row);
  }
}

void attention(const LffnAttention* p) {
  const lffn_int length = p->length, hp = head_ld(p->head_size);
  float* keys = p->scratch;
  float* values = keys + p->head_size * score_ld(length);
  float* scores = values + length * hp;
  pack_transposed(p, p->k, keys);
  pack_rows(p, p->v, length, values);
  for (lffn_int q0 = 0; q0 < length; q0 += kQueries) {
    const lffn_int rows = min_int(kQueries, length - q0);
    probabilities(p, keys, q0, rows, scores);
    tile_product<0>({rows, p->head_size, length, scores, score_ld(length), 1, values, hp, p->y + q0 * p->ld, p->ld, false});
  }
}

// With P = softmax(scale q k^T): dP = dy v^T, dS = scale P (dP - rowsum(P dP)), dq += dS k, dk += dS^T q, dv += P^T dy.
void attention_backward(const LffnAttention* p) {
  const lffn_int length = p->length, hs = p->head_size, hp = head_ld(hs), ld = score_ld(length);
  float* keys_t = p->scratch;
  float* values_t = keys_t + hs * ld;
  float* keys = values_t + hs * ld;
  float* prob = keys + length * hp;
  float* dscore = prob + kBackwardQueries * ld;
  float* queries = dscore + kBackwardQueries * ld;
  float* dys = queries + kBackwardQueries * hp;
  pack_transposed(p, p->k, keys_t);
  pack_transposed(p, p->v, values_t);
  pack_rows(p, p->k, length, keys);
  for (lffn_int q0 = 0; q0 < length; q0 += kBackwardQueries) {
    const lffn_int rows = min_int(kBackwardQueries, length - q0);
    const lffn_int at = q0 * p->ld;
    probabilities(p, keys_t, q0, rows, prob);
    tile_product<0>({rows, length, hs, p->dy + at, p->ld, 1, values_t, ld, dscore, ld, false});
    for (lffn_int r = 0; r < rows; r++) {
      const float* pr = prob + r * ld;
      float* ds = dscore + r * ld;
      V sum = vzero();
      over_lanes(length, [&](lffn_int j, int lanes) { sum = vfma(load_lanes(pr + j, lanes), load_lanes(ds + j, lanes), sum); });
      const V dot = vset(vsum(sum)), scale = vset(p->scale);
      over_lanes(length, [&](lffn_int j, int lanes) {
        V change = vmul(vsub(load_lanes(ds + j, lanes), dot), scale);
        store_lanes(ds + j, vmul(load_lanes(pr + j, lanes), change), lanes);
      });
    }
    pack_rows(p, p->q + at, rows, queries);
    pack_rows(p, p->dy + at, rows, dys);
    tile_product<0>({rows, hs, length, dscore, ld, 1, keys, hp, p->dq + at, p->ld, true});
    tile_product<0>({length, hs, rows, dscore, 1, ld, queries, hp, p->dk, p->ld, true});
    tile_product<0>({length, hs, rows, prob, 1, ld, dys, hp, p->dv, p->ld, true});
  }
}

}  // namespace
