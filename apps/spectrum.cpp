// saddlescope spectrum: Hessian spectra of loss and energy at one point.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "option_flags.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/spectrum_files.hpp"
#include "saddlescope/analysis/spectrum_study.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::apps {
namespace {

void warn(const std::string& text) { fmt::print(stderr, "saddlescope: warning: {}\n", text); }

// One line that rewrites itself, and only where someone watches.
analysis::Progress terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](const std::string& text) {
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
  };
}

int run_spectrum(const analysis::SpectrumOptions& given) {
  const analysis::SpectrumOptions options = effective(given);
  const std::filesystem::path folder = options.out;
  require(!std::filesystem::exists(folder) || std::filesystem::is_directory(folder),
          "--out {}: expected a folder, found a file", options.out);
  const int hardware = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  set_threads(options.threads > 0 ? options.threads : hardware);
  if (const std::string note = threads_note(); !note.empty()) warn(note);

  const analysis::Progress progress = terminal_progress();
  const analysis::SpectrumResult result = spectrum_study(options, progress);
  if (progress) fmt::print(stderr, "\r\033[K");
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
  const auto options = std::make_shared<analysis::SpectrumOptions>();
  add_flags(*command, describe(*options));
  return {command, [options] { return run_spectrum(*options); }};
}

}  // namespace saddlescope::apps
