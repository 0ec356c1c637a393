// saddlescope inference condition: the condition number of the activity Hessian with proved bounds.
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "option_flags.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/condition_study.hpp"

namespace saddlescope::apps {
namespace {

constexpr int kFailed = 1;

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
  const auto options = std::make_shared<analysis::ConditionStudyOptions>();
  add_flags(*command, describe(*options));
  return {command, [options] { return run_condition(*options); }};
}

}  // namespace saddlescope::apps
