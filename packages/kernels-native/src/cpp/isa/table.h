// What an instruction set offers to the drivers: one table of function pointers, filled by isa/kernels.h.
// This is the only header of ours that files built with wide-ISA flags share with the rest, so it holds plain data
// only: an inline function here, built twice, could win at link time with instructions the machine lacks.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef int64_t lffn_int;

// C[m, n] = or += A[m, k] * B[k, n] for one block of a matrix product, with B packed in panels (linear/kernel.h).
struct LffnGemmBlock {
  lffn_int m, n, k;
  const float* a;
  lffn_int a_row, a_depth;  // strides of A in floats
  const float* b;           // first panel; each is k x panel floats
  lffn_int b_depth, b_column;  // strides of a B that is not packed; 0 where it is
  float* c;
  lffn_int ldc;
  const float* bias;  // [n] or null
  int32_t accumulate;
  int32_t gelu;
  float* scratch;  // gemm_scratch() floats
};

// The same with int8 weights (linear/int8_kernel.h).
struct LffnInt8Block {
  lffn_int m, n, k;
  const void* a;   // quantised rows
  lffn_int a_row;  // elements from row to row
  const float* a_scales;
  const int8_t* b;  // first panel; each is k, rounded up to dot_depth, x panel bytes
  const float* b_scales;  // [n], padded to whole panels; so are the starts
  const int32_t* starts;
  const float* bias;  // [n] or null
  int32_t accumulate;  // without gelu
  int32_t gelu;
  float* c;
  lffn_int ldc;
};

// Attention of one head over one sequence; rows are `ld` floats apart (attention/kernel.h).
struct LffnAttention {
  lffn_int length, head_size, ld;
  float scale;
  const float *q, *k, *v, *dy;
  float *y, *dq, *dk, *dv;
  float* scratch;
};

// Sizes of a BH4 product as the kernels see it (bh4/kernel.h).
struct LffnBh4Plan {
  lffn_int hidden;
  lffn_int padded;          // P
  lffn_int original_block;  // b of the weights
  lffn_int width;           // P rounded up to a vector
  lffn_int block;           // b, at least a vector: neighbouring blocks merge
  lffn_int blocks;          // width / block
  lffn_int stages, repeats;
  lffn_int ld;  // floats between rows of a tile
  int32_t bf16; // the folded weights of bh4_forward are bfloat16
};

// z of some rows, and the read that is made of it (read/kernel.h).
struct LffnRead {
  lffn_int rows, tables, bits;
  lffn_int cells;  // that a token reads of a table
  int32_t mode;    // LFFN_READ_*
  const float *temperature, *beta, *gamma;  // [tables] or null
  const float* z;
  float* scratch;  // 2 * 2^bits floats
};

enum {
  LFFN_READ_SINGLE = 0,
  LFFN_READ_TWO_CELL = 1,
  LFFN_READ_NEIGHBOURS = 2,
  LFFN_READ_FULL = 3,
  LFFN_READ_THREE_CELL = 4,
  LFFN_READ_FOUR_CELL = 5,
};

// What table rows are kept as.
enum { LFFN_F32 = 0, LFFN_BF16 = 1, LFFN_F16 = 2, LFFN_I8 = 3, LFFN_I4 = 4 };

// y = bias or += , the weighted rows of some neighbouring tables (gather/kernel.h).
struct LffnGather {
  lffn_int rows, tables, table_cells, cells;
  lffn_int out;            // columns to make
  lffn_int stride;         // entries of index and weights from row to row
  const int32_t* index;    // first table's first cell
  const float* weights;
  int32_t dtype;           // LFFN_F32 ...
  lffn_int row_stride;     // elements from table row to table row; padded unless f32
  const void* values;      // first table
  const float* scales;     // one a table row from the first table on, or null
  const float* bias;       // [out] or null
  int32_t accumulate;
  float* y;
  lffn_int y_stride;       // floats from row to row
};

// Gradients of some neighbouring tables of a gather, over all rows.
struct LffnGatherBackward {
  lffn_int rows, tables, table_cells, cells, out;
  lffn_int stride;         // entries of index, weights and dweights from row to row
  const int32_t* index;    // first table's first cell
  const float* weights;
  const float* values;     // first table
  const float* dy;
  float* dweights;         // added to; null if not wanted, here and below
  float* dvalues;
};

