// saddlescope inference limits: when predictive coding turns into backpropagation.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/limits_files.hpp"
#include "saddlescope/analysis/limits_study.hpp"

namespace saddlescope::apps {
namespace {

int run_limits(const analysis::LimitsOptions& given) {
  const analysis::LimitsOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::LimitsResult result = [&] {
    const ProgressLine progress;
    return limits_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_limits(result, folder);
  fmt::print("{}\n", analysis::limits_text(result));
  for (const std::string& warning : warnings) warn(warning);
  std::string files = "limits.json, limits.h5";
  for (const char* file : {"limits.csv", "limits_training.csv", "limits_expectation.csv",
                           "limits_maps.png", "limits_laws.png", "limits_training.png"})
    if (std::filesystem::exists(folder / file)) files += fmt::format(", {}", file);
  fmt::print("written to {}: {}\n", folder.string(), files);
  return 0;
}

}  // namespace

Verb add_inference_limits_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "limits", "how PC approaches BP over width and depth, at random weights and along training");
  return make_verb(command, &run_limits, "limits.json");
}

}  // namespace saddlescope::apps
