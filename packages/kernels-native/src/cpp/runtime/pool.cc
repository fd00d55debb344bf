#include "pool.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace lffn {
namespace {

constexpr int kMostThreads = 256;
// A worker that has just finished spins this many times before it sleeps: about 20 microseconds, the gap between two
// operations of one forward pass.
constexpr int kSpins = 1000;

inline void relax() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

class Pool {
 public:
  bool run(int threads, int64_t tasks, Task task, void* context) {
    std::unique_lock<std::mutex> region(region_, std::try_to_lock);
    if (!region.owns_lock()) return false;
    const int helpers = grow(threads - 1);
    if (helpers <= 0) return false;
    task_ = task;
    context_ = context;
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    slots_.store(1, std::memory_order_relaxed);
    limit_ = helpers + 1;
    open_.store(true);
    {
      std::lock_guard<std::mutex> lock(sleep_);
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    drain(0);
    // All tasks are claimed. Workers inside are waited for; one that wakes later finds the region closed and leaves its
    // state alone, so a sleeping worker never delays a region that did not need it.
    open_.store(false);
    wait_for_workers();
    return true;
  }

 private:
  // Starts workers up to `wanted`; gives what there is when the system refuses more.
  int grow(int wanted) {
    if (wanted > kMostThreads - 1) wanted = kMostThreads - 1;
    while (started_ < wanted) {
      try {
        std::thread(&Pool::work, this, generation_.load(std::memory_order_relaxed)).detach();
      } catch (...) {
        break;
      }
      started_++;
    }
    return started_ < wanted ? started_ : wanted;
  }

  // Workers end their last tasks at about the same time. Where one takes longer than that, another process has its CPU:
  // yielding in a loop would only take more of it.
  void wait_for_workers() {
    for (int spin = 0; spin < kSpins; spin++) {
      if (inside_.load() == 0) return;
      relax();
    }
    std::unique_lock<std::mutex> lock(leave_);
    waiting_.store(true);
    left_.wait(lock, [&] { return inside_.load() == 0; });
    waiting_.store(false);
  }

  void drain(int slot) {
    for (;;) {
      const int64_t task = next_.fetch_add(1, std::memory_order_relaxed);
      if (task >= tasks_) return;
      task_(context_, task, slot);
    }
  }

  void work(uint64_t seen) {
    for (;;) {
      int spin = 0;
      while (generation_.load(std::memory_order_acquire) == seen && spin++ < kSpins) relax();
      if (generation_.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(sleep_);
        wake_.wait(lock, [&] { return generation_.load(std::memory_order_acquire) != seen; });
      }
      seen = generation_.load(std::memory_order_acquire);
      // Entering before looking is what lets the caller trust that nobody is inside once it has closed.
      inside_.fetch_add(1);
      if (open_.load()) {
        const int slot = slots_.fetch_add(1, std::memory_order_relaxed);
        if (slot < limit_) drain(slot);
      }
      // The caller says that it waits before it looks whether anybody is inside: one of the two sees the other.
      if (inside_.fetch_sub(1) == 1 && waiting_.load()) {
        std::lock_guard<std::mutex> lock(leave_);
        left_.notify_one();
      }
    }
  }

  std::mutex region_;
  std::mutex sleep_;
  std::condition_variable wake_;
  std::mutex leave_;
  std::condition_variable left_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int64_t> next_{0};
  std::atomic<int> slots_{0};
  std::atomic<int> inside_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> waiting_{false};
  int started_ = 0;
  int limit_ = 0;
  int64_t tasks_ = 0;
  Task task_ = nullptr;
  void* context_ = nullptr;
};

// Never destroyed: workers may still sleep in it when the process ends.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

void run_tasks(int threads, int64_t tasks, Task task, void* context) {
  if (threads > tasks) threads = static_cast<int>(tasks);
  if (threads > 1 && pool().run(threads, tasks, task, context)) return;
  for (int64_t i = 0; i < tasks; i++) task(context, i, 0);
}

}  // namespace lffn
