#include "table_rows.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "../../runtime/pool.h"

namespace lffn {
namespace {

int64_t element_bytes(int32_t dtype) { return dtype == LFFN_F32 ? 4 : dtype == LFFN_I8 ? 1 : 2; }

uint32_t bits_of(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

// Round to nearest, ties to even.
uint16_t to_bf16(float x) {
  const uint32_t bits = bits_of(x);
  if (std::isnan(x)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t to_f16(float x) {
  const uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00);
  if (magnitude >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00);  // rounds to 65536 or more
  if (magnitude < 0x38800000) {
    // Below 2^-14 a half is a multiple of 2^-24, and adding 0.5 rounds to one, for a float there has steps of 2^-24.
    const float scaled = std::fabs(x) + 0.5f;
    return static_cast<uint16_t>(sign | (bits_of(scaled) - bits_of(0.5f)));
  }
  const uint32_t rounded = magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1);
  return static_cast<uint16_t>(sign | rounded >> 13);
}

void to_bytes(int64_t out, const float* from, int8_t* to, float* scale) {
  float most = 0;
  bool finite = true;
  for (int64_t j = 0; j < out; j++) {
    const float magnitude = std::fabs(from[j]);
    finite = finite && std::isfinite(magnitude);
    most = magnitude > most ? magnitude : most;
  }
  *scale = finite ? most / 127.0f : std::numeric_limits<float>::quiet_NaN();
  const float inverse = finite && most > 0 ? 127.0f / most : 0.0f;
  // A magnitude below 1e-36 or so would make the inverse infinite: such a row is zero to any reader.
  const bool usable = std::isfinite(inverse);
  for (int64_t j = 0; j < out; j++) {
    to[j] = finite && usable ? static_cast<int8_t>(std::nearbyint(from[j] * inverse)) : int8_t{0};
  }
}

}  // namespace

int64_t table_row_stride(int32_t dtype, int64_t out) { return dtype == LFFN_F32 ? out : (out + 15) / 16 * 16; }

int64_t table_bytes(int32_t dtype, int64_t rows, int64_t out) {
  return rows * table_row_stride(dtype, out) * element_bytes(dtype);
}

void pack_tables(const Engine& e, int32_t dtype, int64_t rows, int64_t out, const float* from, void* values,
                 float* scales) {
  const int64_t stride = table_row_stride(dtype, out), bytes = stride * element_bytes(dtype);
  parallel_rows(e.threads, rows, 64, [&](int64_t first, int64_t end, int) {
    for (int64_t r = first; r < end; r++) {
      const float* row = from + r * out;
      char* to = static_cast<char*>(values) + r * bytes;
      if (dtype == LFFN_F32) {
        std::memcpy(to, row, bytes);
        continue;
      }
      std::memset(to, 0, bytes);
      if (dtype == LFFN_I8) {
        to_bytes(out, row, reinterpret_cast<int8_t*>(to), scales + r);
      } else {
        uint16_t* halves = reinterpret_cast<uint16_t*>(to);
        for (int64_t j = 0; j < out; j++) halves[j] = dtype == LFFN_BF16 ? to_bf16(row[j]) : to_f16(row[j]);
      }
    }
  });
}

}  // namespace lffn
