// The AVX-512 instructions that src/cpp/isa/*avx512*.h use, in plain C++ and from Intel's description of each, so that
// what is built on them runs where no such CPU is at hand. Included ahead of everything else in a build that is only
// tested (scripts/emulate.mjs); immintrin.h's own versions are hidden behind the names.
#pragma once
#include <immintrin.h>
#include <stdint.h>

namespace {

template <typename To, typename From>
inline To emu_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}

template <typename T>
struct EmuLanes {
  T lane[64 / sizeof(T)];
};
using EmuFloats = EmuLanes<float>;
using EmuInts = EmuLanes<int32_t>;
using EmuShorts = EmuLanes<int16_t>;
using EmuBytes = EmuLanes<int8_t>;
using EmuMask = uint16_t;

template <typename T, typename F>
inline EmuLanes<T> emu_each(F f) {
  EmuLanes<T> r;
  for (int i = 0; i < static_cast<int>(64 / sizeof(T)); i++) r.lane[i] = f(i);
  return r;
}
template <typename F>
inline EmuFloats emu_floats(F f) { return emu_each<float>(f); }
template <typename F>
inline EmuInts emu_ints(F f) { return emu_each<int32_t>(f); }

// Floats
inline EmuFloats emu_set1_ps(float x) { return emu_floats([&](int) { return x; }); }
inline EmuFloats emu_setzero_ps() { return emu_set1_ps(0.0f); }
inline EmuFloats emu_loadu_ps(const float* p) { return emu_floats([&](int i) { return p[i]; }); }
inline EmuFloats emu_maskz_loadu_ps(EmuMask m, const float* p) {
  return emu_floats([&](int i) { return m >> i & 1 ? p[i] : 0.0f; });
}
inline void emu_mask_storeu_ps(float* p, EmuMask m, const EmuFloats& a) {
  for (int i = 0; i < 16; i++) {
    if (m >> i & 1) p[i] = a.lane[i];
  }
}
inline void emu_storeu_ps(float* p, const EmuFloats& a) { emu_mask_storeu_ps(p, 0xffff, a); }
#define EMU_FLOATS(name, expression)                                   \
  inline EmuFloats emu_##name(const EmuFloats& a, const EmuFloats& b) { \
    return emu_floats([&](int i) { const float x = a.lane[i], y = b.lane[i]; return expression; }); \
  }
EMU_FLOATS(add_ps, x + y)
EMU_FLOATS(sub_ps, x - y)
EMU_FLOATS(mul_ps, x * y)
EMU_FLOATS(div_ps, x / y)
EMU_FLOATS(max_ps, x > y ? x : y)
EMU_FLOATS(min_ps, x < y ? x : y)
#undef EMU_FLOATS
inline EmuFloats emu_sqrt_ps(const EmuFloats& a) { return emu_floats([&](int i) { return __builtin_sqrtf(a.lane[i]); }); }
inline EmuFloats emu_abs_ps(const EmuFloats& a) { return emu_floats([&](int i) { return __builtin_fabsf(a.lane[i]); }); }
inline EmuFloats emu_fmadd_ps(const EmuFloats& a, const EmuFloats& b, const EmuFloats& c) {
  return emu_floats([&](int i) { return __builtin_fmaf(a.lane[i], b.lane[i], c.lane[i]); });
}
inline EmuFloats emu_fnmadd_ps(const EmuFloats& a, const EmuFloats& b, const EmuFloats& c) {
  return emu_floats([&](int i) { return __builtin_fmaf(-a.lane[i], b.lane[i], c.lane[i]); });
}
inline EmuMask emu_cmp_ps_mask(const EmuFloats& a, const EmuFloats& b, int predicate) {
  if (predicate != _CMP_GT_OQ) __builtin_trap();
  unsigned m = 0;
  for (int i = 0; i < 16; i++) m |= static_cast<unsigned>(a.lane[i] > b.lane[i]) << i;
  return static_cast<EmuMask>(m);
}
inline EmuFloats emu_mask_blend_ps(EmuMask m, const EmuFloats& a, const EmuFloats& b) {
  return emu_floats([&](int i) { return m >> i & 1 ? b.lane[i] : a.lane[i]; });
}
inline float emu_reduce_max_ps(const EmuFloats& a) {
  float most = a.lane[0];
  for (int i = 1; i < 16; i++) most = most > a.lane[i] ? most : a.lane[i];
  return most;
}

