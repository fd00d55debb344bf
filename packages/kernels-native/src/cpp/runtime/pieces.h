// Work in pieces that each take several steps in order, such as rows over which one group of tables passes after another.
// A thread goes round its own pieces, a step of each in turn, so that what they touch stays in its caches and all threads
// are at about the same step; one that has done its own takes steps of others', so that nobody waits for the slowest.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "pool.h"

namespace lffn {

class Pieces {
 public:
  static constexpr int64_t kMost = 512;

  Pieces(int64_t pieces, int64_t steps) : pieces_(pieces), steps_(steps) {}

  // Takes a piece between first and end that nobody works on: the one that is furthest behind. -1: there is none.
  int64_t take(int64_t first, int64_t end) {
    for (;;) {
      int64_t found = -1, least = steps_;
      for (int64_t i = first; i < end; i++) {
        const int64_t done = tracks_[i].done.load(std::memory_order_relaxed);
        if (done < least && !tracks_[i].taken.load(std::memory_order_relaxed)) found = i, least = done;
      }
      if (found < 0) return -1;
      Track& track = tracks_[found];
      if (track.taken.exchange(true, std::memory_order_acquire)) continue;
      if (track.done.load(std::memory_order_relaxed) < steps_) return found;
      track.taken.store(false, std::memory_order_release);
    }
  }
  int64_t take_any() { return take(0, pieces_); }
  // The next step of a piece that was taken.
  int64_t step(int64_t piece) const { return tracks_[piece].done.load(std::memory_order_relaxed); }
  // What was done to it is seen by whoever takes it next.
  void give_back(int64_t piece) {
    tracks_[piece].done.fetch_add(1, std::memory_order_relaxed);
    tracks_[piece].taken.store(false, std::memory_order_release);
  }

 private:
  struct Track {
    std::atomic<int64_t> done{0};
    std::atomic<bool> taken{false};
  };
  int64_t pieces_, steps_;
  std::array<Track, kMost> tracks_;
};

// Calls body(piece, step) for every step of every piece.
template <typename F>
void parallel_steps(int threads, int64_t pieces, int64_t steps, F&& body) {
  Pieces all(pieces, steps);
  // Where fewer threads come than are asked for, those that did find the rest as others' pieces.
  parallel(threads, threads, [&](int64_t owner, int) {
    const int64_t first = pieces * owner / threads, end = pieces * (owner + 1) / threads;
    for (;;) {
      int64_t piece = all.take(first, end);
      if (piece < 0) piece = all.take_any();
      if (piece < 0) return;
      body(piece, all.step(piece));
      all.give_back(piece);
    }
  });
}

}  // namespace lffn
