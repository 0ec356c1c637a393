#include "saddlescope/theory/dyson_quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>

#include <fmt/format.h>

namespace saddlescope {
namespace {

using std::numbers::pi;

// s(t) and 1 - s(t), each to full relative accuracy.
double share_below(double t) { return 1 / (1 + std::exp(-pi * std::sinh(t))); }
double share_above(double t) { return share_below(-t); }

double abscissa(double low, double high, double t) {
  const double length = std::log(high / low);
  return t < 0 ? low * std::exp(length * share_below(t))
               : high * std::exp(-length * share_above(t));
}

// Closer to an end than this share, x and the end cannot be told apart by more than a few digits.
double outermost(double low, double high) {
  constexpr double kClosest = 1e-12, kRoundings = 1e3 * 2.2e-16;
  const double share = std::max(kClosest, kRoundings / std::log(high / low));
  return std::asinh(-std::log(share) / pi);
}

struct Node {
  Index j = 0;
  double x = 0, density = 0;
  std::optional<DysonSolution> solution;  // empty: extrapolated
};

class Quadrature {
 public:
  Quadrature(const DysonChain& chain, double low, double high)
      : chain_(chain), low_(low), high_(high), end_(outermost(low, high)) {}

  BulkQuadrature run() {
    constexpr double kTolerance = 1e-7;
    double mass = 0;
    for (int level = 3; level <= kFinest; ++level) {
      stride_ = Index{1} << (kFinest - level);
      sweep(+1);
      sweep(-1);
      if (out_.gap) return std::move(out_);
      const double before = mass;
      mass = sum();
      out_.converged = level > 3 && std::abs(mass - before) <= kTolerance * chain_.mass();
      if (out_.converged) break;
    }
    if (!out_.converged) out_.split_at = least_inside();
    return result();
  }

 private:
  static constexpr int kFinest = 7;  // spacing 2^-7 in t

  [[nodiscard]] double spacing() const {
    return std::ldexp(static_cast<double>(stride_), -kFinest);
  }
  [[nodiscard]] static double parameter(Index j) {
    return std::ldexp(static_cast<double>(j), -kFinest);
  }

  // Fills the nodes of this level on one side of the middle, from the middle.
  void sweep(int side) {
    const Node *near = nullptr, *before = nullptr;
    for (Index k = 0; std::abs(parameter(k)) <= end_ && !out_.gap; k += stride_) {
      const Index j = side * k;
      const auto known = nodes_.find(j);
      const Node& node = known != nodes_.end()
                             ? known->second
                             : nodes_.emplace(j, solve(j, side, near, before)).first->second;
      before = near;
      near = &node;
    }
  }

  [[nodiscard]] static double share(Index j) { return share_above(std::abs(parameter(j))); }

  Node solve(Index j, int side, const Node* near, const Node* before) {
    constexpr double kNearEnd = 1e-5;
    Node node;
    node.j = j;
    node.x = abscissa(low_, high_, parameter(j));
    const bool near_end = share(j) < kNearEnd;
    auto found = predicted(node, near, before);
    if (!found && !near_end) found = dyson_solution(chain_, node.x);
    if (found && found->outside && !near_end) {
      out_.gap = std::move(found);
      return node;
    }
    if (found && !found->outside) {
      node.density = density_at(chain_, *found);
      out_.residual = std::max(out_.residual, found->state.residual);
      node.solution = std::move(found);
      return node;
    }
    node.density = extrapolated(j, side);
    ++out_.n_extrapolated;
    if (!near_end && out_.summary.ok())
      out_.summary = {
          Status::kNotConverged,
          fmt::format("density at x = {:.10g}: the Dyson equation could not be solved", node.x)};
    return node;
  }

