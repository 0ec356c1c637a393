// What the jobs still to do will take, learnt from those that are done.
//
// Time and memory of a job are taken as powers of the swept numbers,
//
//   seconds = c x_1^{p_1} .. x_k^{p_k},   x: the swept options with numbers > 0, seeds aside,
//
// fitted by least squares on logarithms; of a list, as of widths, the sum stands in. Where the jobs
// done are too few for that (one more than the numbers that vary among them, and one), their mean
// stands in and nothing is known of its error.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "saddlescope/analysis/sweep_job.hpp"

namespace saddlescope::analysis {

// A quantity with the ends of its 95 % interval: 0 and infinity where nothing is known of its error.
struct SweepCost {
  double value = 0, low = 0, high = 0;
};

struct SweepEstimate {
  std::size_t from = 0;              // jobs done; 0: nothing is known
  std::vector<std::string> options;  // x_1 .. x_k; empty: the mean
  SweepCost seconds;                 // of all jobs to do, one after the other
  SweepCost longest;                 // of the longest job to do, seconds
  SweepCost memory;                  // of the largest job to do, bytes
};

// One job of each setting, seeds aside, by the product of its numbers x, the smallest first (as
// positions among `jobs`): the order in which they are likely to take longer.
[[nodiscard]] std::vector<std::size_t> by_size(const std::vector<SweepJob>& jobs);

// From the records of `jobs`, for `to_do`, which sweep the same options. Each of the intervals of
// sums is the sum of the jobs' own ones: it assumes that they err together.
[[nodiscard]] SweepEstimate estimate_sweep(const std::filesystem::path& folder,
                                           const std::vector<SweepJob>& jobs,
                                           const std::vector<SweepJob>& to_do);

}  // namespace saddlescope::analysis
