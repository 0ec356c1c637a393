// saddlescope saddle search: critical points from random starts, classified and certified.
#include <filesystem>

#include <fmt/format.h>

#include "interruption.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/search_files.hpp"
#include "saddlescope/analysis/search_study.hpp"

namespace saddlescope::apps {
namespace {

int run_search(const analysis::SearchStudyOptions& given) {
  const analysis::SearchStudyOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  std::filesystem::create_directories(folder);
  start_threads(options.threads);
  const std::filesystem::path state = folder / "search_state.h5";
  on_interruption(state, fmt::format("the same command goes on from {}", state.string()),
                  "nothing was written");

  const analysis::SearchStudyResult result = [&] {
    const ProgressLine progress;
    return search_study(options, state, progress.show());
  }();
  const std::vector<std::string> warnings = write_search(result, options, folder);
  fmt::print("{}\n", analysis::search_text(result));
  for (const std::string& warning : warnings) warn(warning);
  std::string files = "search.json, points.csv, search.h5, search_state.h5, network.h5, data.h5";
  for (const char* file : {"certificates.h5", "search.png"})
    if (std::filesystem::exists(folder / file)) files += fmt::format(", {}", file);
  fmt::print("written to {}: {}\n", folder.string(), files);
  return 0;
}

}  // namespace

Verb add_saddle_search_verb(CLI::App& saddle) {
  CLI::App* command =
      saddle.add_subcommand("search", "critical points from random starts, classified, resumable");
  return make_verb(command, &run_search, "search.json");
}

}  // namespace saddlescope::apps
