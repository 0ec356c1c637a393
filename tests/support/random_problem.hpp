// Small random problems that tests of energy and Hessians sweep over.
#pragma once

#include <vector>

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::testing {

struct Problem {
  Architecture architecture;
  Dataset data;
  Vector theta;
};

// Unequal widths with scales and precisions drawn from [0.5, 2]; `skips` sets tau_l = 1 wherever
// widths agree.
inline Problem random_problem(std::vector<Index> widths, bool skips, std::uint64_t seed) {
  RandomStream stream(seed, "random problem");
  Problem problem;
  Architecture& net = problem.architecture;
  net.widths = std::move(widths);
  for (std::size_t l = 1; l < net.widths.size(); ++l) {
    net.scales.push_back(stream.uniform(0.5, 2));
    net.precisions.push_back(stream.uniform(0.5, 2));
    net.skips.push_back(skips && net.widths[l] == net.widths[l - 1] ? 1 : 0);
  }
  problem.data.x = stream.normal_matrix(net.input(), 7);
  problem.data.y = stream.normal_matrix(net.output(), 7);
  problem.data.name = "Gaussian";
  problem.theta = stream.normal_matrix(net.n_parameters(), 1) * 0.6;
  return problem;
}

// One layer, a scalar chain, depth with unequal widths, residual layers, a bottleneck, more outputs
// than inputs.
inline std::vector<Problem> random_problems() {
  return {random_problem({4, 3}, false, 1),          random_problem({1, 1, 1}, false, 2),
          random_problem({5, 2, 4, 3}, false, 3),    random_problem({3, 4, 4, 4, 2}, true, 4),
          random_problem({2, 3, 1, 3, 4}, false, 5), random_problem({3, 3, 3}, true, 6)};
}

}  // namespace saddlescope::testing