// Lanes rearranged: within each quarter of 128 bits, or whole quarters
inline EmuFloats emu_unpack(const EmuFloats& a, const EmuFloats& b, int from) {
  return emu_floats([&](int i) { return (i & 1 ? b : a).lane[(i & ~3) + from + (i & 3) / 2]; });
}
inline EmuFloats emu_unpacklo_ps(const EmuFloats& a, const EmuFloats& b) { return emu_unpack(a, b, 0); }
inline EmuFloats emu_unpackhi_ps(const EmuFloats& a, const EmuFloats& b) { return emu_unpack(a, b, 2); }
inline EmuFloats emu_shuffle_ps(const EmuFloats& a, const EmuFloats& b, int control) {
  return emu_floats([&](int i) { return ((i & 3) < 2 ? a : b).lane[(i & ~3) + (control >> 2 * (i & 3) & 3)]; });
}
inline EmuFloats emu_shuffle_f32x4(const EmuFloats& a, const EmuFloats& b, int control) {
  return emu_floats([&](int i) { return (i < 8 ? a : b).lane[(control >> 2 * (i / 4) & 3) * 4 + (i & 3)]; });
}
inline __m256 emu_castps512_ps256(const EmuFloats& a) { return _mm256_loadu_ps(a.lane); }
inline __m256 emu_extractf32x8_ps(const EmuFloats& a, int which) { return _mm256_loadu_ps(a.lane + 8 * which); }

// Whole numbers
inline EmuInts emu_castps_si512(const EmuFloats& a) { return emu_bits<EmuInts>(a); }
inline EmuFloats emu_castsi512_ps(const EmuInts& a) { return emu_bits<EmuFloats>(a); }
inline EmuInts emu_setzero_si512() { return emu_ints([](int) { return 0; }); }
inline EmuInts emu_set1_epi32(int32_t x) { return emu_ints([&](int) { return x; }); }
inline EmuInts emu_loadu_si512(const void* p) {
  EmuInts r;
  __builtin_memcpy(&r, p, sizeof r);
  return r;
}
inline EmuInts emu_add_epi32(const EmuInts& a, const EmuInts& b) {
  return emu_ints([&](int i) { return static_cast<int32_t>(static_cast<uint32_t>(a.lane[i]) + static_cast<uint32_t>(b.lane[i])); });
}
inline EmuInts emu_slli_epi32(const EmuInts& a, int by) {
  return emu_ints([&](int i) { return static_cast<int32_t>(static_cast<uint32_t>(a.lane[i]) << by); });
}
inline EmuFloats emu_cvtepi32_ps(const EmuInts& a) {
  return emu_floats([&](int i) { return static_cast<float>(a.lane[i]); });
}
inline EmuInts emu_cvtepu16_epi32(__m256i a) {
  struct { uint16_t lane[16]; } from = emu_bits<decltype(from)>(a);
  return emu_ints([&](int i) { return from.lane[i]; });
}
inline EmuInts emu_cvtepi8_epi32(__m128i a) {
  struct { int8_t lane[16]; } from = emu_bits<decltype(from)>(a);
  return emu_ints([&](int i) { return from.lane[i]; });
}
inline EmuFloats emu_cvtph_ps(__m256i a) {
  EmuFloats r;
  _mm256_storeu_ps(r.lane, _mm256_cvtph_ps(_mm256_castsi256_si128(a)));
  _mm256_storeu_ps(r.lane + 8, _mm256_cvtph_ps(_mm256_extracti128_si256(a, 1)));
  return r;
}

// Rounds to nearest, ties to even; what does not fit becomes the most negative number.
inline EmuInts emu_cvtps_epi32(const EmuFloats& a) {
  return emu_ints([&](int i) { return _mm_cvtss_si32(_mm_set_ss(a.lane[i])); });
}

// Short numbers and bytes
inline EmuInts emu_cvtepi8_epi16(__m256i a) {
  struct { int8_t lane[32]; } from = emu_bits<decltype(from)>(a);
  return emu_bits<EmuInts>(emu_each<int16_t>([&](int i) { return from.lane[i]; }));
}
inline __m256i emu_cvtepi32_epi16(const EmuInts& a) {
  struct { int16_t lane[16]; } to;
  for (int i = 0; i < 16; i++) to.lane[i] = static_cast<int16_t>(a.lane[i]);
  return emu_bits<__m256i>(to);
}
inline __m128i emu_cvtepi32_epi8(const EmuInts& a) {
  struct { int8_t lane[16]; } to;
  for (int i = 0; i < 16; i++) to.lane[i] = static_cast<int8_t>(a.lane[i]);
  return emu_bits<__m128i>(to);
}
inline EmuInts emu_madd_epi16(const EmuInts& a, const EmuInts& b) {
  const EmuShorts x = emu_bits<EmuShorts>(a), y = emu_bits<EmuShorts>(b);
  return emu_ints([&](int i) { return x.lane[2 * i] * y.lane[2 * i] + x.lane[2 * i + 1] * y.lane[2 * i + 1]; });
}
inline EmuInts emu_dpbusd_epi32(const EmuInts& sum, const EmuInts& a, const EmuInts& b) {
  const EmuBytes x = emu_bits<EmuBytes>(a), y = emu_bits<EmuBytes>(b);
  return emu_ints([&](int i) {
    int32_t s = sum.lane[i];
    for (int j = 4 * i; j < 4 * i + 4; j++) s += static_cast<uint8_t>(x.lane[j]) * y.lane[j];
    return s;
  });
}

}  // namespace

