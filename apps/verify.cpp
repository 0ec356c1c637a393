// saddlescope verify: measures every claim of the theory and says which hold.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "option_flags.hpp"
#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/verification.hpp"

namespace saddlescope::apps {
namespace {

int run_verify(const analysis::VerifyOptions& given) {
  const analysis::VerifyOptions options = effective(given);
  const std::vector<analysis::Claim> claims =
      analysis::select_claims(analysis::all_claims(), options.claims);
  if (options.list) {
    fmt::print("{}", analysis::list_text(claims));
    return 0;
  }
  const std::filesystem::path folder = output_folder(options.out);
  start_threads(options.threads);

  const std::vector<analysis::Verified> results = [&] {
    const ProgressLine progress;
    return verify(claims, options, progress.show());
  }();
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
