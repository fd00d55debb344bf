// Prepared weights as JavaScript objects: a tagged, wrapped native object that dispose() or the collector frees.
#pragma once
#include "../runtime/storage.h"
#include "args.h"

namespace lffn {

// Every kind behind one face, so that forward, save, dispose and the finaliser are written once.
class Prepared {
 public:
  virtual ~Prepared() = default;
  virtual bool forward(int64_t rows, const float* x, float* y) const = 0;
  virtual const Storage& storage() const = 0;
  virtual int64_t in() const = 0;
  virtual int64_t out() const = 0;
  // Of storage's bytes.
  virtual int64_t table_bytes() const { return 0; }
  virtual int64_t projection_bytes() const { return 0; }
  // Bytes that are this process's own.
  int64_t owned() const { return storage().mapped() ? 0 : storage().bytes(); }
};

// The object, which owns `prepared`; null, with OUT_OF_MEMORY thrown, for null.
napi_value wrap(const Args&, Prepared* prepared);

}  // namespace lffn
