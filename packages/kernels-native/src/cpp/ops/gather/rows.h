// What a table row may be kept as, and how kW of its numbers become floats. Rows of narrow types are padded with zeros
// to whole vectors; a byte row's scale is the caller's and multiplies its weight.
#pragma once

namespace {

struct F32Rows {
  using Element = float;
  static constexpr bool kGrouped = false;
  static LFFN_MEMBER V load(const float* p) { return vload(p); }
  static LFFN_MEMBER V load_some(const float* p, int n) { return load_lanes(p, n); }
};
struct Bf16Rows {
  using Element = uint16_t;
  static constexpr bool kGrouped = false;
  static LFFN_MEMBER V load(const uint16_t* p) { return vload_bf16(p); }
  static LFFN_MEMBER V load_some(const uint16_t* p, int) { return vload_bf16(p); }
};
struct F16Rows {
  using Element = uint16_t;
  static constexpr bool kGrouped = false;
  static LFFN_MEMBER V load(const uint16_t* p) { return vload_f16(p); }
  static LFFN_MEMBER V load_some(const uint16_t* p, int) { return vload_f16(p); }
};
struct I8Rows {
  using Element = int8_t;
  static constexpr bool kGrouped = false;
  static LFFN_MEMBER V load(const int8_t* p) { return vload_i8(p); }
  static LFFN_MEMBER V load_some(const int8_t* p, int) { return vload_i8(p); }
};

// A group of kInt4Group numbers: a bfloat16 scale, then 4 bits each, 8 standing for 0; byte i holds numbers i and
// i + kInt4Group / 2.
constexpr lffn_int kInt4Group = 32, kInt4Bytes = 2 + kInt4Group / 2;

struct I4Rows {
  using Element = uint8_t;
  static constexpr bool kGrouped = true;
};

LFFN_INLINE float int4_scale(const uint8_t* group) {
  union { uint32_t u; float f; } bits;
  bits.u = static_cast<uint32_t>(group[1]) << 24 | static_cast<uint32_t>(group[0]) << 16;
  return bits.f;
}
LFFN_INLINE void int4_numbers(const uint8_t* group, int8_t* to) {
  for (int i = 0; i < kInt4Group / 2; i++) {
    to[i] = static_cast<int8_t>((group[2 + i] & 15) - 8);
    to[kInt4Group / 2 + i] = static_cast<int8_t>((group[2 + i] >> 4) - 8);
  }
}

// Vectors made of one cache line of such rows, as far as registers go.
template <typename Rows>
constexpr int line_vecs() {
  constexpr int vecs = 64 / static_cast<int>(sizeof(typename Rows::Element)) / kW;
  return vecs < 8 ? vecs : 8;
}

}  // namespace
