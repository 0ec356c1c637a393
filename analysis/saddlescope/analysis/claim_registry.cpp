#include "saddlescope/analysis/claim_registry.hpp"

#include <algorithm>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {

std::vector<Claim> all_claims() {
  std::vector<Claim> out;
  for (const auto& group :
       {energy_claims, derivative_claims, spectrum_claims, critical_point_claims, saddle_claims,
        reduction_claims, invariance_claims, inertia_claims, activity_claims, conditioning_claims,
        solver_claims, batch_claims, dyson_claims, limit_claims, mean_field_claims, slice_claims,
        network_claims, network_law_claims}) {
    for (Claim& claim : group()) out.push_back(std::move(claim));
  }
  return out;
}

std::vector<Claim> select_claims(const std::vector<Claim>& claims,
                                 const std::vector<std::string>& ids) {
  if (ids.empty()) return claims;
  std::vector<std::string> known;
  known.reserve(claims.size());
  for (const Claim& claim : claims) known.push_back(claim.id);
  for (const std::string& id : ids)
    require(std::find(known.begin(), known.end(), id) != known.end(),
            "claim '{}': unknown; the nearest known one is '{}' (verify --list shows all)", id,
            nearest_name(known, id));
  std::vector<Claim> out;
  for (const Claim& claim : claims) {
    if (std::find(ids.begin(), ids.end(), claim.id) != ids.end()) out.push_back(claim);
  }
  return out;
}

}  // namespace saddlescope::analysis
