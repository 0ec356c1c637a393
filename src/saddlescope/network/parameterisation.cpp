#include "saddlescope/network/parameterisation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

namespace {

constexpr std::array<std::pair<const char*, Parameterisation>, 3> kNames{{
    {"sp", Parameterisation::kSp},
    {"ntp", Parameterisation::kNtp},
    {"mupc", Parameterisation::kMupc},
}};

// a_1 .. a_L of the table in the header.
std::vector<double> layer_scales(const ArchitectureOptions& options) {
  const std::size_t L = options.widths.size() - 1;
  std::vector<double> scales(L, 1.0);
  const auto fan_in = [&](std::size_t layer) {
    return static_cast<double>(options.widths[layer - 1]);
  };
  if (options.parameterisation != Parameterisation::kSp) {
    const double depth = options.skips ? static_cast<double>(L) : 1.0;
    scales[0] = 1 / std::sqrt(fan_in(1));
    for (std::size_t l = 2; l < L; ++l) scales[l - 1] = 1 / std::sqrt(fan_in(l) * depth);
    // The last layer carries no depth factor, and is the whole table for L = 1.
    scales[L - 1] = options.parameterisation == Parameterisation::kNtp ? 1 / std::sqrt(fan_in(L))
                                                                       : 1 / fan_in(L);
  }
  scales[L - 1] /= options.gamma;
  return scales;
}

}  // namespace

Architecture make_architecture(const ArchitectureOptions& options) {
  require(options.widths.size() >= 2, "widths: expected at least 2 (n_0 and n_L), got {}",
          options.widths.size());
  for (std::size_t l = 0; l < options.widths.size(); ++l)
    require(options.widths[l] >= 1, "width n_{}: expected >= 1, got {}", l, options.widths[l]);
  require(std::isfinite(options.gamma) && options.gamma > 0,
          "richness gamma: expected a finite number > 0, got {}", options.gamma);
  require(std::isfinite(options.lambda) && options.lambda > 0,
          "output precision lambda: expected a finite number > 0, got {}", options.lambda);

  const std::size_t L = options.widths.size() - 1;
  Architecture out;
  out.widths = options.widths;
  out.scales = layer_scales(options);
  out.skips.assign(L, 0);
  if (options.skips && L > 2) std::fill(out.skips.begin() + 1, out.skips.end() - 1, 1);
  out.activation = options.activation;
  out.placement = options.placement;
  out.biases = options.biases;
  out.loss = options.loss;
  out.precisions = options.precisions;
  if (out.precisions.empty()) {
    out.precisions.assign(L, 1.0);
    out.precisions.back() = options.lambda;
  }
  check(out);
  return out;
}

Parameterisation parse_parameterisation(const std::string& name) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return name == entry.first; });
  if (found == kNames.end()) require_known("parameterisation", {"sp", "ntp", "mupc"}, name);
  return found->second;
}

std::string name(Parameterisation parameterisation) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(), [&](const auto& entry) {
    return parameterisation == entry.second;
  });
  return found->first;
}

}  // namespace saddlescope
