// Jobs of a sweep tried before any is done, so that a dry run can foretell the others.
#pragma once

#include "sweep_plan.hpp"

#include "saddlescope/analysis/sweep_estimate.hpp"

namespace saddlescope::apps {

// What was tried, and what it foretells of the jobs to do.
struct SweepProbe {
  analysis::SweepEstimate estimate;
  double seconds = 0;        // spent
  bool out_of_time = false;  // larger jobs were left out
};

// Runs some jobs, seeds aside spread evenly from the smallest to the largest, from the smallest on
// and one at a time, until `seconds` have passed; the one that runs then is ended. Their records are
// kept in a temporary folder, which is removed. Of a sweep whose jobs take longer each nothing is
// known: estimate.from is 0.
[[nodiscard]] SweepProbe probe_sweep(const Sweep& sweep, double seconds);

}  // namespace saddlescope::apps
