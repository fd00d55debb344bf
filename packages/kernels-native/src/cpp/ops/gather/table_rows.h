// Tables as inference keeps them: rows in a dtype, padded, with one scale a row where the dtype needs it.
#pragma once
#include <cstdint>

#include "../../runtime/engine.h"

namespace lffn {

struct TableRows {
  int32_t dtype;       // LFFN_F32 ...
  int64_t row_stride;  // elements from row to row
  const void* values;
  const float* scales;  // [rows] or null
};

// Elements of a row with its padding, and bytes of all rows; floats of scales.
int64_t table_row_stride(int32_t dtype, int64_t out);
int64_t table_bytes(int32_t dtype, int64_t rows, int64_t out);
// Bytes from a row's start to a column, which is a multiple of 64.
int64_t table_column_bytes(int32_t dtype, int64_t column);
inline int64_t table_scales(int32_t dtype, int64_t rows) { return dtype == LFFN_I8 ? rows : 0; }

// Round to nearest, ties to even.
uint16_t to_bf16(float x);

// Rounds [rows, out] floats into values and, for bytes, scales (largest magnitude of a row / 127); four-bit numbers carry
// a scale a group of 32 with them (largest magnitude / 7). What is not all finite gets the scale NaN: reading it gives
// NaN, as it would in float32.
void pack_tables(const Engine&, int32_t dtype, int64_t rows, int64_t out, const float* from, void* values,
                 float* scales);

}  // namespace lffn
