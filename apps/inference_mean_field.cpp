// saddlescope inference mean-field: the infinite-width limit of training, and networks of finite
// width trained by backpropagation and by predictive coding.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/mean_field_files.hpp"
#include "saddlescope/analysis/mean_field_study.hpp"

namespace saddlescope::apps {
namespace {

int run_mean_field(const analysis::MeanFieldStudyOptions& given) {
  const analysis::MeanFieldStudyOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::MeanFieldStudyResult result = [&] {
    const ProgressLine progress;
    return mean_field_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_mean_field(result, options, folder);
  fmt::print("{}\n", analysis::mean_field_text(result, options));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: mean_field.json, mean_field.csv, mean_field.h5, data.h5{}\n",
             folder.string(),
             std::filesystem::exists(folder / "mean_field.png")
                 ? ", mean_field.png, mean_field_kernels.png"
                 : "");
  return 0;
}

}  // namespace

Verb add_inference_mean_field_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "mean-field",
      "infinite-width limit of training (DMFT) beside networks of finite width under BP and PC");
  return make_verb(command, &run_mean_field, "mean_field.json");
}

}  // namespace saddlescope::apps
