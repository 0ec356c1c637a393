#include "saddlescope/base/threads.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <cblas.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

std::atomic<int> thread_limit{1};
thread_local bool inside_task = false;

bool blas_is_thread_safe() { return openblas_get_parallel() != 0; }

}  // namespace

int set_threads(int threads) {
  require(threads >= 1, "threads: expected >= 1, got {}", threads);
  openblas_set_num_threads(1);
  thread_limit = blas_is_thread_safe() ? threads : 1;
  return thread_limit;
}

int threads() { return thread_limit; }

std::string threads_note() {
  if (blas_is_thread_safe()) return {};
  return "the installed OpenBLAS is its serial build, which several threads may not call: "
         "using one thread (install libopenblas0-pthread for more)";
}

void parallel_for(Index n, const std::function<void(Index)>& task) {
  const Index workers = inside_task ? 1 : std::min<Index>(thread_limit, n);
  if (workers <= 1) {
    for (Index i = 0; i < n; ++i) task(i);
    return;
  }
  std::atomic<Index> next{0};
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto work = [&] {
    inside_task = true;
    for (Index i = next++; i < n; i = next++) {
      try {
        task(i);
      } catch (...) {
        const std::lock_guard guard(failure_lock);
        if (!failure) failure = std::current_exception();
        next = n;
      }
    }
    inside_task = false;
  };
  {
    std::vector<std::jthread> team;
    try {
      for (Index w = 1; w < workers; ++w) team.emplace_back(work);
    } catch (const std::system_error&) {
      // The system refuses more threads: those at hand do all the tasks, with the same results.
    }
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace saddlescope
