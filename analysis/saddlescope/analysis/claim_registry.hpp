// Every claim this project makes about networks, linear unless it says otherwise, in the order of
// the table.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/claim.hpp"

namespace saddlescope::analysis {

// One group per file claims_<group>.cpp.
[[nodiscard]] std::vector<Claim> energy_claims();
[[nodiscard]] std::vector<Claim> derivative_claims();
[[nodiscard]] std::vector<Claim> spectrum_claims();
[[nodiscard]] std::vector<Claim> critical_point_claims();
[[nodiscard]] std::vector<Claim> saddle_claims();
[[nodiscard]] std::vector<Claim> reduction_claims();
[[nodiscard]] std::vector<Claim> invariance_claims();
[[nodiscard]] std::vector<Claim> inertia_claims();
[[nodiscard]] std::vector<Claim> activity_claims();
[[nodiscard]] std::vector<Claim> conditioning_claims();
[[nodiscard]] std::vector<Claim> solver_claims();
[[nodiscard]] std::vector<Claim> batch_claims();
[[nodiscard]] std::vector<Claim> dyson_claims();
[[nodiscard]] std::vector<Claim> limit_claims();
[[nodiscard]] std::vector<Claim> mean_field_claims();
[[nodiscard]] std::vector<Claim> slice_claims();

// All of them, in this order.
[[nodiscard]] std::vector<Claim> all_claims();

// Those of `claims` with the given ids, in the registry's order; all when `ids` is empty. Throws
// std::invalid_argument for an unknown id, naming the nearest known one.
[[nodiscard]] std::vector<Claim> select_claims(const std::vector<Claim>& claims,
                                               const std::vector<std::string>& ids);

}  // namespace saddlescope::analysis
