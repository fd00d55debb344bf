// Random numbers to multiply, and OpenBLAS.
#pragma once
#include <cstddef>
#include <random>
#include <vector>

extern "C" {
void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float* a, int lda,
                 const float* b, int ldb, float beta, float* c, int ldc);
void openblas_set_num_threads(int threads);
char* openblas_get_corename(void);
}

using Floats = std::vector<float>;

// Several layers in turn, so that a layer's weights are not in the nearest cache because it alone was run.
constexpr int kLayers = 4;

inline std::mt19937 random_source(7);

inline Floats normal(size_t n, float scale) {
  std::normal_distribution<float> next(0, scale);
  Floats values(n);
  for (float& v : values) v = next(random_source);
  return values;
}
