// Hash and read (conventions 4 to 6): from z to the cells that are read and their weights. `single` is the hash itself.
#pragma once
#include "tables.h"
#include "score.h"
#include "nearest.h"
#include "neighbours.h"
#include "full.h"

namespace {

LFFN_INLINE V temperature_of(const LffnRead* p, lffn_int k, int lanes) {
  if (!p->temperature) return vset(1.0f);
  // Lanes without a table divide by 1, not by 0.
  float values[kW];
  for (int l = 0; l < kW; l++) values[l] = l < lanes ? p->temperature[k + l] : 1.0f;
  return vload(values);
}

void read_cells(const LffnRead* p, int32_t* cells, float* weights) {
  const int count = static_cast<int>(p->cells);
  for (lffn_int r = 0; r < p->rows; r++) {
    const float* z = p->z + r * p->tables * p->bits;
    if (p->mode == LFFN_READ_FULL) {
      for (lffn_int k = 0; k < p->tables; k++, cells += count, weights += count) {
        read_full(one_table(p, z + k * p->bits), cells, weights, p->scratch);
      }
      continue;
    }
    for (lffn_int k = 0; k < p->tables; k += kW) {
      Tables t;
      load_tables(p, k, z, t);
      switch (p->mode) {
        case LFFN_READ_SINGLE: read_single(t, cells, weights); break;
        case LFFN_READ_NEIGHBOURS: read_neighbours(t, cells, weights); break;
        default: read_nearest(count - 1, t, temperature_of(p, k, t.lanes), cells, weights); break;
      }
      cells += t.lanes * count;
      weights += t.lanes * count;
    }
  }
}

void read_backward(const LffnRead* p, const float* dweights, float* dz, double* dtemperature, double* dbeta,
                   double* dgamma) {
  const int count = static_cast<int>(p->cells);
  for (lffn_int r = 0; r < p->rows; r++) {
    const lffn_int row = r * p->tables * p->bits;
    if (p->mode == LFFN_READ_FULL) {
      for (lffn_int k = 0; k < p->tables; k++, dweights += count) {
        const lffn_int at = row + k * p->bits;
        if (dz) read_full_backward(one_table(p, p->z + at), dweights, dz + at, p->scratch);
      }
      continue;
    }
    for (lffn_int k = 0; k < p->tables; k += kW) {
      Tables t;
      load_tables(p, k, p->z + row, t);
      const ReadGradients to = {dz ? dz + row + k * p->bits : nullptr, dtemperature ? dtemperature + k : nullptr,
                                dbeta ? dbeta + k : nullptr, dgamma ? dgamma + k : nullptr};
      switch (p->mode) {
        case LFFN_READ_SINGLE: read_single_backward(t, dweights, to); break;
        case LFFN_READ_NEIGHBOURS: read_neighbours_backward(t, dweights, to); break;
        default: read_nearest_backward(count - 1, t, temperature_of(p, k, t.lanes), dweights, to); break;
      }
      dweights += t.lanes * count;
    }
  }
}

}  // namespace
