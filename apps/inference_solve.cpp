// saddlescope inference solve: the activities at equilibrium, with a certificate.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/solve_files.hpp"
#include "saddlescope/analysis/solve_study.hpp"

namespace saddlescope::apps {
namespace {

int run_solve(const analysis::SolveStudyOptions& given) {
  const analysis::SolveStudyOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::SolveStudyResult result = [&] {
    const ProgressLine progress;
    return solve_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_solve(result, options, folder);
  fmt::print("{}\n", analysis::solve_text(result));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print(
      "written to {}: activities.h5, certificate.json, certificate.csv, network.h5, data.h5{}{}\n",
      folder.string(), result.newton ? "" : ", solve.csv",
      std::filesystem::exists(folder / "solve.png") ? ", solve.png" : "");
  return 0;
}

}  // namespace

Verb add_inference_solve_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "solve",
      "activities at equilibrium, with a certificate: linear networks by any of eight solvers, "
      "others by Newton's method");
  return make_verb(command, &run_solve, "certificate.json");
}

}  // namespace saddlescope::apps
