// saddlescope inference predict: the limiting spectrum of the activity Hessian at initialisation, and
// draws to compare it with.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/inference_predict_files.hpp"
#include "saddlescope/analysis/inference_predict_study.hpp"

namespace saddlescope::apps {
namespace {

int run_predict(const analysis::InferencePredictOptions& given) {
  const analysis::InferencePredictOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::InferencePredictResult result = [&] {
    const ProgressLine progress;
    return inference_predict(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_inference_predict(result, options, folder);
  fmt::print("{}\n", analysis::inference_predict_text(result));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: prediction.json, prediction.csv, atoms.csv, prediction.h5{}\n",
             folder.string(),
             std::filesystem::exists(folder / "prediction.png") ? ", prediction.png" : "");
  return 0;
}

}  // namespace

Verb add_inference_predict_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "predict",
      "random-matrix prediction of the activity Hessian: density, atoms, edges, condition number");
  return make_verb(command, &run_predict, "prediction.json");
}

}  // namespace saddlescope::apps
