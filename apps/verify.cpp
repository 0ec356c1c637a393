// saddlescope verify: measures every claim of the theory and says which hold.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "option_flags.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/verification.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::apps {
namespace {

void warn(const std::string& text) { fmt::print(stderr, "saddlescope: warning: {}\n", text); }

std::function<void(const std::string&)> terminal_progress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](const std::string& text) {
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
  };
}

int run_verify(const analysis::VerifyOptions& given) {
  const analysis::VerifyOptions options = effective(given);
  const std::vector<analysis::Claim> claims =
      analysis::select_claims(analysis::all_claims(), options.claims);
  if (options.list) {
    fmt::print("{}", analysis::list_text(claims));
    return 0;
  }
  const std::filesystem::path folder = options.out;
  require(!std::filesystem::exists(folder) || std::filesystem::is_directory(folder),
          "--out {}: expected a folder, found a file", options.out);
  const int hardware = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  set_threads(options.threads > 0 ? options.threads : hardware);
  if (const std::string note = threads_note(); !note.empty()) warn(note);

  const auto progress = terminal_progress();
  const std::vector<analysis::Verified> results = verify(claims, options, progress);
  if (progress) fmt::print(stderr, "\r\033[K");
  const std::vector<std::string> warnings = write_verification(results, options, folder);
  fmt::print("{}\n", analysis::verification_text(results));
  for (const std::string& warning : warnings) warn(warning);
  const char* picture = options.no_figures || !warnings.empty() ? "" : ", verify.{png,svg,pdf}";
  fmt::print("written to {}: verify.json, verify.csv{}\n", folder.string(), picture);
  return exit_code(results);
}

}  // namespace

Verb add_verify_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "verify", "measure the claims of the theory; exits 1 if one fails, 3 if one is undecided");
  const auto options = std::make_shared<analysis::VerifyOptions>();
  add_flags(*command, describe(*options));
  return {command, [options] { return run_verify(*options); }};
}

}  // namespace saddlescope::apps
