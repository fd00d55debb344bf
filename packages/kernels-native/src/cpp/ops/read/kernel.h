// Hash and read (conventions 4 to 6): from z to the cells that are read and their weights. `single` is the hash itself.
// The exponentials of a whole row are taken first, in full vectors; what is left per table is a handful of products.
#pragma once

namespace {

constexpr lffn_int kMaxBits = 20;

// What one table's share of a row needs.
struct TableRow {
  lffn_int bits;
  const float* z;
  const float* e;  // exp(-beta |z_j|)
  float beta, gamma, temperature;
};

LFFN_INLINE float exp_one(float x) {
  float lanes[kW];
  vstore(lanes, vexp(vset(x)));
  return lanes[0];
}
LFFN_INLINE float log1p_one(float u) {
  float lanes[kW];
  vstore(lanes, vlog1p(vset(u)));
  return lanes[0];
}
LFFN_INLINE float abs_one(float x) { return __builtin_fabsf(x); }
LFFN_INLINE float sign_one(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f; }

// e = exp(-beta |z|) for every coordinate of a row.
LFFN_INLINE void row_exponentials(const LffnRead* p, const float* z, float* e) {
  const lffn_int n = p->tables * p->bits;
  if (p->beta) {
    for (lffn_int k = 0; k < p->tables; k++) {
      for (lffn_int j = 0; j < p->bits; j++) e[k * p->bits + j] = -p->beta[k] * abs_one(z[k * p->bits + j]);
    }
  } else {
    for (lffn_int i = 0; i < n; i++) e[i] = -2.0f * abs_one(z[i]);
  }
  lffn_int i = 0;
  for (; i + kW <= n; i += kW) vstore(e + i, vexp(vload(e + i)));
  if (i < n) vstore_n(e + i, vexp(vload_n(e + i, static_cast<int>(n - i))), static_cast<int>(n - i));
}

LFFN_INLINE TableRow table_row(const LffnRead* p, lffn_int k, const float* z, const float* e) {
  TableRow t;
  t.bits = p->bits;
  t.z = z + k * p->bits;
  t.e = e + k * p->bits;
  t.beta = p->beta ? p->beta[k] : 2.0f;
  t.gamma = p->gamma ? p->gamma[k] : 1.0f;
  t.temperature = p->temperature ? p->temperature[k] : 1.0f;
  return t;
}

LFFN_INLINE int32_t code_of(const TableRow& t) {
  int32_t code = 0;
  for (lffn_int j = 0; j < t.bits; j++) code = code << 1 | (t.z[j] > 0.0f ? 1 : 0);
  return code;
}

LFFN_INLINE float margin_sum(const TableRow& t) {
  float sum = 0.0f;
  for (lffn_int j = 0; j < t.bits; j++) sum += abs_one(t.z[j]);
  return sum;
}

// (prod_j sigma(beta |z_j|))^gamma
LFFN_INLINE float decay_of(const TableRow& t) {
  if (t.gamma == 1.0f) {
    float product = 1.0f;
    for (lffn_int j = 0; j < t.bits; j++) product *= 1.0f + t.e[j];
    return 1.0f / product;
  }
  float log = 0.0f;
  for (lffn_int j = 0; j < t.bits; j++) log += log1p_one(t.e[j]);
  return exp_one(-t.gamma * log);
}

// The first coordinate of smallest |z|.
LFFN_INLINE lffn_int weakest(const TableRow& t) {
  lffn_int best = 0;
  for (lffn_int j = 1; j < t.bits; j++) {
    if (abs_one(t.z[j]) < abs_one(t.z[best])) best = j;
  }
  return best;
}

LFFN_INLINE float sigma_of(float minus_x) {  // sigma(-x) = e/(1+e), e = exp(-x), for x >= 0
  const float e = exp_one(minus_x);
  return e / (1.0f + e);
}

void read_single(const TableRow& t, int32_t* cells, float* weights) {
  cells[0] = code_of(t);
  weights[0] = margin_sum(t) * decay_of(t);
}

void read_two_cell(const TableRow& t, int32_t* cells, float* weights) {
  const lffn_int flip = weakest(t);
  const float s = margin_sum(t) * decay_of(t);
  const float v = sigma_of(-2.0f * abs_one(t.z[flip]) / t.temperature);
  cells[0] = code_of(t);
  cells[1] = cells[0] ^ (1 << (t.bits - 1 - flip));
  weights[0] = s * (1.0f - v);
  weights[1] = s * v;
}

void read_neighbours(const TableRow& t, int32_t* cells, float* weights) {
  const int32_t code = code_of(t);
  const float sum = margin_sum(t);
  float inverse = 1.0f;
  for (lffn_int j = 0; j < t.bits; j++) inverse *= 1.0f + t.e[j];
  inverse = 1.0f / inverse;
  cells[0] = code;
  weights[0] = sum * inverse;
  for (lffn_int j = 0; j < t.bits; j++) {
    cells[j + 1] = code ^ (1 << (t.bits - 1 - j));
    weights[j + 1] = (sum - 2.0f * abs_one(t.z[j])) * t.e[j] * inverse;
  }
}

// sigma(2 z) and sigma(-2 z) from e = exp(-2|z|).
LFFN_INLINE void sides(float z, float e, float* plus, float* minus) {
  const float near = 1.0f / (1.0f + e), far = e / (1.0f + e);
  *plus = z > 0.0f ? near : far;
  *minus = z > 0.0f ? far : near;
}

// p_i and sum_j z_j S_ij of every cell, by doubling: most significant coordinate first.
LFFN_INLINE void all_cells(const TableRow& t, float* probability, float* margin) {
  probability[0] = 1.0f;
  margin[0] = 0.0f;
  for (lffn_int j = 0, n = 1; j < t.bits; j++, n *= 2) {
    float plus, minus;
    sides(t.z[j], t.e[j], &plus, &minus);
    for (lffn_int i = n - 1; i >= 0; i--) {
      const float p = probability[i], m = margin[i];
      probability[2 * i + 1] = p * plus;
      margin[2 * i + 1] = m + t.z[j];
      probability[2 * i] = p * minus;
      margin[2 * i] = m - t.z[j];
    }
  }
}

void read_full(const TableRow& t, int32_t* cells, float* weights, float* scratch) {
  const lffn_int n = static_cast<lffn_int>(1) << t.bits;
  all_cells(t, weights, scratch);
  for (lffn_int i = 0; i < n; i++) {
    cells[i] = static_cast<int32_t>(i);
    weights[i] *= scratch[i];
  }
}

void read_cells(const LffnRead* p, int32_t* cells, float* weights) {
  const lffn_int n = p->tables * p->bits;
  const lffn_int count = p->mode == LFFN_READ_SINGLE       ? 1
                         : p->mode == LFFN_READ_TWO_CELL   ? 2
                         : p->mode == LFFN_READ_NEIGHBOURS ? p->bits + 1
                                                           : static_cast<lffn_int>(1) << p->bits;
  for (lffn_int r = 0; r < p->rows; r++) {
    const float* z = p->z + r * n;
    row_exponentials(p, z, p->scratch);
    for (lffn_int k = 0; k < p->tables; k++) {
      const TableRow t = table_row(p, k, z, p->scratch);
      switch (p->mode) {
        case LFFN_READ_SINGLE: read_single(t, cells, weights); break;
        case LFFN_READ_TWO_CELL: read_two_cell(t, cells, weights); break;
        case LFFN_READ_NEIGHBOURS: read_neighbours(t, cells, weights); break;
        default: read_full(t, cells, weights, p->scratch + 2 * n); break;
      }
      cells += count;
      weights += count;
    }
  }
}

// s = A * decay: ds/d|z_j| = decay + s gamma beta sigma(-beta |z_j|).
void score_backward(const TableRow& t, float ds, float* dz, double* dbeta, double* dgamma) {
  const float decay = decay_of(t), s = margin_sum(t) * decay;
  float slope = 0.0f, log = 0.0f;
  for (lffn_int j = 0; j < t.bits; j++) {
    const float far = t.e[j] / (1.0f + t.e[j]);
    if (dz) dz[j] += sign_one(t.z[j]) * ds * (decay + s * t.gamma * t.beta * far);
    if (dbeta) slope += abs_one(t.z[j]) * far;
    if (dgamma) log += log1p_one(t.e[j]);
  }
  if (dbeta) *dbeta += static_cast<double>(ds) * s * t.gamma * slope;
  if (dgamma) *dgamma -= static_cast<double>(ds) * s * log;
}

void read_two_cell_backward(const TableRow& t, const float* dw, float* dz, double* dtemperature, double* dbeta,
                            double* dgamma) {
  const lffn_int flip = weakest(t);
  const float margin = abs_one(t.z[flip]);
  const float s = margin_sum(t) * decay_of(t);
  const float v = sigma_of(-2.0f * margin / t.temperature);
  const float dv = s * (dw[1] - dw[0]) * v * (1.0f - v);
  score_backward(t, dw[0] * (1.0f - v) + dw[1] * v, dz, dbeta, dgamma);
  if (dz) dz[flip] -= sign_one(t.z[flip]) * dv * 2.0f / t.temperature;
  if (dtemperature) *dtemperature += static_cast<double>(dv) * 2.0f * margin / (t.temperature * t.temperature);
}

// f = (g_0 A + sum_j g_j (A - 2 a_j) e_j) / Z with a = |z|, Z = prod (1 + e).
void read_neighbours_backward(const TableRow& t, const float* dw, float* dz) {
  const float sum = margin_sum(t);
  float inverse = 1.0f, direct = dw[0], f = dw[0] * sum;
  for (lffn_int j = 0; j < t.bits; j++) {
    inverse *= 1.0f + t.e[j];
    direct += dw[j + 1] * t.e[j];
    f += dw[j + 1] * (sum - 2.0f * abs_one(t.z[j])) * t.e[j];
  }
  inverse = 1.0f / inverse;
  f *= inverse;
  for (lffn_int j = 0; j < t.bits; j++) {
    const float a = abs_one(t.z[j]), e = t.e[j];
    const float own = 2.0f * dw[j + 1] * e * (1.0f + sum - 2.0f * a);
    dz[j] += sign_one(t.z[j]) * ((direct - own) * inverse + f * 2.0f * e / (1.0f + e));
  }
}

// dw_i/dz_j = S_ij p_i + l_i p_i 2 S_ij sigma(-2 z_j S_ij), with l_i = sum_j z_j S_ij.
void read_full_backward(const TableRow& t, const float* dw, float* dz, float* scratch) {
  const lffn_int n = static_cast<lffn_int>(1) << t.bits;
  float *direct = scratch, *through = scratch + n;
  all_cells(t, direct, through);
  for (lffn_int i = 0; i < n; i++) {
    direct[i] *= dw[i];
    through[i] *= direct[i];
  }
  // Least significant coordinate first: each level folds pairs of cells, so a coordinate's sums cost what is left.
  for (lffn_int j = t.bits - 1, left = n; j >= 0; j--, left /= 2) {
    float direct_off = 0.0f, direct_on = 0.0f, through_off = 0.0f, through_on = 0.0f;
    for (lffn_int i = 0; i < left / 2; i++) {
      direct_off += direct[2 * i];
      direct_on += direct[2 * i + 1];
      through_off += through[2 * i];
      through_on += through[2 * i + 1];
      direct[i] = direct[2 * i] + direct[2 * i + 1];
      through[i] = through[2 * i] + through[2 * i + 1];
    }
    float plus, minus;
    sides(t.z[j], t.e[j], &plus, &minus);
    dz[j] += direct_on - direct_off + 2.0f * (through_on * minus - through_off * plus);
  }
}

void read_backward(const LffnRead* p, const float* dw, float* dz, double* dtemperature, double* dbeta, double* dgamma) {
  const lffn_int n = p->tables * p->bits;
  for (lffn_int r = 0; r < p->rows; r++) {
    const float* z = p->z + r * n;
    row_exponentials(p, z, p->scratch);
    for (lffn_int k = 0; k < p->tables; k++) {
      const TableRow t = table_row(p, k, z, p->scratch);
      float* to = dz ? dz + r * n + k * p->bits : nullptr;
      double* dt = dtemperature ? dtemperature + k : nullptr;
      double* db = dbeta ? dbeta + k : nullptr;
      double* dg = dgamma ? dgamma + k : nullptr;
      switch (p->mode) {
        case LFFN_READ_SINGLE:
          score_backward(t, *dw, to, db, dg);
          dw += 1;
          break;
        case LFFN_READ_TWO_CELL:
          read_two_cell_backward(t, dw, to, dt, db, dg);
          dw += 2;
          break;
        case LFFN_READ_NEIGHBOURS:
          if (to) read_neighbours_backward(t, dw, to);
          dw += p->bits + 1;
          break;
        default:
          if (to) read_full_backward(t, dw, to, p->scratch + 2 * n);
          dw += static_cast<lffn_int>(1) << p->bits;
          break;
      }
    }
  }
}

}  // namespace
