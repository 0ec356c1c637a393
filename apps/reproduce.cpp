// saddlescope reproduce: published experiments, one command each.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "interruption.hpp"
#include "option_flags.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/reproduction_files.hpp"
#include "saddlescope/analysis/reproduction_index.hpp"

namespace saddlescope::apps {
namespace {

void run_study(const analysis::Study& study, const analysis::ReproduceOptions& options,
               const std::filesystem::path& folder) {
  const std::filesystem::path runs = runs_folder(study, folder);
  on_interruption(
      runs,
      fmt::format("the same command goes on with {}, from what is kept of its runs", study.id),
      fmt::format("the same command begins {} anew", study.id));
  const analysis::Reproduction done = [&] {
    const ProgressLine progress;
    const std::string data = study.takes_images ? options.data : "";
    return reproduce(study, {scale_of(options), data, progress.show(), runs});
  }();
  const std::vector<std::string> warnings = write_reproduction(done, options, folder);
  fmt::print("{}", analysis::reproduction_text(done));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: result.json{}\n\n", (folder / study.id).string(),
             options.no_figures
                 ? " and the numbers"
                 : fmt::format(", {}.png and the numbers behind it", done.result.figure.name));
  std::fflush(stdout);
}

int run_reproduce(const analysis::ReproduceOptions& options) {
  if (options.list) {
    fmt::print("{}", analysis::study_list_text());
    return 0;
  }
  const std::vector<analysis::Study> studies = analysis::select_studies(options);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);
  if (!options.all) {
    for (const analysis::Study& study : studies) run_study(study, options, folder);
    return 0;
  }
  // One that breaks does not keep the others from running.
  std::vector<std::string> failures;
  for (const analysis::Study& study : studies) {
    if (is_finished(study, options, folder)) {
      fmt::print("{}: finished before\n\n", study.id);
      std::fflush(stdout);
      continue;
    }
    try {
      run_study(study, options, folder);
    } catch (const std::exception& error) {
      failures.push_back(fmt::format("{}: {}", study.id, error.what()));
      warn(failures.back());
    }
    analysis::write_reproduction_index(failures, folder);
  }
  analysis::write_reproduction_index(failures, folder);
  fmt::print("{} of {} experiments ran; all on one page: {}\n", studies.size() - failures.size(),
             studies.size(), (folder / "index.md").string());
  return failures.empty() ? 0 : 1;
}

}  // namespace

Verb add_reproduce_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "reproduce", "run published experiments again, with their confounds fixed and named");
  const auto options = std::make_shared<analysis::ReproduceOptions>();
  command->add_option("ID", options->ids, "experiments, as --list names them");
  add_flags(*command, describe(*options));
  return {command, [options] { return run_reproduce(*options); }};
}

}  // namespace saddlescope::apps
