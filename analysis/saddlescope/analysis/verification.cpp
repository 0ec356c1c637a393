#include "saddlescope/analysis/verification.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

OptionTable describe(VerifyOptions& options) {
  OptionTable table;
  table.add("list", &options.list, "print every claim with its source and tolerance, run nothing",
            OptionRole::kRun);
  table.add("claims", &options.claims, "ids of the claims to verify, e.g. balance-identity [all]");
  table.add("seeds", &options.seeds, "seeds of data and weights for each case, >= 1 [10]");
  table.add("first-seed", &options.first_seed, "the first of these seeds [0]");
  table.add("quick", &options.quick, "a thinned sweep");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/verify]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

VerifyOptions effective(VerifyOptions options) {
  require(options.seeds >= 1, "--seeds: expected >= 1, got {}", options.seeds);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

std::vector<Verified> verify(const std::vector<Claim>& claims, const VerifyOptions& options,
                             const std::function<void(const std::string&)>& progress) {
  std::vector<Verified> out;
  std::mutex lock;
  for (const Claim& claim : claims) {
    ClaimContext context{options.seeds, options.first_seed, options.quick, {}};
    if (progress) {
      context.progress = [&](Index done, Index total) {
        const std::lock_guard guard(lock);
        progress(fmt::format("claim {} of {}: {}, case {} of {}", out.size() + 1, claims.size(),
                             claim.id, done, total));
      };
    }
    out.push_back({claim, claim.run(context)});
  }
  return out;
}

int exit_code(const std::vector<Verified>& results) {
  const auto some = [&](Verdict verdict) {
    return std::any_of(results.begin(), results.end(),
                       [&](const Verified& one) { return one.result.verdict == verdict; });
  };
  if (some(Verdict::kFails)) return 1;
  return some(Verdict::kUndecided) ? 3 : 0;
}

}  // namespace saddlescope::analysis
