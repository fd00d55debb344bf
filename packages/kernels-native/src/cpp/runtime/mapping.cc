#include "mapping.h"

#include <cerrno>
#include <map>
#include <mutex>

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace lffn {
namespace {

std::mutex mutex;

// By address. Kept for good, for a finaliser may run after static destructors.
std::map<uintptr_t, std::weak_ptr<Mapping>>& mappings() {
  static auto* const all = new std::map<uintptr_t, std::weak_ptr<Mapping>>;
  return *all;
}

}  // namespace

#if defined(_WIN32)

// Not written yet: the package reads the file instead.
Mapping::~Mapping() = default;
std::shared_ptr<Mapping> map_file(const char*, int* error) {
  *error = ENOSYS;
  return nullptr;
}

#else

Mapping::~Mapping() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    mappings().erase(reinterpret_cast<uintptr_t>(data_));
  }
  munmap(data_, static_cast<size_t>(bytes_));
}

std::shared_ptr<Mapping> map_file(const char* path, int* error) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  void* data = MAP_FAILED;
  if (file >= 0 && fstat(file, &status) == 0) {
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
      errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    } else {
#if defined(MAP_NORESERVE)
      const int flags = MAP_PRIVATE | MAP_NORESERVE;
#else
      const int flags = MAP_PRIVATE;
#endif
      data = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ | PROT_WRITE, flags, file, 0);
    }
  }
  *error = errno;
  if (file >= 0) close(file);
  if (data == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  // Kernels that keep huge pages of files use them; the others refuse, which is no harm.
  madvise(data, static_cast<size_t>(status.st_size), MADV_HUGEPAGE);
#endif
  auto made = std::make_shared<Mapping>(data, static_cast<int64_t>(status.st_size));
  std::lock_guard<std::mutex> lock(mutex);
  mappings()[reinterpret_cast<uintptr_t>(data)] = made;
  return made;
}

#endif

std::shared_ptr<Mapping> mapping_of(const void* data, int64_t bytes) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(data);
  std::shared_ptr<Mapping> found;  // outlives the lock, which its end would take again
  std::lock_guard<std::mutex> lock(mutex);
  auto after = mappings().upper_bound(first);
  if (after == mappings().begin()) return nullptr;
  // Null for one whose end waits for our mutex.
  found = std::prev(after)->second.lock();
  if (!found) return nullptr;
  const uintptr_t start = reinterpret_cast<uintptr_t>(found->data());
  return first - start <= static_cast<uintptr_t>(found->bytes()) &&
                 static_cast<uintptr_t>(bytes) <= static_cast<uintptr_t>(found->bytes()) - (first - start)
             ? found
             : nullptr;
}

}  // namespace lffn
