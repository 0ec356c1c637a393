// Runs claims and turns their results into a table, files, a figure and an exit code.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/claim.hpp"
#include "saddlescope/analysis/options.hpp"

namespace saddlescope::analysis {

struct VerifyOptions {
  bool list = false;
  std::vector<std::string> claims;  // ids; empty: all
  int seeds = 10;                   // >= 1
  std::uint64_t first_seed = 0;
  bool quick = false;
  int threads = 0;  // 0: as many as the hardware runs
  std::string out = "out/verify";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(VerifyOptions& options);

// The options with defaults spelled out; throws std::invalid_argument naming the field that is out
// of range.
[[nodiscard]] VerifyOptions effective(VerifyOptions options);

struct Verified {
  Claim claim;
  ClaimResult result;
};

// Runs `claims` in order, the cases of each in parallel. `progress` gets a line to show; it is
// never called by two threads at once. Every number but `seconds` is the same for any number of
// threads.
[[nodiscard]] std::vector<Verified> verify(
    const std::vector<Claim>& claims, const VerifyOptions& options,
    const std::function<void(const std::string&)>& progress = {});

// 0: all hold; 1: one fails; 3: none fails, one is undecided.
[[nodiscard]] int exit_code(const std::vector<Verified>& results);

// Ids, statements, sources, sweeps and tolerances, for reading.
[[nodiscard]] std::string list_text(const std::vector<Claim>& claims);
// The table, and below it what fails or is undecided, with the case that shows it.
[[nodiscard]] std::string verification_text(const std::vector<Verified>& results);

// verify.json: {options, provenance, exit_code, claims: [{id, statement, source, sweep, tolerance,
// verdict, reason, cases, measurements, failed, unresolved, undecided, worst: {quantity, error,
// tolerance, ratio, case}, seconds}]}. A ratio that is not finite is null.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<Verified>& results,
                                             const VerifyOptions& options);

// Writes verify.json, verify.csv and the figure of ratios to `folder`, which is made if missing.
// Returns warnings: why there is no figure.
std::vector<std::string> write_verification(const std::vector<Verified>& results,
                                            const VerifyOptions& options,
                                            const std::filesystem::path& folder);

}  // namespace saddlescope::analysis