  // From the neighbours on the side of the middle: a power law in the distance to the end for each
  // unknown, or the tangent of the nearer one.
  [[nodiscard]] std::optional<DysonSolution> predicted(const Node& node, const Node* near,
                                                       const Node* before) const {
    if (near == nullptr || !near->solution) return std::nullopt;
    if (before != nullptr && before->solution) {
      const double ratio =
          std::log(share(node.j) / share(near->j)) / std::log(share(near->j) / share(before->j));
      VectorOf<Complex> guess = near->solution->state.c;
      for (Index k = 0; k < guess.size(); ++k) {
        const Complex earlier = before->solution->state.c[k];
        if (guess[k] != 0.0 && earlier != 0.0)
          guess[k] *= std::exp(ratio * std::log(guess[k] / earlier));
      }
      if (auto found = dyson_solution_from(chain_, guess, node.x)) return found;
    }
    const DysonSolution& s = *near->solution;
    return dyson_solution_from(chain_, s.state.c + (node.x - s.state.x) * s.slope, node.x);
  }

  // Of the distance to the end, through the two nodes before.
  [[nodiscard]] double extrapolated(Index j, int side) const {
    const auto one = nodes_.find(j - side * stride_), two = nodes_.find(j - 2 * side * stride_);
    if (one == nodes_.end() || two == nodes_.end() || !(one->second.density > 0) ||
        !(two->second.density > 0))
      return 0;
    const double power = std::log(one->second.density / two->second.density) /
                         std::log(share(one->first) / share(two->first));
    return one->second.density *
           std::pow(share(j) / share(one->first), std::clamp(power, -0.99, 2.0));
  }

  // The node of the lowest local minimum of the density, or the middle where it has none: what
  // spoils the convergence is a narrow dip, close to which nodes of two halves cluster.
  [[nodiscard]] double least_inside() const {
    constexpr double kInside = 1e-4;
    const Node* least = nullptr;
    for (auto node = std::next(nodes_.begin()); std::next(node) != nodes_.end(); ++node) {
      const double density = node->second.density;
      const bool minimum =
          density < std::prev(node)->second.density && density <= std::next(node)->second.density;
      if (minimum && share(node->first) > kInside && (least == nullptr || density < least->density))
        least = &node->second;
    }
    return least != nullptr ? least->x : std::sqrt(low_ * high_);
  }

  [[nodiscard]] double sum() const {
    double total = 0;
    for (const auto& [j, node] : nodes_)
      total += node.density * interval_slope(low_, high_, parameter(j));
    return spacing() * total;
  }

  BulkQuadrature result() {
    const auto n = static_cast<Index>(nodes_.size());
    SpectralBulk& bulk = out_.bulk;
    bulk.low = low_;
    bulk.high = high_;
    bulk.spacing = spacing();
    bulk.first = parameter(nodes_.begin()->first);
    bulk.x.resize(n);
    bulk.density.resize(n);
    Vector f = Vector::Zero(n + 2);  // rho dx/dt; nothing beyond the outermost nodes
    Index k = 0;
    for (const auto& [j, node] : nodes_) {
      bulk.x[k] = node.x;
      bulk.density[k] = node.density;
      f[++k] = node.density * interval_slope(low_, high_, parameter(j));
    }
    // The integral of the cubic through four values over the middle one of its three spacings.
    bulk.cumulative.resize(n);
    bulk.cumulative[0] = bulk.spacing / 24 * (12 * f[1] - f[2]);
    for (Index i = 1; i < n; ++i)
      bulk.cumulative[i] =
          bulk.cumulative[i - 1] +
          bulk.spacing / 24 * (13 * (f[i] + f[i + 1]) - f[i - 1] - f[std::min(i + 2, n + 1)]);
    bulk.mass = sum();
    return std::move(out_);
  }

  const DysonChain& chain_;
  double low_, high_, end_;
  Index stride_ = 1;
  std::map<Index, Node> nodes_;
  BulkQuadrature out_;
};

}  // namespace

double interval_parameter(double low, double high, double x) {
  const double length = std::log(high / low);
  const double below = std::log(x / low) / length, above = std::log(high / x) / length;
  return std::asinh(std::log(below / above) / pi);
}

double interval_slope(double low, double high, double t) {
  return abscissa(low, high, t) * std::log(high / low) * share_below(t) * share_above(t) * pi *
         std::cosh(t);
}

BulkQuadrature integrate_density(const DysonChain& chain, double low, double high) {
  return Quadrature(chain, low, high).run();
}

}  // namespace saddlescope
