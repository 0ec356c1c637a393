// parallel_for: every task once, failures reported, results that do not depend on the threads.
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope {
namespace {

// Restores the number of threads at the end of a case.
class ThreadsInForce {
 public:
  explicit ThreadsInForce(int count) : before_(threads()), now_(set_threads(count)) {}
  ~ThreadsInForce() { set_threads(before_); }
  ThreadsInForce(const ThreadsInForce&) = delete;
  ThreadsInForce& operator=(const ThreadsInForce&) = delete;
  [[nodiscard]] int now() const { return now_; }

 private:
  int before_;
  int now_;
};

TEST_CASE("each index runs exactly once for any number of threads and tasks") {
  for (const int count : {1, 2, 5}) {
    const ThreadsInForce in_force(count);
    for (const Index n : {Index{0}, Index{1}, Index{3}, Index{1000}}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(n));
      parallel_for(n, [&](Index i) { ++runs[static_cast<std::size_t>(i)]; });
      for (const auto& r : runs) CHECK(r == 1);
    }
  }
}

TEST_CASE("tasks run on as many threads as are in force") {
  const ThreadsInForce in_force(2);
  CHECK(threads() == in_force.now());
  std::set<std::thread::id> seen;
  std::mutex lock;
  std::atomic<int> arrived{0};
  // Each task waits for the other, which a single thread could never satisfy.
  parallel_for(in_force.now(), [&](Index) {
    ++arrived;
    while (arrived < in_force.now()) std::this_thread::yield();
    const std::lock_guard guard(lock);
    seen.insert(std::this_thread::get_id());
  });
  CHECK(seen.size() == static_cast<std::size_t>(in_force.now()));
}

TEST_CASE("an exception of a task reaches the caller and later calls still work") {
  for (const int count : {1, 2}) {
    const ThreadsInForce in_force(count);
    CHECK_THROWS_WITH_AS(parallel_for(100,
                                      [](Index i) {
                                        if (i == 37) throw std::domain_error("task 37");
                                      }),
                         "task 37", std::domain_error);
    std::atomic<Index> sum{0};
    parallel_for(10, [&](Index i) { sum += i; });
    CHECK(sum == 45);
  }
}

TEST_CASE("a nested parallel_for runs its tasks in order on the thread of the outer task") {
  const ThreadsInForce in_force(2);
  std::atomic<int> strangers{0};
  std::atomic<int> out_of_order{0};
  std::atomic<int> inner_runs{0};
  parallel_for(8, [&](Index) {
    const auto outer = std::this_thread::get_id();
    Index expected = 0;
    parallel_for(5, [&](Index j) {
      if (in_force.now() > 1 && std::this_thread::get_id() != outer) ++strangers;
      if (j != expected++) ++out_of_order;
      ++inner_runs;
    });
  });
  CHECK(strangers == 0);
  CHECK(out_of_order == 0);
  CHECK(inner_runs == 40);
}

TEST_CASE("one thread and two give bitwise equal numbers") {
  const auto compute = [](int count) {
    const ThreadsInForce in_force(count);
    const Matrix A = RandomStream(1, "threads").normal_matrix(60, 60);
    Matrix out(60, 16);
    parallel_for(16, [&](Index j) {
      const Matrix x = RandomStream(static_cast<std::uint64_t>(j), "task").normal_matrix(60, 1);
      out.col(j) = A * (A.transpose() * x);
    });
    return out;
  };
  CHECK(compute(1) == compute(2));
}

TEST_CASE("fewer than one thread is refused and a serial BLAS is explained") {
  const int before = threads();
  CHECK_THROWS_WITH_AS(set_threads(0), "threads: expected >= 1, got 0", std::invalid_argument);
  CHECK(threads() == before);
  const ThreadsInForce in_force(2);
  CHECK((in_force.now() == 2) == threads_note().empty());
}

}  // namespace
}  // namespace saddlescope
