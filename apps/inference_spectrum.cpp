// saddlescope inference spectrum: the full spectrum of the activity Hessian, with its random-matrix
// prediction.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/inference_spectrum_files.hpp"
#include "saddlescope/analysis/inference_spectrum_study.hpp"

namespace saddlescope::apps {
namespace {

int run_spectrum(const analysis::InferenceSpectrumOptions& given) {
  const analysis::InferenceSpectrumOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::InferenceSpectrumResult result = [&] {
    const ProgressLine progress;
    return inference_spectrum(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_inference_spectrum(result, options, folder);
  fmt::print("{}\n", analysis::inference_spectrum_text(result));
  for (const std::string& warning : warnings) warn(warning);
  fmt::print("written to {}: spectrum.json, spectrum.csv, spectrum.h5, network.h5{}\n",
             folder.string(),
             std::filesystem::exists(folder / "spectrum.png") ? ", spectrum.png" : "");
  return 0;
}

}  // namespace

Verb add_inference_spectrum_verb(CLI::App& inference) {
  CLI::App* command = inference.add_subcommand(
      "spectrum",
      "full spectrum of the activity Hessian, its parts and its random-matrix prediction");
  return make_verb(command, &run_spectrum, "spectrum.json");
}

}  // namespace saddlescope::apps
