// The register tile that every matrix product here is made of: R rows x NV vectors of C stay in registers while k runs.
// Each element of C is one chain of fused multiply-adds over k in rising order, whatever R and NV are: that is why a
// row's result does not depend, bit for bit, on how many other rows are in the batch.
#pragma once

namespace {

LFFN_INLINE lffn_int min_int(lffn_int a, lffn_int b) { return a < b ? a : b; }
LFFN_INLINE lffn_int round_up(lffn_int a, lffn_int b) { return (a + b - 1) / b * b; }

// B may be kept as bfloat16.
LFFN_INLINE V load_b(const float* p) { return vload(p); }
LFFN_INLINE V load_b(const uint16_t* p) { return vload_bf16(p); }

// acc += A[R, k] * B[k, NV vectors]. K fixes the depth at compile time; 0 means `depth`. Each step of k also fetches
// Lines cache lines from `ahead` on, where the caller will be next.
template <int R, int NV, int K, int Lines = 0, typename B>
LFFN_INLINE void tile_accumulate(V (&acc)[R][NV], lffn_int depth, const float* a, lffn_int a_row, lffn_int a_depth,
                                 const B* b, lffn_int ldb, const void* ahead = nullptr) {
  const lffn_int n = K > 0 ? K : depth;
  // Counting and stepping take a fifth of the loop's instructions, which a core that shares its front end feels.
  LFFN_UNROLL_4 for (lffn_int k = 0; k < n; k++) {
    LFFN_UNROLL for (int l = 0; l < Lines; l++) vprefetch_l2(static_cast<const char*>(ahead) + (k * Lines + l) * 64);
    V bv[NV];
    LFFN_UNROLL for (int v = 0; v < NV; v++) bv[v] = load_b(b + v * kW);
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
template <typename B>
struct TileProductOf {
  lffn_int m, n, k;
  const float* a;
  lffn_int a_row, a_depth;
  const B* b;
  lffn_int ldb;
  float* c;
  lffn_int ldc;
  bool add;
  const B* ahead = nullptr;  // k * n elements to fetch meanwhile
};
using TileProduct = TileProductOf<float>;

template <int R, int NV, int K, typename B>
LFFN_INLINE void tile_rows(const TileProductOf<B>& t, lffn_int i, lffn_int j) {
  constexpr int kBytes = NV * kW * static_cast<int>(sizeof(B)), kLines = kBytes < 64 ? 1 : kBytes / 64;
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

template <int R, int NV, int K, typename B>
LFFN_INLINE void tile_strip(const TileProductOf<B>& t, lffn_int j) {
  lffn_int i = 0;
  for (; i + R <= t.m; i += R) tile_rows<R, NV, K>(t, i, j);
  for (; i + 4 <= t.m; i += 4) tile_rows<4, NV, 0>(t, i, j);
  for (; i < t.m; i++) tile_rows<1, NV, 0>(t, i, j);
}

// From column j on, in strips of the usual width.
template <int K, typename B>
LFFN_INLINE void tile_columns(const TileProductOf<B>& t, lffn_int j) {
  for (; t.n - j > kW; j += kTileVecs * kW) tile_strip<kTileRows, kTileVecs, K>(t, j);
  if (j < t.n) tile_strip<2 * kTileRows, 1, K>(t, j);
}

// One to three rows: the usual strip would wait for the latency of its few sums, so strips are wider. Returns where the
// columns that do not fill one begin.
template <int R, int NV, int K, typename B>
LFFN_INLINE lffn_int tile_wide(const TileProductOf<B>& t, lffn_int i, lffn_int j) {
  for (; t.n - j >= NV * kW; j += NV * kW) tile_rows<R, NV, K>(t, i, j);
  return j;
}

template <int K, typename B = float>
void tile_product(const TileProductOf<B>& t) {
  constexpr int kWide = 64 / kW < 8 ? 64 / kW : 8;
  const lffn_int few = t.m % kTileRows % 4, most = t.m - few;
  TileProductOf<B> part = t;
  part.m = most;
  if (most > 0) tile_columns<K>(part, 0);
  if (few == 0) return;
  part.m = few;
  part.a += most * t.a_row;
  part.c += most * t.ldc;
  if (most > 0) part.ahead = nullptr;
  lffn_int pair = 0;
  if (few >= 2) pair = tile_wide<2, kWide / 2, K>(part, 0, 0);
  lffn_int single = pair;
  if (few != 2) single = tile_wide<1, kWide, K>(part, few - 1, 0);
  if (few == 3 && single != pair) {
    // Each row's columns go on from where its own strips ended.
    part.m = 2;
    tile_columns<K>(part, pair);
    part.m = 1;
    part.a += 2 * t.a_row;
    part.c += 2 * t.ldc;
    part.ahead = nullptr;
  }
  tile_columns<K>(part, single);
}

}  // namespace
