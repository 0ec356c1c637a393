// saddlescope slice: loss and energy on a line or plane through a point, with the ways of descent.
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/slice_files.hpp"
#include "saddlescope/analysis/slice_study.hpp"

namespace saddlescope::apps {
namespace {

int run_slice(const analysis::SliceStudyOptions& given) {
  const analysis::SliceStudyOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::SliceStudyResult result = [&] {
    const ProgressLine progress;
    return slice_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_slice(result, options, folder);
  fmt::print("{}\n", analysis::slice_text(result));
  for (const std::string& warning : warnings) warn(warning);
  std::string files = "slice.json, slice.csv, slice.h5, network.h5, data.h5";
  for (const char* file :
       {"slice_trajectory.csv", "slice.png", "slice_field.png", "slice_trajectory.png"})
    if (std::filesystem::exists(folder / file)) files += fmt::format(", {}", file);
  fmt::print("written to {}: {}\n", folder.string(), files);
  return 0;
}

}  // namespace

Verb add_slice_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "slice", "loss and energy on a line or plane through a point, drawn with training's way");
  return make_verb(command, &run_slice, "slice.json");
}

}  // namespace saddlescope::apps
