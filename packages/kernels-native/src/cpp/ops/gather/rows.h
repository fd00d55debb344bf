// What a table row may be kept as, and how kW of its numbers become floats. Rows of narrow types are padded with zeros
// to whole vectors; a byte row's scale is the caller's and multiplies its weight.
#pragma once

namespace {

struct F32Rows {
  using Element = float;
  static LFFN_MEMBER V load(const float* p) { return vload(p); }
  static LFFN_MEMBER V load_some(const float* p, int n) { return load_lanes(p, n); }
};
struct Bf16Rows {
  using Element = uint16_t;
  static LFFN_MEMBER V load(const uint16_t* p) { return vload_bf16(p); }
  static LFFN_MEMBER V load_some(const uint16_t* p, int) { return vload_bf16(p); }
};
struct F16Rows {
  using Element = uint16_t;
  static LFFN_MEMBER V load(const uint16_t* p) { return vload_f16(p); }
  static LFFN_MEMBER V load_some(const uint16_t* p, int) { return vload_f16(p); }
};
struct I8Rows {
  using Element = int8_t;
  static LFFN_MEMBER V load(const int8_t* p) { return vload_i8(p); }
  static LFFN_MEMBER V load_some(const int8_t* p, int) { return vload_i8(p); }
};

// Vectors made of one cache line of such rows, as far as registers go.
template <typename Rows>
constexpr int line_vecs() {
  constexpr int vecs = 64 / static_cast<int>(sizeof(typename Rows::Element)) / kW;
  return vecs < 8 ? vecs : 8;
}

}  // namespace
