#include "saddlescope/saddle/precise_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <Eigen/Jacobi>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

using QuadVector = VectorOf<Quad>;
using QuadMatrix = MatrixOf<Quad>;

double real(const Quad& x) { return static_cast<double>(x); }

double unit(Index p, Index order, double epsilon) {
  return 4 * static_cast<double>(p + order + 1) * epsilon;
}

// The eigenpairs above the threshold.
struct Far {
  QuadMatrix basis;
  QuadVector values;

  // F Lambda^{-1} c.
  [[nodiscard]] QuadMatrix solve(const QuadMatrix& c) const {
    const QuadMatrix scaled = values.cwiseInverse().asDiagonal() * c;
    return product<Quad>(basis, Op::kNone, scaled, Op::kNone);
  }
  [[nodiscard]] QuadMatrix part(const QuadMatrix& g) const {
    return product<Quad>(basis, Op::kTranspose, g, Op::kNone);
  }
};

// Gram-Schmidt, twice for orthogonality to rounding.
void orthonormalise(QuadMatrix& V) {
  for (Index j = 0; j < V.cols(); ++j) {
    for (int pass = 0; pass < 2; ++pass)
      for (Index i = 0; i < j; ++i) V.col(j) -= V.col(i).dot(V.col(j)) * V.col(i);
    V.col(j).normalize();
  }
}

// The eigenvectors of a symmetric matrix by cyclic Jacobi rotations, in ascending order of the
// eigenvalues. Eigen's own solver asks more of a scalar type than Quad has.
QuadMatrix eigenvectors(QuadMatrix M) {
  const Index n = M.rows();
  QuadMatrix vectors = QuadMatrix::Identity(n, n);
  const Quad epsilon = Eigen::NumTraits<Quad>::epsilon();
  // Convergence is quadratic: a handful of sweeps.
  bool rotated = true;
  for (int sweep = 0; sweep < 40 && rotated; ++sweep) {
    rotated = false;
    for (Index i = 1; i < n; ++i)
      for (Index j = 0; j < i; ++j) {
        // An entry below the rounding of both its diagonal ones moves neither.
        if (abs(M(i, j)) <= epsilon * (abs(M(i, i)) + abs(M(j, j))) / 4) continue;
        Eigen::JacobiRotation<Quad> rotation;
        rotation.makeJacobi(M, j, i);
        M.applyOnTheLeft(j, i, rotation.adjoint());
        M.applyOnTheRight(j, i, rotation);
        vectors.applyOnTheRight(j, i, rotation);
        rotated = true;
      }
  }
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return M(a, a) < M(b, b); });
  return vectors(Eigen::all, order);
}

struct Products {
  QuadMatrix HV;
  Vector error;  // of each column
  Summary summary;
};

Products hessian_products(const Objective<Quad>& objective, const QuadVector& theta,
                          const QuadMatrix& V) {
  Products out{QuadMatrix(V.rows(), V.cols()), Vector(V.cols()), {}};
  const double rounding = unit(V.rows(), 1, real(Eigen::NumTraits<Quad>::epsilon()));
  QuadMatrix line(V.rows(), 2);
  line.col(0) = theta;
  for (Index j = 0; j < V.cols() && out.summary.ok(); ++j) {
    line.col(1) = V.col(j);
    const CurveSeries<Quad> series = objective.along(line);
    out.summary = series.summary;
    if (!out.summary.ok()) break;
    out.HV.col(j) = series.gradient.col(1);
    out.error[j] = rounding * series.gradient_size[1];
  }
  return out;
}

// Newton's method in the far directions.
void polish(const Objective<Quad>& objective, const Far& far, Index max_steps, PrecisePoint& out) {
  double previous = std::numeric_limits<double>::infinity();
  for (Index step = 0; step <= max_steps; ++step) {
    const Evaluation<Quad> at = objective.at(out.theta);
    out.summary = at.summary;
    if (!out.summary.ok()) return;
    const QuadVector g = at.point->gradient();
    out.gradient_norm = real(g.norm());
    out.gradient_bound = at.point->gradient_error_bound();
    const QuadMatrix in_far = far.part(g);
    const double left = real(in_far.norm());
    if (step == max_steps || left == 0 || (left <= out.gradient_bound && left > previous / 2))
      return;
    previous = left;
    out.theta -= far.solve(in_far).col(0);
  }
}

// Frees V of its far components; false if they stay above rounding.
bool lift(const Objective<Quad>& objective, const Far& far, Index max_steps, PrecisePoint& out) {
  QuadMatrix& V = out.near_directions;
  for (Index step = 0; step <= max_steps; ++step) {
    const Products products = hessian_products(objective, out.theta, V);
    out.summary = products.summary;
    if (!out.summary.ok()) return true;
    const QuadMatrix in_far = far.part(products.HV);
    bool done = true;
    for (Index j = 0; j < V.cols(); ++j)
      done = done && real(in_far.col(j).norm()) <= products.error[j];
    if (done) return true;
    if (step < max_steps) V -= far.solve(in_far);
  }
  return false;
}

