#include "saddlescope/analysis/claim_registry.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

// The least number of insertions, deletions and replacements that turn a into b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

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
  for (const std::string& id : ids) {
    const auto nearest =
        std::min_element(claims.begin(), claims.end(), [&](const Claim& a, const Claim& b) {
          return edit_distance(a.id, id) < edit_distance(b.id, id);
        });
    require(nearest != claims.end() && nearest->id == id,
            "claim '{}': unknown; the nearest known one is '{}' (verify --list shows all)", id,
            nearest == claims.end() ? "" : nearest->id);
  }
  std::vector<Claim> out;
  for (const Claim& claim : claims) {
    if (std::find(ids.begin(), ids.end(), claim.id) != ids.end()) out.push_back(claim);
  }
  return out;
}

}  // namespace saddlescope::analysis
