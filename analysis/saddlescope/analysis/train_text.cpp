#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/train_files.hpp"

namespace saddlescope::analysis {
namespace {

std::string network_line(const TrainResult& result, const TrainOptions& options) {
  return network_title(result.problem.problem) +
         (options.precision == "single" ? ", single precision" : "");
}

// Resumed, and no run has gone beyond.
bool is_complete(const TrainResult& result) {
  return std::all_of(result.state.runs.begin(), result.state.runs.end(),
                     [&](const RunState& run) { return run.updates <= result.resumed_at; });
}

}  // namespace

std::string train_text(const TrainResult& result, const TrainOptions& options) {
  const TrainProblem& problem = result.problem;
  std::string text = fmt::format(
      "data     {}: {} to train, {} to test\nnetwork  {}, {} parameters\n",
      problem.problem.data.name, problem.train.n_samples(), problem.test.n_samples(),
      network_line(result, options), problem.problem.network.architecture.n_parameters());
  text += fmt::format("update   {} at {:g}, {}, batches of {}\n", options.optimiser,
                      *options.learning_rate, options.schedule,
                      batch_size(options, problem.train.n_samples()));
  if (options.algorithm != "bp")
    text += fmt::format(
        "inference {}{}, {}{}\n", options.inference_method,
        options.precision == "single" && options.inference_method == "newton" ? " (in double)" : "",
        options.tolerance ? fmt::format("to {:g} of the gradient's terms, at most {} steps",
                                        *options.tolerance, *options.inference_steps)
                          : fmt::format("{} steps", *options.inference_steps),
        options.incremental ? ", weights updated after each" : "");
  if (result.resumed_at > 0)
    text +=
        is_complete(result)
            ? fmt::format(
                  "complete before: nothing was left to train after update {}; a higher "
                  "--epochs goes on{}\n",
                  result.resumed_at,
                  options.schedule == "cosine" ? ", except under the schedule cosine, which is over"
                                               : "")
            : fmt::format("resumed after update {}\n", result.resumed_at);
  text += fmt::format("\n  {:<22}", "");
  for (const RunState& run : result.state.runs) text += fmt::format("{:>14}", run.algorithm);
  text += "\n";
  const auto line = [&](const char* label, auto&& cell) {
    text += fmt::format("  {:<22}", label);
    for (std::size_t i = 0; i < result.state.runs.size(); ++i)
      text += fmt::format("{:>14}", std::string(cell(i)));
    text += "\n";
  };
  const auto column = [&](const char* label, const char* name, double factor, const char* format) {
    line(label, [&](std::size_t i) {
      const auto series = result.log.series(result.state.runs[i].algorithm, name);
      return series.empty() ? std::string("-")
                            : fmt::format(fmt::runtime(format), factor * series.back().value);
    });
  };
  const auto optional = [&](const char* label, const auto& values, double factor) {
    line(label, [&](std::size_t i) {
      return values[i] ? fmt::format("{:.3g}", factor * *values[i]) : std::string("-");
    });
  };
  column("test accuracy (%)", "test_accuracy", 100, "{:.2f}");
  column("training accuracy (%)", "train_accuracy", 100, "{:.2f}");
  column("test loss", "test_loss", 1, "{:.6g}");
  column("training loss", "train_loss", 1, "{:.6g}");
  if (options.tolerance) column("inference converged (%)", "converged", 100, "{:.2f}");
  line("updates", [&](std::size_t i) { return std::to_string(result.state.runs[i].updates); });
  line("seconds",
       [&](std::size_t i) { return fmt::format("{:.3g}", result.state.runs[i].seconds); });
  optional("ms per update", result.seconds_per_update, 1000);
  optional("multiple of its GEMMs", result.gemm_multiple, 1);
  return text;
}

}  // namespace saddlescope::analysis
