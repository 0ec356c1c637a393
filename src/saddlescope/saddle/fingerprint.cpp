#include "saddlescope/saddle/fingerprint.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr int kRounds = 3;
// Errors up to this share of the largest value leave enough digits to call values equal.
constexpr double kLargestShare = 1e-3;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// A matrix with a Frobenius bound of its error; products and sums carry it on to first order.
struct Known {
  Matrix value;
  double error = 0;
};

Known times(const Known& a, const Known& b) {
  Known out{a.value.lazyProduct(b.value), 0};
  const double x = a.value.norm();
  const double y = b.value.norm();
  out.error = x * b.error + a.error * y + static_cast<double>(a.value.cols() + 1) * kEps * x * y;
  return out;
}

Known transposed(const Known& a) { return {a.value.transpose(), a.error}; }

void add(Known& sum, const Known& term) {
  sum.value += term.value;
  sum.error += term.error + kEps * sum.value.norm();
}

// X/(1 + |X|): |df| <= 2 |dX|/(1 + |X|). The symmetric part, which keeps rounding symmetric.
void squash(Known& h) {
  const double size = 1 + h.value.norm();
  h.value = ((h.value + h.value.transpose()) / (2 * size)).eval();
  h.error = 2 * h.error / size + 4 * kEps;
}

std::vector<Known> known_maps(const Architecture& net, const Vector& theta, double theta_error) {
  check(net);
  require(theta.size() == net.n_parameters() && theta.allFinite(),
          "fingerprint: parameters theta: expected {} finite numbers, got {}{}", net.n_parameters(),
          theta.size(), theta.allFinite() ? "" : ", some not finite");
  require(theta_error >= 0 && std::isfinite(theta_error),
          "fingerprint: error of theta: expected a finite number >= 0, got {}", theta_error);
  std::vector<Known> A;
  const std::vector<Matrix> maps = effective_maps<double>(net, theta);
  for (Index l = 0; l < net.depth(); ++l) {
    // theta itself comes from a computation that rounds as often as an inner product of that width.
    const double rounding = 4 * static_cast<double>(maps[at(l)].cols() + maps[at(l)].rows()) * kEps;
    const double a = std::abs(net.scales[at(l)]);
    A.push_back(
        {maps[at(l)], a * theta_error + rounding * (maps[at(l)].norm() + net.skips[at(l)])});
  }
  return A;
}

// A fixed symmetric matrix without symmetries of its own: entries from a golden-ratio sequence.
Matrix generic_symmetric(Index n, double start) {
  Matrix B(n, n);
  double u = start;
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i <= j; ++i) {
      u += 0.6180339887498949;
      u -= std::floor(u);
      B(i, j) = B(j, i) = u - 0.5;
    }
  return B;
}

class Collector {
 public:
  void add(const Matrix& values, double error) {
    for (Index j = 0; j < values.cols(); ++j)
      for (Index i = 0; i < values.rows(); ++i) {
        values_.push_back(values(i, j));
        errors_.push_back(error);
      }
  }
  void finish(Fingerprint& out) const {
    out.values = Eigen::Map<const Vector>(values_.data(), static_cast<Index>(values_.size()));
    out.errors = Eigen::Map<const Vector>(errors_.data(), static_cast<Index>(errors_.size()));
  }

 private:
  std::vector<double> values_, errors_;
};

}  // namespace

Fingerprint orthogonal_fingerprint(const Architecture& net, const Vector& theta,
                                   double theta_error) {
  const std::vector<Known> A = known_maps(net, theta, theta_error);
  const Index L = net.depth();
  std::vector<Known> h;
  for (Index l = 0; l <= L; ++l) {
    const Index n = net.widths[at(l)];
    const bool end = l == 0 || l == L;
    h.push_back({end ? generic_symmetric(n, l == 0 ? 0.1 : 0.7) : Matrix::Identity(n, n), 0});
  }
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<Known> old = h;
    for (Index l = 0; l <= L; ++l) {
      Known next = old[at(l)];
      const double c = 0.5 + 0.3 * static_cast<double>(l % 3);
      next.value *= c;
      next.error *= c;
      if (l > 0) add(next, times(times(A[at(l - 1)], old[at(l - 1)]), transposed(A[at(l - 1)])));
      if (l < L) add(next, times(times(transposed(A[at(l)]), old[at(l + 1)]), A[at(l)]));
      squash(next);
      h[at(l)] = std::move(next);
    }
  }
  Fingerprint out;
  Collector all;
  for (Index l = 1; l < L; ++l) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(h[at(l)].value, Eigen::EigenvaluesOnly);
    // Weyl; and p eps |h| for the solver, |h| < 1.
    all.add(solver.eigenvalues(),
            h[at(l)].error + 4 * static_cast<double>(h[at(l)].value.rows()) * kEps);
  }
  all.add(h.front().value, h.front().error);
  all.add(h.back().value, h.back().error);
  Known product = A.front();
  for (Index l = 1; l < L; ++l) product = times(A[at(l)], product);
  all.add(product.value, product.error);
  all.finish(out);
  return out;
}