#define __m512 EmuFloats
#define __m512i EmuInts
#define __mmask16 EmuMask
// Without optimisation some of the real ones are macros.
#undef _mm512_abs_ps
#define _mm512_abs_ps emu_abs_ps
#undef _mm512_add_epi32
#define _mm512_add_epi32 emu_add_epi32
#undef _mm512_add_ps
#define _mm512_add_ps emu_add_ps
#undef _mm512_castps512_ps256
#define _mm512_castps512_ps256 emu_castps512_ps256
#undef _mm512_castps_si512
#define _mm512_castps_si512 emu_castps_si512
#undef _mm512_castsi512_ps
#define _mm512_castsi512_ps emu_castsi512_ps
#undef _mm512_cmp_ps_mask
#define _mm512_cmp_ps_mask emu_cmp_ps_mask
#undef _mm512_cvtepi32_epi16
#define _mm512_cvtepi32_epi16 emu_cvtepi32_epi16
#undef _mm512_cvtepi32_epi8
#define _mm512_cvtepi32_epi8 emu_cvtepi32_epi8
#undef _mm512_cvtepi32_ps
#define _mm512_cvtepi32_ps emu_cvtepi32_ps
#undef _mm512_cvtepi8_epi16
#define _mm512_cvtepi8_epi16 emu_cvtepi8_epi16
#undef _mm512_cvtepi8_epi32
#define _mm512_cvtepi8_epi32 emu_cvtepi8_epi32
#undef _mm512_cvtepu16_epi32
#define _mm512_cvtepu16_epi32 emu_cvtepu16_epi32
#undef _mm512_cvtph_ps
#define _mm512_cvtph_ps emu_cvtph_ps
#undef _mm512_cvtps_epi32
#define _mm512_cvtps_epi32 emu_cvtps_epi32
#undef _mm512_div_ps
#define _mm512_div_ps emu_div_ps
#undef _mm512_dpbusd_epi32
#define _mm512_dpbusd_epi32 emu_dpbusd_epi32
#undef _mm512_extractf32x8_ps
#define _mm512_extractf32x8_ps emu_extractf32x8_ps
#undef _mm512_fmadd_ps
#define _mm512_fmadd_ps emu_fmadd_ps
#undef _mm512_fnmadd_ps
#define _mm512_fnmadd_ps emu_fnmadd_ps
#undef _mm512_loadu_ps
#define _mm512_loadu_ps emu_loadu_ps
#undef _mm512_loadu_si512
#define _mm512_loadu_si512 emu_loadu_si512
#undef _mm512_madd_epi16
#define _mm512_madd_epi16 emu_madd_epi16
#undef _mm512_mask_blend_ps
#define _mm512_mask_blend_ps emu_mask_blend_ps
#undef _mm512_mask_storeu_ps
#define _mm512_mask_storeu_ps emu_mask_storeu_ps
#undef _mm512_maskz_loadu_ps
#define _mm512_maskz_loadu_ps emu_maskz_loadu_ps
#undef _mm512_max_ps
#define _mm512_max_ps emu_max_ps
#undef _mm512_min_ps
#define _mm512_min_ps emu_min_ps
#undef _mm512_mul_ps
#define _mm512_mul_ps emu_mul_ps
#undef _mm512_reduce_max_ps
#define _mm512_reduce_max_ps emu_reduce_max_ps
#undef _mm512_set1_epi32
#define _mm512_set1_epi32 emu_set1_epi32
#undef _mm512_set1_ps
#define _mm512_set1_ps emu_set1_ps
#undef _mm512_setzero_ps
#define _mm512_setzero_ps emu_setzero_ps
#undef _mm512_setzero_si512
#define _mm512_setzero_si512 emu_setzero_si512
#undef _mm512_shuffle_f32x4
#define _mm512_shuffle_f32x4 emu_shuffle_f32x4
#undef _mm512_shuffle_ps
#define _mm512_shuffle_ps emu_shuffle_ps
#undef _mm512_slli_epi32
#define _mm512_slli_epi32 emu_slli_epi32
#undef _mm512_sqrt_ps
#define _mm512_sqrt_ps emu_sqrt_ps
#undef _mm512_storeu_ps
#define _mm512_storeu_ps emu_storeu_ps
#undef _mm512_sub_ps
#define _mm512_sub_ps emu_sub_ps
#undef _mm512_unpackhi_ps
#define _mm512_unpackhi_ps emu_unpackhi_ps
#undef _mm512_unpacklo_ps
#define _mm512_unpacklo_ps emu_unpacklo_ps
