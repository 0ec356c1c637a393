// saddlescope inference condition: the condition number of the activity Hessian with proved bounds.
#include <filesystem>

#include <fmt/format.h>

#include "failure.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/condition_study.hpp"

namespace saddlescope::apps {
namespace {

int run_condition(const analysis::ConditionStudyOptions& given) {
  const analysis::ConditionStudyOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);
  const analysis::ConditionStudyResult result = [&] {
    const ProgressLine progress;
    return condition_study(options, progress.show());
  }();
  write_condition(result, options, folder);
  fmt::print("{}\nwritten to {}: condition.json\n", analysis::condition_text(result),
             folder.string());
  return result.conditioning.summary.status == Status::kNotFinite ? kFailed : 0;
}

}  // namespace

Verb add_inference_condition_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "condition", "extreme eigenvalues and condition number of the activity Hessian, proved");
  return make_verb(command, &run_condition, "condition.json");
}

}  // namespace saddlescope::apps