struct LffnAdamW {
  float beta1, beta2, rest1, rest2;  // rest = 1 - beta, rounded once
  float epsilon, gradient_scale;
  float step_size;    // lr / (1 - beta1^t)
  float v_scale;      // 1 / (1 - beta2^t)
  float decay;        // lr * weight decay
};

struct LffnKernels {
  const char* name;
  int32_t width;       // lanes of a vector
  int32_t gemm_rows;   // rows of the register tile
  int32_t gemm_panel;  // columns of a packed panel
  // Of dot_float.h: the tile's rows and columns, depth of a step, bytes of an activation, what is added to it, and what
  // two neighbouring weights of one sign may add up to.
  int32_t dot_rows, dot_panel, dot_depth, dot_input_bytes, dot_offset, dot_pair;

  // linear
  void (*gemm_pack)(lffn_int n, lffn_int k, const float* b, lffn_int b_depth, lffn_int b_column, float* packed);
  lffn_int (*gemm_scratch)(void);
  void (*gemm_block)(const LffnGemmBlock*);
  void (*quantise_rows)(lffn_int rows, lffn_int k, const float* x, lffn_int stride, void* to, float* scales);
  void (*int8_block)(const LffnInt8Block*);
  void (*column_sums)(lffn_int rows, lffn_int columns, const float* x, lffn_int ld, float* sums);

  // hadamard
  void (*hadamard)(lffn_int rows, lffn_int size, const float* x, float* y);

  // bh4: the weights of one stage to folded matrices and back, then tiles of rows for one repeat
  void (*bh4_fold)(const LffnBh4Plan*, const float* weight, float* forward, float* backward);
  void (*bh4_unfold)(const LffnBh4Plan*, float* dfolded, float* dweight);
  const float* (*bh4_forward)(const LffnBh4Plan*, const void* folded, lffn_int rows, const float* x, float* planes,
                              int32_t keep);
  const float* (*bh4_backward)(const LffnBh4Plan*, const float* folded, lffn_int rows, const float* planes, float* dv,
                               float* spare, float* dfolded);
  void (*project_finish)(const LffnBh4Plan*, lffn_int rows, lffn_int repeat, const float* v, const float* x,
                         const float* bias, lffn_int code_bits, float* z);
  void (*project_start_backward)(const LffnBh4Plan*, lffn_int rows, lffn_int repeat, const float* dz,
                                 lffn_int code_bits, float* dv, float* dx);

  // read
  void (*read)(const LffnRead*, int32_t* cells, float* weights);
  void (*read_backward)(const LffnRead*, const float* dweights, float* dz, double* dtemperature, double* dbeta,
                        double* dgamma);

  // gather
  void (*gather)(const LffnGather*);
  void (*gather_backward)(const LffnGatherBackward*);

  // layer norm
  void (*layer_norm)(lffn_int rows, lffn_int size, float epsilon, const float* x, const float* weight,
                     const float* bias, float* y);
  void (*layer_norm_backward)(lffn_int rows, lffn_int size, float epsilon, const float* x, const float* weight,
                              const float* dy, float* dx, float* dweight, float* dbias);

  // elementwise and row-wise
  void (*gelu)(lffn_int size, const float* x, float* y);
  void (*gelu_backward)(lffn_int size, const float* x, const float* dy, float* dx);
  void (*add)(lffn_int size, const float* a, const float* b, float* y);
  void (*softmax)(lffn_int rows, lffn_int size, const float* x, float* y);
  void (*softmax_backward)(lffn_int rows, lffn_int size, const float* y, const float* dy, float* dx);
  // maximum and sum of exp(x - maximum) of one row
  void (*log_sum_exp)(lffn_int size, const float* x, float* maximum, float* sum);
  void (*cross_entropy_backward)(lffn_int size, const float* x, float maximum, float scale, float* dx);

  // attention
  lffn_int (*attention_scratch)(lffn_int length, lffn_int head_size);
  void (*attention)(const LffnAttention*);
  void (*attention_backward)(const LffnAttention*);

  // optimiser
  void (*adamw)(lffn_int size, const LffnAdamW*, float* parameter, const float* gradient, float* m, float* v);
  double (*sum_of_squares)(lffn_int size, const float* x);
  double (*cell_difference)(lffn_int size, const float* a, const float* b, float scale, float* da, float* db);

  // roofline: rounds x 12 multiply-adds of vectors; the sum of some floats
  float (*multiply_adds)(lffn_int rounds);
  float (*read_floats)(lffn_int size, const float* x);
};
