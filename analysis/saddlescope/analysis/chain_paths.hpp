// Chains of a few weights on the published toy, x ~ N(1, 0.1^2), y = -x, and gradient descent on
// their loss and on their equilibrated energy. Internal to studies.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::analysis {

struct Chain {
  Architecture architecture;  // L weight layers, d_x = d_y = n_l = width
  Dataset data;
  std::unique_ptr<Objective<double>> mse, energy;
};
[[nodiscard]] Chain make_chain(Index layers, Index width, std::uint64_t seed);

struct ChainPath {
  std::vector<Vector> theta;  // of every update, the start first
  std::vector<double> loss;   // the MSE there, whatever was descended
  std::optional<Index> left;  // the first with 90 % of the initial loss or less
};
// Ends early where a number is not finite.
[[nodiscard]] ChainPath descend(const Chain& chain, bool energy, const Vector& start, double rate,
                                Index updates);

}  // namespace saddlescope::analysis
