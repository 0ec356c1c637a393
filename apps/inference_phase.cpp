// saddlescope inference phase: how the condition number of inference grows with width and depth.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/phase_files.hpp"

namespace saddlescope::apps {
namespace {

int run_phase(const analysis::PhaseOptions& given) {
  const analysis::PhaseOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);
  const analysis::PhaseResult result = [&] {
    const ProgressLine progress;
    return phase_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_phase(result, options, folder);
  fmt::print("{}\n", analysis::phase_text(result));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: phase.json, phase.csv, phase_growth.csv, phase.h5{}\n",
             folder.string(),
             options.no_figures || !warnings.empty() ? "" : ", phase_{maps,curves}.{png,svg,pdf}");
  return 0;
}

}  // namespace

Verb add_inference_phase_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "phase", "condition number of inference over width and depth, as maps and curves");
  return make_verb(command, &run_phase, "phase.json");
}

}  // namespace saddlescope::apps
