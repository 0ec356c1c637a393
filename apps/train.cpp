// saddlescope train: predictive coding and backpropagation as twins, on any data, resumable.
#include <algorithm>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "interruption.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/train_files.hpp"
#include "saddlescope/analysis/train_seeds.hpp"
#include "saddlescope/analysis/train_study.hpp"

namespace saddlescope::apps {
namespace {

int run_seeds(const analysis::TrainOptions& options, const std::filesystem::path& folder) {
  const analysis::SeedsResult result = [&] {
    const ProgressLine progress;
    return train_seeds(options, folder, progress.show());
  }();
  const std::vector<std::string> warnings = write_train_seeds(result, options, folder);
  fmt::print("{}\n", train_seeds_text(result, options));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: seeds.csv, summary.json{}, and a folder for each seed\n",
             folder.string(), std::filesystem::exists(folder / "seeds.png") ? ", seeds.png" : "");
  const auto finite = [](const analysis::SeedRun& run) {
    const auto& runs = run.summary.at("algorithms");
    return std::all_of(runs.begin(), runs.end(),
                       [](const auto& one) { return one.at("finite") == true; });
  };
  return std::all_of(result.seeds.begin(), result.seeds.end(), finite) ? 0 : 1;
}

// 1 where a run left the finite numbers.
int run_train(const analysis::TrainOptions& given) {
  const analysis::TrainOptions options = resumed_options(given);
  const std::filesystem::path folder = output_folder(options.out);
  std::filesystem::create_directories(folder);
  start_threads(options.threads);
  const bool several = options.seeds > 1;
  const std::filesystem::path state = folder / (several ? analysis::kSeedsState : "checkpoint.h5");
  on_interruption(state,
                  fmt::format("saddlescope train --resume {} goes on from the last checkpoint",
                              folder.string()),
                  "before the first checkpoint; the same command begins anew");
  if (several) return run_seeds(options, folder);
  std::filesystem::remove(folder / "seeds.json");  // of runs that these replace

  const analysis::TrainResult result = [&] {
    const ProgressLine progress;
    return train_study(options, folder, progress.show());
  }();
  const std::vector<std::string> warnings = write_train(result, options, folder);
  fmt::print("{}\n", train_text(result, options));
  for (const std::string& warning : warnings) warn(warning);
  std::string files = "log.csv, log.h5, summary.json, network.h5";
  for (const char* file : {"network_bp.h5", "data.h5", "test_data.h5", "checkpoint.h5", "train.png",
                           "probes.png", "propagation.png", "conditioning.png", "hessians.png"})
    if (std::filesystem::exists(folder / file)) files += fmt::format(", {}", file);
  fmt::print("written to {}: {}\n", folder.string(), files);
  const auto& runs = result.state.runs;
  return std::all_of(runs.begin(), runs.end(), [](const RunState& run) { return run.summary.ok(); })
             ? 0
             : 1;
}

}  // namespace

Verb add_train_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "train", "train a network by predictive coding, by backpropagation, or by both as twins");
  return make_verb(command, &run_train, "summary.json");
}

}  // namespace saddlescope::apps
