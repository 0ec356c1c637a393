// Timing a kernel against its floor so that the ratio survives a busy machine, and the table of
// ratios at the end.
//
// Kernel and floor run in turn, each first every other time, and the ratio is the median over the
// pairs of (time of the kernel)/(time of its floor): both halves of a pair meet the same load.
#pragma once

#include <functional>
#include <vector>

#include <benchmark/benchmark.h>

#include "floors.hpp"

namespace saddlescope::bench {

struct Contest {
  std::function<void()> kernel;
  Floor floor;
  Floor rest = {};                     // may be empty: see product_rest
  std::function<void()> prepare = {};  // may be empty: not timed, before each pair
  double flops = 0;                    // of the kernel; 0: those of the floor
};

// Runs the contest in the loop of `state` (which must use manual time) and sets the counters
//   median_s, floor_s   median seconds of kernel and floor
//   GFLOPs              1e-9 flops / median_s
//   ratio               to the floor
//   ratio_12pm          to the floor with its rest, where there is one
void run(benchmark::State& state, const Contest& contest);

// How many pairs to run: enough to fill a fifth of a second with that many flops at 20 GFLOP/s, 3
// at least and 500 at most.
[[nodiscard]] benchmark::IterationCount pairs(double flops);

// Google Benchmark's table, then one line of ratios per benchmark, then the claims: a benchmark
// labelled with one of these is held against its bound.
inline constexpr const char* kProductClaim = "claim (a)";   // ratio_12pm <= 2
inline constexpr const char* kAssemblyClaim = "claim (b)";  // ratio < 1/10; the floor is the solve

inline constexpr const char* kBlockSolveClaim = "claim (c)";  // ratio <= 1/150; the dense inverse
inline constexpr const char* kTrainingClaim = "claim (d)";    // ratio <= 2.5

class RatioReporter : public benchmark::ConsoleReporter {
 public:
  RatioReporter() : ConsoleReporter(OO_None) {}
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  std::vector<Run> runs_;
};

}  // namespace saddlescope::bench
