// The side on which an argument of phi leaves a kink that a minimum does not need.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"

#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// The arguments of phi that depend on free activities, and F.
struct Seen {
  Vector arguments;
  double energy = 0;
};
Seen look(const testing::NetworkProblem& p, Index sample, const Vector& z) {
  NetworkPass<double> pass;
  const NetworkEnergy<double> energy = p.energy();
  energy.evaluate(p.theta, p.x.col(sample), p.y.col(sample), z, pass);
  Seen out;
  out.energy = energy.energies(pass)[0];
  for (Index l = 1; l < p.architecture.depth(); ++l) {
    const auto at = static_cast<std::size_t>(l);
    if (!p.architecture.activates_input(l) && !p.architecture.activates_sum(l)) continue;
    const Matrix& u = p.architecture.activates_input(l) ? pass.z[at] : pass.layers[at].sum;
    const Index before = out.arguments.size();
    out.arguments.conservativeResize(before + u.rows());
    out.arguments.tail(u.rows()) = u.col(0);
  }
  return out;
}

// What a release did: to which side the argument went, and F's derivative along the step at its
// start and end.
struct Release {
  bool right = false;
  double slope_before = 0, slope_after = 0, rounding = 0;
};

// `from` is where the kink was let go, `to` the end of the next step. Nothing where that step ended
// on a kink or went through one: F is no quadratic along it then.
std::optional<Release> release(const testing::NetworkProblem& p, Index sample, const Vector& from,
                               const Vector& to) {
  const Seen start = look(p, sample, from), middle = look(p, sample, (from + to) / 2),
             end = look(p, sample, to);
  constexpr double kHeld =
      1e-12;  // arguments at kinks are there to rounding, others are of order 1
  std::optional<Release> out;
  for (Index j = 0; j < start.arguments.size(); ++j) {
    const double u = start.arguments[j], v = end.arguments[j];
    const bool was_held = std::abs(u) <= kHeld, is_held = std::abs(v) <= kHeld;
    if (was_held && !is_held) {
      if (out) return std::nullopt;
      out.emplace().right = v > 0;
    } else if (was_held != is_held || (!is_held && (u > 0) != (v > 0))) {
      return std::nullopt;
    }
  }
  if (!out) return out;
  // Differences of second order, exact for quadratics.
  out->slope_before = 4 * middle.energy - 3 * start.energy - end.energy;
  out->slope_after = 3 * end.energy - 4 * middle.energy + start.energy;
  out->rounding = 256 * kEps * (1 + start.energy);  // of 8 energies of a few dozen terms each
  return out;
}

}  // namespace

// With ReLU and the squared loss F is quadratic between kinks, so that Newton's step on the side
// where F falls ends where F's derivative along it is 0. With the slope of the other side in the
// gradient it would end elsewhere.
TEST_CASE("a kink is left to the side on which F falls, by the exact step there") {
  for (const Placement placement : {Placement::kPre, Placement::kPost}) {
    CAPTURE(name(placement));
    int left = 0, right = 0;
    for (std::uint64_t seed = 0; seed < 24; ++seed) {
      const Architecture net{{4, 16, 16, 3},    {1, 1, 1}, {0, 0, 0}, {1, 1, 1},
                             Activation::kRelu, placement, false,     OutputLoss::kMse};
      testing::NetworkProblem p = testing::network_problem(net, 0, {}, 6, 400 + seed);
      p.x *= 0.3;  // with large targets activities move far, and kinks on the way are let go again
      p.y *= 4;
      std::vector<Matrix> path = {Matrix()};
      for (bool moves = true; moves;) {
        const NetworkEquilibrium here = network_equilibrium(
            p.energy(), p.theta, p.x, p.y, {.max_steps = static_cast<Index>(path.size())});
        path.push_back(here.z);
        moves = std::any_of(here.samples.begin(), here.samples.end(), [](const auto& one) {
          return one.verdict == StationarityVerdict::kCapped;
        });
      }
      for (Index sample = 0; sample < p.x.cols(); ++sample)
        for (std::size_t k = 1; k + 2 < path.size(); ++k) {
          const Vector before = path[k].col(sample), held = path[k + 1].col(sample),
                       after = path[k + 2].col(sample);
          if (before != held || held == after) continue;
          const auto found = release(p, sample, held, after);
          if (!found) continue;
          (found->right ? right : left) += 1;
          CHECK(found->slope_before < 0);
          CHECK(std::abs(found->slope_after) <= found->rounding);
        }
    }
    CHECK(left >= 4);
    CHECK(right >= 4);
  }
}

}  // namespace saddlescope
