// The fast Walsh-Hadamard transform in natural order, not normalised (conventions 1). It is its own transpose.
#pragma once

namespace {

// R points held in registers, log2 R levels of butterflies.
template <int R>
LFFN_INLINE void butterfly(V (&p)[R]) {
  LFFN_UNROLL for (int half = 1; half < R; half *= 2) {
    LFFN_UNROLL for (int i = 0; i < R; i++) {
      if (i & half) continue;
      V a = p[i], b = p[i + half];
      p[i] = vadd(a, b);
      p[i + half] = vsub(a, b);
    }
  }
}

// One pass of radix R over n points of `size` floats each (a multiple of kW), in place; points `step` apart combine.
template <int R>
void butterfly_pass(float* x, lffn_int n, lffn_int size, lffn_int step) {
  for (lffn_int g = 0; g < n; g += R * step) {
    for (lffn_int s = 0; s < step; s++) {
      float* base = x + (g + s) * size;
      for (lffn_int c = 0; c < size; c += kW) {
        V p[R];
        LFFN_UNROLL for (int i = 0; i < R; i++) p[i] = vload(base + i * step * size + c);
        butterfly<R>(p);
        LFFN_UNROLL for (int i = 0; i < R; i++) vstore(base + i * step * size + c, p[i]);
      }
    }
  }
}

// The transform over n points of `size` floats: H_n x I_size.
void butterflies(float* x, lffn_int n, lffn_int size) {
  lffn_int step = 1;
  for (lffn_int left = n; left > 1;) {
    if (left >= 16) {
      butterfly_pass<16>(x, n, size, step);
      step *= 16, left /= 16;
    } else if (left == 8) {
      butterfly_pass<8>(x, n, size, step);
      left = 1;
    } else if (left == 4) {
      butterfly_pass<4>(x, n, size, step);
      left = 1;
    } else {
      butterfly_pass<2>(x, n, size, step);
      left = 1;
    }
  }
}

// Levels below a vector's width, where the two halves of a butterfly sit in one vector.
void butterflies_within(float* x, lffn_int size, lffn_int below) {
  for (lffn_int half = 1; half < below; half *= 2) {
    for (lffn_int i = 0; i < size; i += 2 * half) {
      for (lffn_int j = i; j < i + half; j++) {
        const float a = x[j], b = x[j + half];
        x[j] = a + b;
        x[j + half] = a - b;
      }
    }
  }
}

// y = H x for each row; y may be x.
void hadamard_rows(lffn_int rows, lffn_int size, const float* x, float* y) {
  for (lffn_int r = 0; r < rows; r++) {
    const float* from = x + r * size;
    float* to = y + r * size;
    if (to != from) {
      for (lffn_int i = 0; i < size; i++) to[i] = from[i];
    }
    const lffn_int within = min_int(size, kW);
    butterflies_within(to, size, within);
    if (size > kW) butterflies(to, size / kW, kW);
  }
}

}  // namespace