Fingerprint general_linear_fingerprint(const Architecture& net, const Vector& theta,
                                       double theta_error) {
  const std::vector<Known> A = known_maps(net, theta, theta_error);
  const Index L = net.depth();
  Fingerprint out;
  Collector all;
  for (Index l = 0; l < L; ++l) {
    Known product{Matrix::Identity(A[at(l)].value.cols(), A[at(l)].value.cols()), 0};
    for (Index m = l; m < L; ++m) {
      product = times(A[at(m)], product);
      const bool kernel = l == 0 && m < L - 1;
      const bool image = m == L - 1 && l > 0;
      const Eigen::JacobiSVD<Matrix> svd(
          product.value, (kernel ? Eigen::ComputeFullV : 0) | (image ? Eigen::ComputeFullU : 0));
      const Vector& sigma = svd.singularValues();
      const double error = product.error + 4 * static_cast<double>(sigma.size()) * kEps * sigma[0];
      const Index rank = (sigma.array() > error).count();
      out.ranks.push_back(rank);
      // The next smaller error could have counted another rank.
      if (rank > 0 && sigma[rank - 1] <= 1e3 * error && out.summary.ok())
        out.summary = {Status::kUndecided,
                       fmt::format("fingerprint: rank of A_{{{}:{}}} undecided, singular value "
                                   "{:.3g} within 1e3 times the error {:.3g}",
                                   m + 1, l + 1, sigma[rank - 1], error)};
      if (l == 0 && m == L - 1) all.add(product.value, product.error);
      if (!kernel && !image) continue;
      // |dP| <= sqrt(2) |dX|/sigma_r in the 2-norm (Wedin), sqrt(2 r) in the Frobenius norm.
      const Matrix basis = kernel ? svd.matrixV().leftCols(rank) : svd.matrixU().leftCols(rank);
      const double turn =
          rank == 0 ? 0 : 2 * std::sqrt(2.0 * static_cast<double>(rank)) * error / sigma[rank - 1];
      // The projector onto the kernel is I minus this one.
      all.add(basis * basis.transpose(), turn + 4 * static_cast<double>(basis.rows()) * kEps);
    }
  }
  all.finish(out);
  return out;
}

OrbitComparison same_orbit(const Fingerprint& a, const Fingerprint& b) {
  require(a.values.size() == b.values.size() && a.ranks.size() == b.ranks.size(),
          "fingerprints: expected two of one kind and architecture, got {} and {} values",
          a.values.size(), b.values.size());
  const bool open = !a.summary.ok() || !b.summary.ok();
  if (a.ranks != b.ranks) return open ? OrbitComparison::kUndecided : OrbitComparison::kDifferent;
  const auto difference = (a.values - b.values).array().abs();
  // Projectors of undecided rank may differ for that reason alone.
  if ((difference > (a.errors + b.errors).array()).any())
    return open && !a.ranks.empty() ? OrbitComparison::kUndecided : OrbitComparison::kDifferent;
  const double size =
      std::max(a.values.lpNorm<Eigen::Infinity>(), std::numeric_limits<double>::min());
  const double error = (a.errors + b.errors).lpNorm<Eigen::Infinity>();
  return open || !(error <= kLargestShare * size) ? OrbitComparison::kUndecided
                                                  : OrbitComparison::kNotDistinguished;
}

std::vector<Index> group_by_orbit(const std::vector<Fingerprint>& points) {
  const auto n = static_cast<Index>(points.size());
  std::vector<double> key(points.size());
  std::vector<double> width(points.size());
  for (Index i = 0; i < n; ++i) {
    const Fingerprint& point = points[at(i)];
    require(point.values.size() == points.front().values.size(),
            "fingerprints: expected one architecture, got {} and {} values",
            points.front().values.size(), point.values.size());
    double u = 0.3;
    for (Index k = 0; k < point.values.size(); ++k) {
      u += 0.6180339887498949;
      u -= std::floor(u);
      key[at(i)] += u * point.values[k];
      width[at(i)] += u * (point.errors[k] + static_cast<double>(point.values.size()) * kEps *
                                                 std::abs(point.values[k]));
    }
  }
  // The best known points lead: one that nothing is known of joins a group instead of swallowing
  // all.
  std::vector<Index> order(points.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return width[at(a)] < width[at(b)]; });

  std::vector<Index> first(points.size(), -1);  // the leader of each point's group
  std::multimap<double, Index> leaders;         // by key
  for (const Index here : order) {
    // Leaders are at least as well known, so that twice this width covers both.
    const double reach = 2 * width[at(here)];
    const bool all = !std::isfinite(reach) || !std::isfinite(key[at(here)]);
    const auto begin = all ? leaders.begin() : leaders.lower_bound(key[at(here)] - reach);
    const auto end = all ? leaders.end() : leaders.upper_bound(key[at(here)] + reach);
    const auto same = std::find_if(begin, end, [&](const auto& leader) {
      return same_orbit(points[at(here)], points[at(leader.second)]) != OrbitComparison::kDifferent;
    });
    first[at(here)] = same == end ? here : same->second;
    if (same == end) leaders.emplace(all ? 0 : key[at(here)], here);
  }
  std::vector<Index> number(points.size(), -1);
  std::vector<Index> group(points.size());
  Index next = 0;
  for (Index i = 0; i < n; ++i) {
    Index& named = number[at(first[at(i)])];
    if (named < 0) named = next++;
    group[at(i)] = named;
  }
  return group;
}

}  // namespace saddlescope
