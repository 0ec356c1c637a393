#include "saddlescope/theory/dyson_chain.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Layers by their number 1..L, as in the papers.
class Layers {
 public:
  Layers(const Architecture& net, std::span<const double> variances)
      : net_(net), variances_(variances) {}
  [[nodiscard]] Index depth() const { return net_.depth(); }
  [[nodiscard]] double width(Index l) const { return static_cast<double>(net_.widths[at(l)]); }
  [[nodiscard]] Index units(Index l) const { return net_.widths[at(l)]; }
  [[nodiscard]] double precision(Index l) const { return net_.precisions[at(l - 1)]; }
  [[nodiscard]] bool skip(Index l) const { return net_.skips[at(l - 1)] != 0; }
  // Variance of the entries of sqrt(pi_l) a_l W_l; layer 1 is no part of H_z.
  [[nodiscard]] double variance(Index l) const {
    if (l < 2) return 0;
    return precision(l) * std::pow(net_.scales[at(l - 1)], 2) * variances_[at(l - 1)];
  }
  [[nodiscard]] bool linked(Index l) const { return l >= 2 && (skip(l) || variance(l) > 0); }

 private:
  const Architecture& net_;
  std::span<const double> variances_;
};

// |sqrt(pi_l) A_l| -> sqrt(pi_l) tau_l + s_l (sqrt(n_l) + sqrt(n_{l-1})) at most.
double map_norm(const Layers& net, Index l) {
  const double skip = net.skip(l) ? std::sqrt(net.precision(l)) : 0.0;
  return skip +
         std::sqrt(net.variance(l)) * (std::sqrt(net.width(l)) + std::sqrt(net.width(l - 1)));
}

// The deterministic part of J'J on the hidden layers first..last of a run, one row per layer.
Vector run_eigenvalues(const Layers& net, Index first, Index last) {
  Matrix H = Matrix::Zero(last - first + 1, last - first + 1);
  for (Index l = first; l <= last; ++l) {
    H(l - first, l - first) = net.precision(l);
    if (net.skip(l + 1)) H(l - first, l - first) += net.precision(l + 1);
    if (l < last) H(l + 1 - first, l - first) = -net.precision(l + 1);
  }
  return H.rows() == 1 ? Vector(H.diagonal()) : symmetric_eigenvalues(std::move(H));
}

std::vector<SingularPoint> singular_points(const Layers& net, Index first, Index last) {
  std::vector<SingularPoint> points;
  const Index hidden = net.depth() - 1;
  for (Index i = first; i <= std::min(last, hidden);) {
    Index j = i;
    bool varies = false;
    for (; j < hidden && net.skip(j + 1); ++j) varies = varies || net.variance(j + 1) > 0;
    if (j == hidden && net.skip(net.depth())) varies = varies || net.variance(net.depth()) > 0;
    const Index left = i > first ? net.units(i - 1) : 0;
    const Index right = j < last && !net.skip(j + 1) ? net.units(j + 1) : 0;
    const Index margin = net.units(i) - left - right;
    if (!varies && margin >= 0)
      for (const double x : run_eigenvalues(net, i, j)) points.push_back({x, margin});
    i = j + 1;
  }
  std::sort(points.begin(), points.end(),
            [](const SingularPoint& a, const SingularPoint& b) { return a.x < b.x; });
  std::vector<SingularPoint> distinct;
  for (const SingularPoint& point : points) {
    // Equal eigenvalues of equal runs agree to rounding.
    if (!distinct.empty() && point.x - distinct.back().x <= 1e-13 * point.x) {
      distinct.back().margin += point.margin;
    } else {
      distinct.push_back(point);
    }
  }
  return distinct;
}

// Nodes e_l, z_l of the layers first..last, without z_L.
DysonChain chain(const Layers& net, Index first, Index last, double dim) {
  const Index layers = last - first + 1;
  const Index n = 2 * layers - (last == net.depth() ? 1 : 0);
  DysonChain out;
  out.coupling = Vector::Zero(n - 1);
  out.strength = Vector::Zero(n);
  out.weight = Vector::Zero(n);
  double root = 0, map = 0;
  for (Index l = first; l <= last; ++l) {
    const Index e = 2 * (l - first);
    root = std::max(root, std::sqrt(net.precision(l)));
    if (e + 1 < n) {
      out.coupling[e] = std::sqrt(net.precision(l));
      out.weight[e + 1] = net.width(l) / dim;
    }
    if (l == first) continue;
    if (net.skip(l)) out.coupling[e - 1] = std::sqrt(net.precision(l));
    out.strength[e] = net.variance(l) * net.width(l - 1);
    out.strength[e - 1] = net.variance(l) * net.width(l);
    map = std::max(map, map_norm(net, l));
  }
  out.norm = (root + map) * (root + map);
  out.singular = singular_points(net, first, last);
  return out;
}

}  // namespace

std::vector<DysonChain> dyson_chains(const Architecture& architecture,
                                     std::span<const double> variances) {
  check(architecture);
  require_linear(architecture, "Dyson equation");
  const Index L = architecture.depth();
  require(L >= 2, "Dyson equation: expected a hidden layer (L >= 2), got L = {}", L);
  require(static_cast<Index>(variances.size()) == L,
          "Dyson equation: expected {} entry variances, one a layer, got {}", L, variances.size());
  for (std::size_t l = 0; l < variances.size(); ++l)
    require(std::isfinite(variances[l]) && variances[l] >= 0,
            "Dyson equation: variance of W_{}: expected a finite number >= 0, got {}", l + 1,
            variances[l]);
  const Layers net(architecture, variances);
  const Index dim =
      std::accumulate(architecture.widths.begin() + 1, architecture.widths.end() - 1, Index{0});
  std::vector<DysonChain> chains;
  for (Index first = 1; first < L;) {
    Index last = first;
    while (last < L && net.linked(last + 1)) ++last;
    chains.push_back(chain(net, first, last, static_cast<double>(dim)));
    first = last + 1;
  }
  return chains;
}

}  // namespace saddlescope
