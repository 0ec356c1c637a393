// saddlescope reproduce: published experiments, one command each.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "option_flags.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/reproduction_files.hpp"

namespace saddlescope::apps {
namespace {

int run_reproduce(const analysis::ReproduceOptions& options) {
  if (options.list) {
    fmt::print("{}", analysis::study_list_text());
    return 0;
  }
  const std::vector<analysis::Study> studies = analysis::select_studies(options);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);
  for (const analysis::Study& study : studies) {
    const analysis::Reproduction done = [&] {
      const ProgressLine progress;
      return reproduce(study, {scale_of(options), options.data, progress.show()});
    }();
    const std::vector<std::string> warnings = write_reproduction(done, options, folder);
    fmt::print("{}", analysis::reproduction_text(done));
    for (const std::string& warning : warnings) warn(warning);
    fmt::print("written to {}: result.json, {}.png and the numbers behind it\n\n",
               (folder / study.id).string(), done.result.figure.name);
  }
  return 0;
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
