// The flags of saddlescope sweep beside its file.
#pragma once

#include <optional>
#include <string>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/sweep_lock.hpp"

namespace saddlescope::apps {

struct SweepOptions {
  std::string file;  // positional
  std::optional<Index> workers;
  std::optional<double> memory;  // GiB
  std::string shard = "1/1";
  bool dry_run = false;
  bool retry_failed = false;
  std::string out = "out/sweep";
};

[[nodiscard]] analysis::OptionTable describe(SweepOptions& options);

// "2/3": 1 <= i <= n. Throws std::invalid_argument for any other text.
[[nodiscard]] analysis::Shard parse_shard(const std::string& text);

// As many as asked for, else as the cores allow with this many threads for each job; >= 1.
[[nodiscard]] std::size_t worker_count(const SweepOptions& options, int threads_per_job);

// Bytes; else what the system has to give.
[[nodiscard]] double memory_budget(const SweepOptions& options);

}  // namespace saddlescope::apps
