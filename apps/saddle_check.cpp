// saddlescope saddle check FILE..: replays certificates of strict saddles.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/base/require.hpp"
#include "saddlescope/saddle/certificate_file.hpp"

namespace saddlescope::apps {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  int threads = 0;
};

constexpr std::size_t kShown = 10;  // failures printed

// The files of certificates in a folder, as verbs name them; a file stands for itself.
std::vector<std::string> certificate_files(const std::string& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path)) return {path};
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("certificate") && name.ends_with(".h5")) files.push_back(entry.path());
  }
  require(!files.empty(), "{}: expected certificate_*.h5 or certificates.h5 in it, found none",
          path);
  std::sort(files.begin(), files.end());
  return files;
}

int run_check(const CheckOptions& options) {
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  start_threads(options.threads);
  const auto start = std::chrono::steady_clock::now();
  Index n_certificates = 0;
  std::size_t n_failed = 0;
  double epsilon = 0;
  double curvature = -std::numeric_limits<double>::infinity();
  std::vector<std::string> files;
  for (const std::string& path : options.files)
    for (std::string& file : certificate_files(path)) files.push_back(std::move(file));
  for (const std::string& file : files) {
    const CheckReport report = [&] {
      const ProgressLine progress;
      return check_certificates(file, progress.show());
    }();
    n_certificates += report.n_certificates;
    epsilon = std::max(epsilon, report.largest_gradient_bound);
    curvature = std::max(curvature, report.weakest_curvature_bound);
    for (const FailedCertificate& failed : report.failed)
      if (n_failed++ < kShown)
        fmt::print("does not replay: {}: {}: {}\n", file, failed.where, failed.failure);
  }
  if (n_failed > 0) {
    fmt::print("{} of {} certificates do not replay{}\n", n_failed, n_certificates,
               n_failed > kShown ? fmt::format("; the first {} are named above", kShown) : "");
    return 1;
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print(
      "all {} certificates replay: |gradient| <= {:.3g} and least eigenvalue <= {:.3g} at every "
      "point ({:.2f} s)\n",
      n_certificates, epsilon, curvature, seconds.count());
  return 0;
}

}  // namespace

Verb add_saddle_check_verb(CLI::App& saddle) {
  CLI::App* command = saddle.add_subcommand(
      "check",
      "prove again that points are nearly critical and have negative curvature; exits 0 only if "
      "every certificate replays, 1 if an inequality fails, 2 for files without certificates");
  const auto options = std::make_shared<CheckOptions>();
  command
      ->add_option("files", options->files,
                   "files of certificates (HDF5), or folders that hold some")
      ->required();
  command->add_option("--threads", options->threads,
                      "threads, >= 1 [as many as the hardware runs]");
  return {command, [options] { return run_check(*options); }};
}

}  // namespace saddlescope::apps
