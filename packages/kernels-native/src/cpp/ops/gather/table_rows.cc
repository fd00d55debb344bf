#include "table_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../../runtime/pool.h"

namespace lffn {
namespace {

// A group of four-bit numbers as gather/rows.h reads it. One byte is an element of such a row.
constexpr int64_t kInt4Group = 32, kInt4Bytes = 2 + kInt4Group / 2;

int64_t element_bytes(int32_t dtype) { return dtype == LFFN_F32 ? 4 : dtype == LFFN_I8 || dtype == LFFN_I4 ? 1 : 2; }

uint32_t bits_of(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
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

// One group: the scale is rounded first, so that the numbers are fit to the one that will be read.
void to_int4(int64_t count, const float* from, uint8_t* to) {
  float most = 0;
  bool finite = true;
  for (int64_t j = 0; j < count; j++) {
    finite = finite && std::isfinite(from[j]);
    most = std::max(most, std::fabs(from[j]));
  }
  const uint16_t bits = to_bf16(finite ? most / 7.0f : std::numeric_limits<float>::quiet_NaN());
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float scale;
  std::memcpy(&scale, &wide, sizeof scale);
  const float inverse = 1.0f / scale;
  const bool usable = finite && std::isfinite(inverse);
  to[0] = static_cast<uint8_t>(bits & 0xff);
  to[1] = static_cast<uint8_t>(bits >> 8);
  const auto number = [&](int64_t j) {
    if (j >= count || !usable) return 0;
    return std::clamp(static_cast<int>(std::nearbyint(from[j] * inverse)), -7, 7);
  };
  for (int64_t i = 0; i < kInt4Group / 2; i++) {
    to[2 + i] = static_cast<uint8_t>(number(i) + 16 * number(i + kInt4Group / 2));
  }
}

}  // namespace

uint16_t to_bf16(float x) {
  const uint32_t bits = bits_of(x);
  if (std::isnan(x)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

int64_t table_row_stride(int32_t dtype, int64_t out) {
  if (dtype == LFFN_F32) return out;
  // Whole cache lines: a row that shares one with its neighbour costs a line more.
  if (dtype == LFFN_I4) return ((out + kInt4Group - 1) / kInt4Group * kInt4Bytes + 63) / 64 * 64;
  return (out + 15) / 16 * 16;
}

int64_t table_column_bytes(int32_t dtype, int64_t column) {
  return dtype == LFFN_I4 ? column / kInt4Group * kInt4Bytes : column * element_bytes(dtype);
}

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
      if (dtype == LFFN_I4) {
        uint8_t* group = reinterpret_cast<uint8_t*>(to);
        for (int64_t j = 0; j < out; j += kInt4Group, group += kInt4Bytes) {
          to_int4(std::min(kInt4Group, out - j), row + j, group);
        }
      } else if (dtype == LFFN_I8) {
        to_bytes(out, row, reinterpret_cast<int8_t*>(to), scales + r);
      } else {
        uint16_t* halves = reinterpret_cast<uint16_t*>(to);
        for (int64_t j = 0; j < out; j++) halves[j] = dtype == LFFN_BF16 ? to_bf16(row[j]) : to_f16(row[j]);
      }
    }
  });
}

}  // namespace lffn
