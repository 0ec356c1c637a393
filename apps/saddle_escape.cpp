// saddlescope saddle escape: how long gradient flow takes to leave a saddle,
// predicted and measured.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/escape_files.hpp"
#include "saddlescope/analysis/escape_study.hpp"

namespace saddlescope::apps {
namespace {

int run_escape(const analysis::EscapeStudyOptions& given) {
  const analysis::EscapeStudyOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::EscapeStudyResult result = [&] {
    const ProgressLine progress;
    return escape_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_escape(result, options, folder);
  fmt::print("{}\n", analysis::escape_text(result));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: escape.json, escape.csv, escape.h5, network.h5, data.h5{}\n",
             folder.string(), std::filesystem::exists(folder / "escape.png") ? ", escape.png" : "");
  return 0;
}

}  // namespace

Verb add_saddle_escape_verb(CLI::App& saddle) {
  CLI::App* command = saddle.add_subcommand(
      "escape", "time that gradient flow takes to leave a saddle, predicted and measured");
  return make_verb(command, &run_escape, "escape.json");
}

}  // namespace saddlescope::apps
