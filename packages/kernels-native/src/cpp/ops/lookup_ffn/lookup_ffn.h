// A prepared LookupFFN block. LayerNorm, projection and hash go over one tile of rows at a time, so that what one step
// makes is still in cache for the next; the gather follows for all rows, in the order that suits its tables.
#pragma once
#include "../../runtime/engine.h"
#include "../../runtime/storage.h"
#include "../bh4/bh4.h"
#include "../gather/gather.h"
#include "../read/read.h"

namespace lffn {

struct LookupFfnConfig {
  int64_t hidden, out, tables, bits;
  bool dense;              // projection kind
  int64_t block, stages;   // bh4 only
  int32_t mode;            // LFFN_READ_*
  float epsilon;           // of the layer norm
  int32_t dtype;           // LFFN_F32 ..., of the tables
  bool bf16_projection;    // bh4 only
  bool int8_skip;
};

// Row-major and unpacked, as in a checkpoint. Null where absent.
struct LookupFfnWeights {
  const float *norm_weight, *norm_bias;
  const float *projection, *projection_bias;
  const float *tables, *bias;
  const float* skip;
  const float *temperature, *beta, *gamma;
};

// Which of the optional weights there are.
struct LookupFfnParts {
  bool norm, skip, temperature, beta, gamma;
};

class LookupFfn {
 public:
  // Null when there is no memory.
  static LookupFfn* create(const Engine&, const LookupFfnConfig&, const LookupFfnWeights&);
  // From what storage() held when it was saved with the same kernels, sizes and parts. Null also when the number of bytes
  // is another; *expected says which one it must be.
  static LookupFfn* adopt(const Engine&, const LookupFfnConfig&, const LookupFfnParts&, const void* data, int64_t bytes,
                          int64_t* expected);
  LookupFfn(const LookupFfn&) = delete;
  LookupFfn& operator=(const LookupFfn&) = delete;

  // x [rows, hidden], y [rows, out]. False: no memory.
  bool forward(int64_t rows, const float* x, float* y) const;
  const Storage& storage() const { return storage_; }
  int64_t table_bytes_kept() const;
  int64_t projection_bytes_kept() const;
  const LookupFfnConfig& config() const { return config_; }

 private:
  LookupFfn(const Engine& e, const LookupFfnConfig& c) : engine_(e), config_(c) {}
  // Calls with(parts): the one list of what lies in storage, in its order.
  template <typename With>
  bool with_parts(const LookupFfnParts&, With with);
  bool fill(const LookupFfnWeights&);
  bool forward_chunk(int64_t rows, const float* x, float* y) const;

  Engine engine_;
  LookupFfnConfig config_;
  LffnBh4Plan plan_{};
  int64_t projection_floats_ = 0;
  Storage storage_;
  // All of them lie in storage.
  float *norm_weight_ = nullptr, *norm_bias_ = nullptr;
  float *projection_ = nullptr, *projection_bias_ = nullptr;
  float *tables_ = nullptr, *scales_ = nullptr;  // the first holds rows of any dtype
  float *bias_ = nullptr, *skip_ = nullptr;     // the second holds weights of either kind
  float *temperature_ = nullptr, *beta_ = nullptr, *gamma_ = nullptr;
};

}  // namespace lffn
