// What a table row may be kept as, and how kW of its numbers become floats. Rows of narrow types are padded with zeros
// to whole vectors; a byte row's scale is the caller's and multiplies its weight.
#pragma once

namespace {

struct F32Rows {
  using Element = float;
  static constexpr bool kGrouped = false, kBytes = false;
  static LFFN_MEMBER V load(const float* p) { return vload(p); }
  static LFFN_MEMBER V load_some(const float* p, int n) { return load_lanes(p, n); }
};
struct Bf16Rows {
  using Element = uint16_t;
  static constexpr bool kGrouped = false, kBytes = false;
  static LFFN_MEMBER V load(const uint16_t* p) { return vload_bf16(p); }
  static LFFN_MEMBER V load_some(const uint16_t* p, int) { return vload_bf16(p); }
};
struct F16Rows {
  using Element = uint16_t;
  static constexpr bool kGrouped = false, kBytes = false;
  static LFFN_MEMBER V load(const uint16_t* p) { return vload_f16(p); }
  static LFFN_MEMBER V load_some(const uint16_t* p, int) { return vload_f16(p); }
};
struct I8Rows {
  using Element = int8_t;
  static constexpr bool kGrouped = false, kBytes = true;
  static LFFN_MEMBER V load(const int8_t* p) { return vload_i8(p); }
  static LFFN_MEMBER V load_some(const int8_t* p, int) { return vload_i8(p); }
};

// A group of kInt4Group numbers from -7 to 7: a bfloat16 scale, then bytes 16 high + low: byte i holds number i as its low
// part, and number i + kInt4Group / 2 as its high part.
constexpr lffn_int kInt4Group = 32, kInt4Bytes = 2 + kInt4Group / 2;

struct I4Rows {
  using Element = uint8_t;
  static constexpr bool kGrouped = true, kBytes = false;
};

LFFN_INLINE float int4_scale(const uint8_t* group) {
  union { uint32_t u; float f; } bits;
  bits.u = static_cast<uint32_t>(group[1]) << 24 | static_cast<uint32_t>(group[0]) << 16;
  return bits.f;
}
// kW bytes as their low and high parts: a sixteenth of a byte is less than a half off its high part, and adding 1.5 * 2^23
// rounds to nearest.
LFFN_INLINE void int4_parts(const uint8_t* bytes, V* low, V* high) {
  const V both = vload_i8(reinterpret_cast<const int8_t*>(bytes)), magic = vset(12582912.0f);
  *high = vsub(vfma(both, vset(0.0625f), magic), magic);
  *low = vfnma(vset(16.0f), *high, both);
}

// Vectors made of one cache line of such rows, as far as registers go.
template <typename Rows>
constexpr int line_vecs() {
  constexpr int vecs = 64 / static_cast<int>(sizeof(typename Rows::Element)) / kW;
  return vecs < 8 ? vecs : 8;
}

}  // namespace
