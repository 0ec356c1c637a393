// saddlescope saddle classify: what kind of point is this, and what proves it.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/classification_files.hpp"
#include "saddlescope/analysis/classification_study.hpp"

namespace saddlescope::apps {
namespace {

int run_classify(const analysis::ClassificationOptions& given) {
  const analysis::ClassificationOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::ClassificationResult result = [&] {
    const ProgressLine progress;
    return classification_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_classification(result, options, folder);
  fmt::print("{}\n", analysis::classification_text(result));
  for (const std::string& warning : warnings) warn(warning);
  std::string files = "classification.json, network.h5, data.h5";
  for (const Classification& one : result.objectives)
    if (one.certificate) files += ", " + analysis::certificate_name(one);
  if (options.polish)
    for (const Classification& one : result.objectives)
      files += fmt::format(", network_{}.h5", one.objective);
  if (std::filesystem::exists(folder / "eigenvalues.csv")) files += ", eigenvalues.csv";
  if (std::filesystem::exists(folder / "classification.png"))
    files += ", classification.{png,svg,pdf}";
  fmt::print("written to {}: {}\n", folder.string(), files);
  return 0;
}

}  // namespace

Verb add_saddle_classify_verb(CLI::App& saddle) {
  CLI::App* command = saddle.add_subcommand(
      "classify", "verdict on one point under loss and energy, with certificates");
  return make_verb(command, &run_classify, "classification.json");
}

}  // namespace saddlescope::apps
