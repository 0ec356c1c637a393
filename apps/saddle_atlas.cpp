// saddlescope saddle atlas: the census of critical points, with certificates and counterexamples.
#include <chrono>
#include <filesystem>

#include <fmt/format.h>

#include "failure.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/atlas_files.hpp"

namespace saddlescope::apps {
namespace {

constexpr int kUndecided = 3;
constexpr Index kEscapesPerDepth = 5;  // of each objective

int run_atlas(const analysis::AtlasOptions& given) {
  const auto start = std::chrono::steady_clock::now();
  analysis::Atlas atlas;
  atlas.options = effective(given);
  const std::filesystem::path folder = output_folder(atlas.options.out);
  start_threads(atlas.options.threads);
  {
    const ProgressLine progress;
    atlas.result = atlas_study(atlas.options, progress.show());
    atlas.census = take_census(atlas.result);
    atlas.transitions = analysis::bottleneck_transitions();
    atlas.escapes = time_escapes(atlas.result, kEscapesPerDepth);
    write_and_check(atlas, folder, progress.show());
  }
  atlas.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const std::vector<std::string> warnings = write_atlas(atlas, folder);
  fmt::print("{}\n", analysis::atlas_text(atlas));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print(
      "written to {}: atlas.json, atlas.h5, certificates.h5, points.csv, census.csv, "
      "orders.csv, findings.csv, transition.csv, escape.csv{}\n",
      folder.string(),
      atlas.options.no_figures || !warnings.empty() ? "" : ", atlas_*.{png,svg,pdf}");
  if (!atlas.result.violations.empty() || (atlas.check && !atlas.check->ok())) return kFailed;
  return atlas.result.undecided.empty() ? 0 : kUndecided;
}

}  // namespace

Verb add_saddle_atlas_verb(CLI::App& saddle) {
  CLI::App* command = saddle.add_subcommand(
      "atlas",
      "classify critical points of all families, depths and kinds of data; exits 1 if one "
      "contradicts the theory, 3 if one is undecided");
  return make_verb(command, &run_atlas, "atlas.json");
}

}  // namespace saddlescope::apps
