#include "saddlescope/analysis/limits_study.hpp"

#include <chrono>

namespace saddlescope::analysis {
namespace {

template <class Task>
double seconds_of(const Task& task) {
  const auto begin = std::chrono::steady_clock::now();
  task();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

LimitsResult limits_study(const LimitsOptions& given,
                          const std::function<void(const std::string&)>& progress) {
  LimitsResult result;
  result.options = effective(given);
  const LimitsOptions& options = result.options;
  result.data = load(options.data);
  if (options.has_part("expectation")) {
    result.expectation_seconds = seconds_of([&] {
      result.expectation = mean_schur_table(options.lambda, options.seed, options.draws, progress);
    });
  }
  if (options.has_part("init"))
    result.map_seconds =
        seconds_of([&] { result.map = limits_map(options, result.data, progress); });
  if (options.has_part("training"))
    result.training_seconds =
        seconds_of([&] { result.training = limits_training(options, result.data, progress); });
  return result;
}

}  // namespace saddlescope::analysis
