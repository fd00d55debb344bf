// The process-wide thread pool. One parallel region runs at a time; a second caller (another worker_thread) that finds
// it busy runs its region on its own thread, so nothing waits and nothing is oversubscribed.
#pragma once
#include <cstdint>

namespace lffn {

using Task = void (*)(void* context, int64_t task, int slot);

// Runs task 0 .. tasks-1 on up to `threads` threads, the caller's among them. `slot` is below `threads` and no two tasks
// run in one slot at once, so scratch may be indexed by it. Which slot gets which task varies from run to run: results
// must not depend on it.
void run_tasks(int threads, int64_t tasks, Task task, void* context);

template <typename F>
void parallel(int threads, int64_t tasks, F&& body) {
  run_tasks(
      threads, tasks, [](void* context, int64_t task, int slot) { (*static_cast<F*>(context))(task, slot); }, &body);
}

// Rows 0 .. rows-1 in pieces of `piece`: body(first, end, slot).
template <typename F>
void parallel_rows(int threads, int64_t rows, int64_t piece, F&& body) {
  parallel(threads, (rows + piece - 1) / piece, [&](int64_t task, int slot) {
    const int64_t first = task * piece, end = first + piece < rows ? first + piece : rows;
    body(first, end, slot);
  });
}

}  // namespace lffn
