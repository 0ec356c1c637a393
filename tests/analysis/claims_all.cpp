#include <doctest/doctest.h>

#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/verification.hpp"

namespace saddlescope::analysis {

TEST_CASE("every claim holds in a quick sweep with one seed") {
  VerifyOptions options;
  options.seeds = 1;
  options.quick = true;
  for (const Verified& one : verify(all_claims(), options)) {
    CAPTURE(one.claim.id);
    CAPTURE(one.result.reason);
    CAPTURE(one.result.measurements.worst().recipe.dump());
    CHECK(one.result.verdict == Verdict::kHolds);
    CHECK(one.result.measurements.count() > 0);
  }
}

}  // namespace saddlescope::analysis
