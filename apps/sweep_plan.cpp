#include "sweep_plan.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sweep_probe.hpp"
#include "terminal.hpp"

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/sweep_estimate.hpp"
#include "saddlescope/analysis/sweep_run.hpp"
#include "saddlescope/analysis/work_progress.hpp"

namespace saddlescope::apps {
namespace {

using analysis::SweepCost;
using analysis::SweepEstimate;

// "(95 %: 1.2 s to 3 s)"
template <class Text>
std::string interval_text(const SweepCost& cost, const Text& text) {
  return std::isfinite(cost.high) ? fmt::format("(95 %: {} to {})", text(cost.low), text(cost.high))
                                  : "(its error is not known)";
}

constexpr double kTrySeconds = 10;

std::string source_text(const SweepEstimate& estimate, const std::string& how) {
  return estimate.options.empty()
             ? fmt::format("the mean of {} jobs {}", estimate.from, how)
             : fmt::format("powers of {}, from {} jobs {}", fmt::join(estimate.options, ", "),
                           estimate.from, how);
}

// Where no job is done some are tried.
void print_estimate(const Sweep& sweep, SweepEstimate estimate, std::size_t to_do) {
  const std::string budget = analysis::memory_text(sweep.memory);
  if (to_do == 0) return;
  std::string how = "done";
  if (estimate.from == 0) {
    const SweepProbe tried = probe_sweep(sweep, kTrySeconds);
    estimate = tried.estimate;
    how = fmt::format("tried for {}{}", analysis::duration_text(tried.seconds),
                      tried.out_of_time ? ", the smallest ones" : "");
  }
  if (estimate.from == 0) {
    fmt::print(
        "time     unknown: no job ended well within {}; {}\n"
        "memory   unknown; {} to share among {} workers\n",
        analysis::duration_text(kTrySeconds),
        to_do > 1 ? fmt::format("--shard 1/{} runs a share of them first",
                                std::max<std::size_t>(2, to_do / 8))
                  : "there is one",
        budget, sweep.workers);
    return;
  }
  // Workers share the sum, and no one ends before the longest job does.
  const auto shared = [&](double sum, double longest) {
    return std::max(sum / static_cast<double>(sweep.workers), longest);
  };
  const SweepCost wall = {shared(estimate.seconds.value, estimate.longest.value),
                          shared(estimate.seconds.low, estimate.longest.low),
                          shared(estimate.seconds.high, estimate.longest.high)};
  fmt::print("time     about {} on {} workers {}: {}\n", analysis::duration_text(wall.value),
             sweep.workers, interval_text(wall, analysis::duration_text),
             source_text(estimate, how));
  fmt::print("memory   about {} for the largest job {}; {} to share\n",
             analysis::memory_text(estimate.memory.value),
             interval_text(estimate.memory, analysis::memory_text), budget);
}

}  // namespace

void print_dry_run(const Sweep& sweep) {
  const analysis::SweepState state =
      sweep_state(sweep.folder, sweep.shares, sweep.options.retry_failed, false);
  for (const std::string& sentence : state.damaged) warn(sentence);
  std::vector<bool> open(sweep.shares.size(), false);
  std::vector<analysis::SweepJob> to_do;
  to_do.reserve(state.to_do.size());
  for (const std::size_t i : state.to_do) {
    open[i] = true;
    to_do.push_back(sweep.shares[i]);
  }
  fmt::print("{:>6}  {:<8}  {}\n", "job", "state", "settings");
  for (std::size_t i = 0; i < sweep.shares.size(); ++i)
    fmt::print("{:>6}  {:<8}  {}\n", sweep.shares[i].number, open[i] ? "to do" : "recorded",
               settings_text(sweep.shares[i].settings));
  fmt::print("\n{} jobs of '{}': {} done, {} failed, {} to do\n", sweep.shares.size(),
             sweep.file.verb_name, state.done, state.failed, to_do.size());
  print_estimate(sweep, estimate_sweep(sweep.folder, sweep.jobs, to_do), to_do.size());
}

}  // namespace saddlescope::apps
