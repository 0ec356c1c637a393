// saddlescope spectrum: Hessian spectra of loss and energy at one point.
#include <filesystem>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/spectrum_files.hpp"
#include "saddlescope/analysis/spectrum_study.hpp"

namespace saddlescope::apps {
namespace {

int run_spectrum(const analysis::SpectrumOptions& given) {
  const analysis::SpectrumOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const analysis::SpectrumResult result = [&] {
    const ProgressLine progress;
    return spectrum_study(options, progress.show());
  }();
  const std::vector<std::string> warnings = write_spectrum(result, options, folder);
  fmt::print("{}\n", spectrum_text(result));
  for (const std::string& warning : warnings) warn(warning);
  std::string picture;
  if (!options.no_figures && warnings.empty()) {
    picture = ", spectrum.{png,svg,pdf}";
    if (std::filesystem::exists(folder / "hessian.png")) picture += ", hessian.{png,svg,pdf}";
  }
  fmt::print("written to {}: spectrum.h5, spectrum.csv, summary.json, network.h5, data.h5{}\n",
             folder.string(), picture);
  return 0;
}

}  // namespace

Verb add_spectrum_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "spectrum", "Hessian spectra of the loss and of the equilibrated energy at one point");
  return make_verb(command, &run_spectrum, "summary.json");
}

}  // namespace saddlescope::apps
