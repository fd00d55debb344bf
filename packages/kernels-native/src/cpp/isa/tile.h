// The register tile that every matrix product here is made of: R rows x NV vectors of C stay in registers while k runs.
// Each element of C is one chain of fused multiply-adds over k in rising order, whatever R and NV are: that is why a
// row's result does not depend, bit for bit, on how many other rows are in the batch.
#pragma once

namespace {

LFFN_INLINE lffn_int min_int(lffn_int a, lffn_int b) { return a < b ? a : b; }
LFFN_INLINE lffn_int round_up(lffn_int a, lffn_int b) { return (a + b - 1) / b * b; }

// acc += A[R, k] * B[k, NV vectors]. K fixes the depth at compile time; 0 means `depth`. Each step of k also fetches
// Lines cache lines from `ahead` on, where the caller will be next.
template <int R, int NV, int K, int Lines = 0>
LFFN_INLINE void tile_accumulate(V (&acc)[R][NV], lffn_int depth, const float* a, lffn_int a_row, lffn_int a_depth,
                                 const float* b, lffn_int ldb, const float* ahead = nullptr) {
  const lffn_int n = K > 0 ? K : depth;
  for (lffn_int k = 0; k < n; k++) {
    LFFN_UNROLL for (int l = 0; l < Lines; l++) vprefetch_l2(ahead + (k * Lines + l) * 16);
    V bv[NV];
    LFFN_UNROLL for (int v = 0; v < NV; v++) bv[v] = vload(b + v * kW);
    LFFN_UNROLL for (int r = 0; r < R; r++) {
      V av = vset(a[r * a_row]);
      LFFN_UNROLL for (int v = 0; v < NV; v++) acc[r][v] = vfma(av, bv[v], acc[r][v]);
    }
    a += a_depth;
    b += ldb;
  }
}

template <int R, int NV>
LFFN_INLINE void tile_zero(V (&acc)[R][NV]) {
  LFFN_UNROLL for (int r = 0; r < R; r++) {
    LFFN_UNROLL for (int v = 0; v < NV; v++) acc[r][v] = vzero();
  }
}

LFFN_INLINE void store_columns(float* c, V value, lffn_int n, bool add) {
  if (n >= kW) {
    vstore(c, add ? vadd(vload(c), value) : value);
  } else if (n > 0) {
    const int some = static_cast<int>(n);
    vstore_n(c, add ? vadd(vload_n(c, some), value) : value, some);
  }
}

// C = or += the tile, its first n columns.
template <int R, int NV>
LFFN_INLINE void tile_store(const V (&acc)[R][NV], float* c, lffn_int ldc, lffn_int n, bool add) {
  if (n >= NV * kW) {
    LFFN_UNROLL for (int r = 0; r < R; r++) {
      LFFN_UNROLL for (int v = 0; v < NV; v++) {
        float* to = c + r * ldc + v * kW;
        vstore(to, add ? vadd(vload(to), acc[r][v]) : acc[r][v]);
      }
    }
    return;
  }
  LFFN_UNROLL for (int r = 0; r < R; r++) {
    LFFN_UNROLL for (int v = 0; v < NV; v++) store_columns(c + r * ldc + v * kW, acc[r][v], n - v * kW, add);
  }
}

// One product over strided operands, small enough to stay in cache: C[m, n] = or += A[m, k] * B[k, n].
// B's rows are readable up to a multiple of kW columns.
struct TileProduct {
  lffn_int m, n, k;
  const float* a;
  lffn_int a_row, a_depth;
  const float* b;
  lffn_int ldb;
  float* c;
  lffn_int ldc;
  bool add;
  const float* ahead = nullptr;  // k * n floats to fetch meanwhile
};

template <int R, int NV, int K>
LFFN_INLINE void tile_rows(const TileProduct& t, lffn_int i, lffn_int j) {
  constexpr int kLines = NV * kW < 16 ? 1 : NV * kW / 16;
  V acc[R][NV];
  tile_zero(acc);
  const float* a = t.a + i * t.a_row;
  if (K >= 32 && i == 0 && t.ahead) {
    tile_accumulate<R, NV, K, kLines>(acc, t.k, a, t.a_row, t.a_depth, t.b + j, t.ldb, t.ahead + j * t.k);
  } else {
    tile_accumulate<R, NV, K>(acc, t.k, a, t.a_row, t.a_depth, t.b + j, t.ldb);
  }
  tile_store(acc, t.c + i * t.ldc + j, t.ldc, t.n - j, t.add);
}

template <int R, int NV, int K>
LFFN_INLINE void tile_strip(const TileProduct& t, lffn_int j) {
  lffn_int i = 0;
  for (; i + R <= t.m; i += R) tile_rows<R, NV, K>(t, i, j);
  for (; i + 4 <= t.m; i += 4) tile_rows<4, NV, 0>(t, i, j);
  for (; i < t.m; i++) tile_rows<1, NV, 0>(t, i, j);
}

template <int K>
void tile_product(const TileProduct& t) {
  lffn_int j = 0;
  for (; t.n - j > kW; j += kTileVecs * kW) tile_strip<kTileRows, kTileVecs, K>(t, j);
  if (j < t.n) tile_strip<2 * kTileRows, 1, K>(t, j);
}

}  // namespace
