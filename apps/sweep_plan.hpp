// A sweep as it is to run here, and what a dry run says of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "sweep_file.hpp"
#include "sweep_options.hpp"

#include "saddlescope/analysis/sweep_job.hpp"
#include "saddlescope/analysis/sweep_lock.hpp"

namespace saddlescope::apps {

struct Sweep {
  SweepOptions options;
  analysis::Shard shard;
  SweepFile file;
  std::vector<analysis::SweepJob> jobs;    // of all shards
  std::vector<analysis::SweepJob> shares;  // of this one
  std::filesystem::path folder;
  std::size_t workers = 1;
  double memory = 0;  // bytes
};

// The jobs, which of them are recorded, and what the others will take, to the standard output.
void print_dry_run(const Sweep& sweep);

}  // namespace saddlescope::apps