// Eigenpairs of V'HV, each with its threshold.
void resolve(const Objective<Quad>& objective, PrecisePoint& out) {
  QuadMatrix& V = out.near_directions;
  const Index d = V.cols();
  orthonormalise(V);
  const Products products = hessian_products(objective, out.theta, V);
  out.summary = products.summary;
  if (!out.summary.ok()) return;
  const QuadMatrix M = product<Quad>(V, Op::kTranspose, products.HV, Op::kNone);
  V = product<Quad>(V, Op::kNone, eigenvectors(QuadMatrix((M + M.transpose()) / Quad(2))),
                    Op::kNone);

  const double rounding = unit(V.rows(), 3, real(Eigen::NumTraits<Quad>::epsilon()));
  out.near_values.resize(d);
  out.near_thresholds.resize(d);
  QuadMatrix line = QuadMatrix::Zero(V.rows(), 4);
  line.col(0) = out.theta;
  for (Index j = 0; j < d; ++j) {
    line.col(1) = V.col(j);
    const CurveSeries<Quad> series = objective.along(line);
    out.summary = series.summary;
    if (!out.summary.ok()) return;
    out.near_values[j] = 2 * series.value[2];
    const double slope = std::abs(real(series.value[1])) + rounding * series.value_size[1];
    const double own = static_cast<double>(d) * 2 * rounding * series.value_size[2];
    out.near_thresholds[j] =
        std::max(own, static_cast<double>(d) * std::sqrt(2 * 6 * series.value_size[3] * slope));
    const double size = std::abs(real(out.near_values[j]));
    if (size > own && size <= out.near_thresholds[j]) ++out.n_open;
  }
}

void classify(const Far& far, PrecisePoint& out) {
  const QuadMatrix& V = out.near_directions;
  std::vector<Index> zero, positive;
  for (Index i = 0; i < far.values.size(); ++i)
    ++(far.values[i] < 0 ? out.inertia.n_negative : out.inertia.n_positive);
  for (Index j = 0; j < V.cols(); ++j) {
    const double value = real(out.near_values[j]);
    if (value < -out.near_thresholds[j])
      ++out.inertia.n_negative;
    else
      (value > out.near_thresholds[j] ? positive : zero).push_back(j);
  }
  out.inertia.n_positive += static_cast<Index>(positive.size());
  out.inertia.n_zero = static_cast<Index>(zero.size());
  if (out.inertia.n_negative > 0) return;
  // F is freed of its components in V, to have the complement of V and not that of its first guess.
  const QuadMatrix overlap = product<Quad>(V, Op::kTranspose, far.basis, Op::kNone);
  const QuadMatrix rest = far.basis - product<Quad>(V, Op::kNone, overlap, Op::kNone);
  out.space.null_basis = V(Eigen::all, zero);
  out.space.range_basis.resize(V.rows(), rest.cols() + static_cast<Index>(positive.size()));
  out.space.range_basis << V(Eigen::all, positive), rest;
  out.space.range_values.resize(out.space.range_basis.cols());
  out.space.range_values << out.near_values(positive), far.values;
}

}  // namespace

PrecisePoint precise_point(const Objective<Quad>& objective, const Vector& theta,
                           const Vector& values, const Matrix& vectors, double threshold,
                           const PrecisionOptions& options) {
  const Index p = objective.dim();
  require(theta.size() == p && values.size() == p && vectors.rows() == p && vectors.cols() == p,
          "precise point: expected a point and eigenpairs of dimension {}, got {}, {} and {} x {}",
          p, theta.size(), values.size(), vectors.rows(), vectors.cols());
  require(options.max_steps >= 1, "precise point: expected max_steps >= 1, got {}",
          options.max_steps);
  std::vector<Index> near_columns, far_columns;
  for (Index i = 0; i < p; ++i)
    (std::abs(values[i]) <= threshold ? near_columns : far_columns).push_back(i);
  const Far far{vectors(Eigen::all, far_columns).cast<Quad>(), values(far_columns).cast<Quad>()};

  PrecisePoint out;
  out.theta = theta.cast<Quad>();
  const CurveSeries<Quad> start = objective.along(out.theta);
  if (!start.summary.ok()) {
    out.summary = start.summary;
    return out;
  }
  out.allowed = theta.norm();
  if (far.values.size() > 0)
    out.allowed += start.gradient_size[0] / real(far.values.cwiseAbs().minCoeff());
  out.allowed *= unit(p, 0, std::numeric_limits<double>::epsilon());

  polish(objective, far, options.max_steps, out);
  if (!out.summary.ok()) return out;
  out.moved = real((out.theta - theta.cast<Quad>()).norm());
  out.location_error = out.moved + std::numeric_limits<double>::epsilon() * theta.norm();
  out.near_directions = vectors(Eigen::all, near_columns).cast<Quad>();
  const bool lifted = lift(objective, far, options.max_steps, out);
  if (!out.summary.ok()) return out;
  resolve(objective, out);
  if (!out.summary.ok()) return out;
  classify(far, out);
  if (out.moved > out.allowed)
    out.summary = {Status::kUndecided,
                   fmt::format("the nearest critical point is {:.3g} away, more than the {:.3g} "
                               "that double precision explains",
                               out.moved, out.allowed)};
  else if (out.gradient_norm > out.gradient_bound)
    out.summary = {Status::kUndecided,
                   fmt::format("in quad precision a gradient of {:.3g} remains, above its rounding "
                               "error {:.3g}",
                               out.gradient_norm, out.gradient_bound)};
  else if (!lifted)
    out.summary = {Status::kUndecided,
                   fmt::format("near-null directions keep components in the range after {} steps",
                               options.max_steps)};
  return out;
}

}  // namespace saddlescope
