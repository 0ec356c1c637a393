#include "contest.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <fmt/format.h>

namespace saddlescope::bench {
namespace {

template <class Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

double counter(const benchmark::BenchmarkReporter::Run& run, const std::string& name) {
  const auto found = run.counters.find(name);
  return found == run.counters.end() ? 0 : found->second.value;
}

std::string verdict(const benchmark::BenchmarkReporter::Run& run) {
  if (run.report_label == kProductClaim) {
    const double ratio = counter(run, "ratio_12pm");
    return fmt::format(
        "(a) {}: {:.2f} times the DGEMM time of 12 p m flops a vector; at most 2: {}",
        run.run_name.function_name, ratio, ratio <= 2 ? "holds" : "fails");
  }
  const double ratio = counter(run, "ratio");
  if (run.report_label == kBlockSolveClaim)
    return fmt::format("(c) {}: {:.0f} times faster than dpotrf + dpotri; at least 150: {}",
                       run.run_name.function_name, 1 / ratio,
                       ratio <= 1.0 / 150 ? "holds" : "fails");
  if (run.report_label == kTrainingClaim)
    return fmt::format("(d) {}: {:.2f} times its matrix products; at most 2.5: {}",
                       run.run_name.function_name, ratio, ratio <= 2.5 ? "holds" : "fails");
  return fmt::format("(b) {}: {:.4f} of the eigen-solve's time; less than 0.1: {}",
                     run.run_name.function_name, ratio, ratio < 0.1 ? "holds" : "fails");
}

}  // namespace

void run(benchmark::State& state, const Contest& contest) {
  std::vector<double> kernel, floor, ratio, ratio_with_rest;
  double flops = contest.flops;
  for ([[maybe_unused]] auto _ : state) {
    if (contest.prepare) contest.prepare();
    double floor_flops = 0;
    double time = 0;
    const bool kernel_first = kernel.size() % 2 == 1;
    if (kernel_first) time = seconds(contest.kernel);
    const double floor_time = seconds([&] { floor_flops = contest.floor(); });
    const double rest_time = contest.rest ? seconds([&] { contest.rest(); }) : 0;
    if (!kernel_first) time = seconds(contest.kernel);
    state.SetIterationTime(time);
    kernel.push_back(time);
    floor.push_back(floor_time);
    ratio.push_back(time / floor_time);
    ratio_with_rest.push_back(time / (floor_time + rest_time));
    if (contest.flops == 0) flops = floor_flops;
  }
  state.counters["GFLOPs"] = 1e-9 * flops / median(kernel);
  state.counters["median_s"] = median(kernel);
  state.counters["floor_s"] = median(floor);
  state.counters["ratio"] = median(ratio);
  if (contest.rest) state.counters["ratio_12pm"] = median(ratio_with_rest);
}

benchmark::IterationCount pairs(double flops) {
  return static_cast<benchmark::IterationCount>(std::clamp(0.2 * 20e9 / flops, 3.0, 500.0));
}

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs)
    if (run.run_type == Run::RT_Iteration && !run.error_occurred) runs_.push_back(run);
}

void RatioReporter::Finalize() {
  std::ostream& out = GetOutputStream();
  out << fmt::format("\n{:<40}{:>11}{:>11}{:>8}{:>8}{:>12}\n", "", "seconds", "floor", "GFLOPs",
                     "ratio", "to 12 p m");
  for (const Run& run : runs_) {
    const double to_12pm = counter(run, "ratio_12pm");
    out << fmt::format("{:<40}{:>11.3e}{:>11.3e}{:>8.1f}{:>8.3g}{:>12}\n",
                       run.run_name.function_name, counter(run, "median_s"),
                       counter(run, "floor_s"), counter(run, "GFLOPs"), counter(run, "ratio"),
                       to_12pm > 0 ? fmt::format("{:.3g}", to_12pm) : "");
  }
  out << '\n';
  for (const Run& run : runs_)
    if (!run.report_label.empty()) out << verdict(run) << '\n';
  out.flush();
}

}  // namespace saddlescope::bench
