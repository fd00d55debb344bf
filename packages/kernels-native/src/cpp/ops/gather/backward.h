// The gradients of a gather with respect to its weights and its tables, for some tables over a block of rows.
//
// Entries are taken cell by cell instead of row by row: a table row and its gradient are then loaded once for all the
// entries that read it, and what is read at random is dy, a few columns of which stay in a near cache while table after
// table passes. Each cell's entries stay in the order of their rows, so the sums need no atomics and are the same for any
// number of threads.
#pragma once

namespace {

// Columns that are worked on together: a table row and its gradient stay in registers meanwhile.
constexpr int kBackwardVecs = 4, kBackwardColumns = kBackwardVecs * kW;

// Where the entries of one table in a block stand, cell by cell. All arrays are cut from the caller's scratch.
struct CellOrder {
  int32_t* runs;   // how many there are
  int32_t* cell;   // [runs] cell of a run
  int32_t* end;    // [runs] one past its last entry
  int32_t* place;  // [entries] of the entries as they come, in the order of the runs; what follows is in that order
  int32_t* row;    // [entries] row of the block
  float* weight;   // [entries]
  float* dot;      // [entries] gradient of the weight
};

LFFN_INLINE lffn_int order_floats(lffn_int entries) { return 6 * entries + 1; }

LFFN_INLINE CellOrder order_at(int32_t* memory, lffn_int entries) {
  int32_t* arrays = memory + 1;
  return {memory,
          arrays,
          arrays + entries,
          arrays + 2 * entries,
          arrays + 3 * entries,
          reinterpret_cast<float*>(arrays + 4 * entries),
          reinterpret_cast<float*>(arrays + 5 * entries)};
}

// Counting sort, stable, with `next` [table_cells]. Where entries are few beside cells, counting costs more than it
// saves: each is a run then.
void order_by_cell(const LffnGatherBackward* g, lffn_int table, const CellOrder& o, int32_t* next) {
  const lffn_int entries = g->rows * g->cells, first = table * g->cells;
  const bool count = 4 * entries >= g->table_cells;
  if (count) {
    for (lffn_int i = 0; i < g->table_cells; i++) next[i] = 0;
  }
  for (lffn_int r = 0, e = 0; r < g->rows; r++) {
    for (lffn_int c = 0; c < g->cells; c++, e++) {
      o.place[e] = g->index[r * g->stride + first + c];
      if (count) next[o.place[e]]++;
    }
  }
  int32_t runs = 0, sum = 0;
  if (count) {
    for (lffn_int i = 0; i < g->table_cells; i++) {
      const int32_t some = next[i];
      next[i] = sum;
      if (some == 0) continue;
      sum += some;
      o.cell[runs] = static_cast<int32_t>(i);
      o.end[runs++] = sum;
    }
  } else {
    for (; runs < entries; runs++) {
      o.cell[runs] = o.place[runs];
      o.end[runs] = runs + 1;
    }
  }
  *o.runs = runs;
  for (lffn_int r = 0, e = 0; r < g->rows; r++) {
    for (lffn_int c = 0; c < g->cells; c++, e++) {
      const int32_t to = count ? next[o.place[e]]++ : static_cast<int32_t>(e);
      o.place[e] = to;
      o.row[to] = static_cast<int32_t>(r);
      o.weight[to] = g->weights[r * g->stride + first + c];
      o.dot[to] = 0.0f;
    }
  }
}

// Entries first to end - 1, which all read `row`: dot += dy row, drow += weight dy. dy is that of the block's columns.
template <bool Dot, bool Add>
LFFN_INLINE void run_backward(const CellOrder& o, lffn_int first, lffn_int end, const float* dy, const float* row,
                              float* drow) {
  V sum[kBackwardVecs], values[kBackwardVecs];
  LFFN_UNROLL for (int v = 0; v < kBackwardVecs; v++) {
    if (Add) sum[v] = vload(drow + v * kW);
    if (Dot) values[v] = vload(row + v * kW);
  }
  for (lffn_int e = first; e < end; e++) {
    const float* from = dy + o.row[e] * kBackwardColumns;
    const V weight = vset(o.weight[e]);
    V dot[2] = {vzero(), vzero()};
    LFFN_UNROLL for (int v = 0; v < kBackwardVecs; v++) {
      const V d = vload(from + v * kW);
      if (Dot) dot[v % 2] = vfma(d, values[v], dot[v % 2]);
      if (Add) sum[v] = vfma(weight, d, sum[v]);
    }
    if (Dot) o.dot[e] += vsum(vadd(dot[0], dot[1]));
  }
  if (Add) {
    LFFN_UNROLL for (int v = 0; v < kBackwardVecs; v++) vstore(drow + v * kW, sum[v]);
  }
}

// Columns j to j + kBackwardColumns of one table.
template <bool Dot, bool Add>
void table_backward(const LffnGatherBackward* g, lffn_int table, const CellOrder& o, lffn_int j, const float* dy) {
  const lffn_int columns = min_int(kBackwardColumns, g->out - j), at = table * g->table_cells * g->out + j;
  const float* values = g->values + at;
  float* dvalues = Add ? g->dvalues + at : nullptr;
  float row_tail[kBackwardColumns], drow_tail[kBackwardColumns];
  for (lffn_int i = columns; i < kBackwardColumns; i++) row_tail[i] = drow_tail[i] = 0.0f;
  const lffn_int runs = *o.runs;
  lffn_int first = 0;
  for (lffn_int run = 0; run < runs; run++) {
    const float* row = values + o.cell[run] * g->out;
    float* drow = Add ? dvalues + o.cell[run] * g->out : nullptr;
    const lffn_int ahead = o.cell[run + 2 < runs ? run + 2 : run] * g->out;
    for (lffn_int i = 0; i < columns; i += 16) {
      if (Dot) vprefetch(values + ahead + i);
      if (Add) vprefetch(dvalues + ahead + i);
    }
    if (columns == kBackwardColumns) {
      run_backward<Dot, Add>(o, first, o.end[run], dy, row, drow);
    } else {
      for (lffn_int i = 0; i < columns; i++) {
        if (Dot) row_tail[i] = row[i];
        if (Add) drow_tail[i] = drow[i];
      }
      run_backward<Dot, Add>(o, first, o.end[run], dy, row_tail, drow_tail);
      for (lffn_int i = 0; Add && i < columns; i++) drow[i] = drow_tail[i];
    }
    first = o.end[run];
  }
}

template <bool Dot, bool Add>
void tables_backward(const LffnGatherBackward* g) {
  const lffn_int entries = g->rows * g->cells, floats = order_floats(entries);
  int32_t* next = g->scratch + g->tables * floats;
  for (lffn_int t = 0; t < g->tables; t++) order_by_cell(g, t, order_at(g->scratch + t * floats, entries), next);
  const float* dy = g->dy;
  for (lffn_int j = 0; j < g->out; j += kBackwardColumns, dy += g->dy_stride) {
    for (lffn_int t = 0; t < g->tables; t++) {
      table_backward<Dot, Add>(g, t, order_at(g->scratch + t * floats, entries), j, dy);
    }
  }
  if (!Dot) return;
  for (lffn_int t = 0; t < g->tables; t++) {
    const CellOrder o = order_at(g->scratch + t * floats, entries);
    for (lffn_int r = 0, e = 0; r < g->rows; r++) {
      for (lffn_int c = 0; c < g->cells; c++, e++) g->dweights[r * g->stride + t * g->cells + c] += o.dot[o.place[e]];
    }
  }
}

lffn_int gather_backward_scratch(lffn_int tables, lffn_int entries, lffn_int table_cells) {
  return tables * order_floats(entries) + table_cells;
}

// Columns first to first + kBackwardColumns of each row of dy, side by side, the columns beyond `out` zero.
void gather_backward_pack(lffn_int rows, lffn_int out, lffn_int first, const float* dy, float* packed) {
  for (lffn_int r = 0; r < rows; r++, packed += kBackwardColumns) {
    const float* from = dy + r * out + first;
    for (int i = 0; i < kBackwardColumns; i += kW) {
      const lffn_int left = out - first - i;
      vstore(packed + i, left >= kW ? vload(from + i) : left > 0 ? vload_n(from + i, static_cast<int>(left)) : vzero());
    }
  }
}

void gather_backward(const LffnGatherBackward* g) {
  if (g->dweights && g->dvalues) {
    tables_backward<true, true>(g);
  } else if (g->dweights) {
    tables_backward<true, false>(g);
  } else if (g->dvalues) {
    tables_backward<false, true>(g);
  }
}

}  // namespace
