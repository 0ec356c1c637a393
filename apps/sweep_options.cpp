#include "sweep_options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <thread>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::apps {
namespace {

constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;

}  // namespace

analysis::OptionTable describe(SweepOptions& options) {
  analysis::OptionTable table;
  table.add("out", &options.out, "folder for records and tables [out/sweep]");
  table.add("workers", &options.workers,
            "jobs that run side by side, >= 1 [cores / threads of a job]");
  table.add("memory", &options.memory,
            "memory for all workers together, GiB, > 0 [what the system has to give]");
  table.add("shard", &options.shard,
            "i/n: only every n-th job from the i-th on, as for an array of cluster jobs [1/1]");
  table.add("dry-run", &options.dry_run, "only list the jobs, with an estimate of time and memory");
  table.add("retry-failed", &options.retry_failed, "run jobs again whose record says failed");
  return table;
}

analysis::Shard parse_shard(const std::string& text) {
  analysis::Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.index);
  bool good = first.ec == std::errc{} && first.ptr != end && *first.ptr == '/';
  if (good) {
    const auto second = std::from_chars(first.ptr + 1, end, shard.count);
    good = second.ec == std::errc{} && second.ptr == end;
  }
  require(good && shard.index >= 1 && shard.index <= shard.count,
          "--shard: expected i/n with 1 <= i <= n, got '{}'", text);
  return shard;
}

std::size_t worker_count(const SweepOptions& options, int threads_per_job) {
  const Index asked = options.workers.value_or(0);
  constexpr Index kMost = 4096;
  require(!options.workers || (asked >= 1 && asked <= kMost), "--workers: expected 1 .. {}, got {}",
          kMost, asked);
  if (options.workers) return static_cast<std::size_t>(asked);
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  return std::max(1U, cores / static_cast<unsigned>(threads_per_job));
}

double memory_budget(const SweepOptions& options) {
  if (!options.memory) return analysis::available_memory();
  require(*options.memory > 0 && std::isfinite(*options.memory),
          "--memory: expected a number of GiB > 0, got {}", *options.memory);
  return *options.memory * kGibibyte;
}

}  // namespace saddlescope::apps
