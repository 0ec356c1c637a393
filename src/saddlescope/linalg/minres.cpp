#include "saddlescope/linalg/minres.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/power_of_two.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// v_1, v_2, .. with A v_k = beta_k v_{k-1} + alpha_k v_k + beta_{k+1} v_{k+1}.
class Lanczos {
 public:
  // `start` has norm 1.
  Lanczos(const AnySymmetricOperator& A, Vector start, bool keep)
      : A_(A), v_(std::move(start)), previous_(Vector::Zero(v_.size())), keep_(keep) {
    if (keep_) basis_ = v_;
  }

  // Sets alpha_k and beta_{k+1}, which is 0 where the space is exhausted to rounding. False if the
  // product is not finite.
  bool step() {
    Vector q(v_.size());
    A_.apply(v_, q);
    if (!q.allFinite()) return false;
    alpha_ = v_.dot(q);
    const double old_beta = beta_;
    q -= old_beta * previous_ + alpha_ * v_;
    if (keep_)
      for (int pass = 0; pass < 2; ++pass) q -= basis_ * (basis_.transpose() * q).eval();
    beta_ = scaled_norm(q);
    norm_ = std::max(norm_, std::hypot(std::hypot(alpha_, old_beta), beta_));
    if (beta_ <= 10 * static_cast<double>(v_.size()) * kEps * norm_) beta_ = 0;
    next_ = std::move(q);
    if (beta_ > 0) next_ /= beta_;
    return true;
  }
  void advance() {
    previous_ = std::move(v_);
    v_ = std::move(next_);
    if (!keep_) return;
    basis_.conservativeResize(Eigen::NoChange, basis_.cols() + 1);
    basis_.rightCols(1) = v_;
  }

  [[nodiscard]] const Vector& v() const { return v_; }
  [[nodiscard]] const Vector& next() const { return next_; }
  [[nodiscard]] double alpha() const { return alpha_; }
  [[nodiscard]] double beta() const { return beta_; }
  [[nodiscard]] double norm() const { return norm_; }

 private:
  const AnySymmetricOperator& A_;
  Vector v_, previous_, next_;
  Matrix basis_;
  bool keep_;
  double alpha_ = 0, beta_ = 0, norm_ = 0;
};

void set_curvature(MinresResult& result, const Vector& residual, double curvature) {
  if (result.nonpositive_curvature) return;
  result.nonpositive_curvature = true;
  result.curvature_direction = residual / scaled_norm(residual);
  result.curvature = curvature;
}

// True residuals, and the lifting of a least-squares solution.
void finish(const AnySymmetricOperator& A, ConstVectorRef b, MinresResult& result) {
  Vector product(b.size());
  const auto residual_of = [&](const Vector& x) -> Vector {
    A.apply(x, product);
    ++result.products;
    return b - product;
  };
  Vector r = residual_of(result.x);
  const double length = scaled_norm(r);
  if (result.end == MinresEnd::kLeastSquares && length > 0 && result.x.size() > 0) {
    const Vector unit = r / length;
    result.x -= unit.dot(result.x) * unit;
    result.lifted = true;
    r = residual_of(result.x);
  }
  result.residual = scaled_norm(r);
  A.apply(r, product);
  ++result.products;
  result.normal_residual = scaled_norm(product);
}

}  // namespace

std::string name(MinresEnd end) {
  switch (end) {
    case MinresEnd::kSolution:
      return "solution";
    case MinresEnd::kLeastSquares:
      return "least-squares solution";
    case MinresEnd::kNonPositiveCurvature:
      return "non-positive curvature";
    case MinresEnd::kNotFinite:
      return "not finite";
    case MinresEnd::kIterationLimit:
      break;
  }
  return "iteration limit";
}

MinresResult minres(const AnySymmetricOperator& A, ConstVectorRef b, const MinresOptions& options) {
  const Index n = A.dim();
  require(b.size() == n, "minres: right-hand side: expected length {}, got {}", n, b.size());
  require(b.allFinite(), "minres: right-hand side: expected finite entries");
  require(options.residual_tolerance > 0, "minres: residual_tolerance: expected > 0, got {}",
          options.residual_tolerance);
  require(options.least_squares_tolerance > 0,
          "minres: least_squares_tolerance: expected > 0, got {}", options.least_squares_tolerance);
  require(options.max_iterations >= 0, "minres: max_iterations: expected >= 0, got {}",
          options.max_iterations);

  MinresResult result;
  result.x = Vector::Zero(n);
  const double b_norm = scaled_norm(b);
  if (b_norm == 0) {
    result.end = MinresEnd::kSolution;
    return result;
  }
  const double flat = std::max(options.least_squares_tolerance, 10 * static_cast<double>(n) * kEps);
  const Index limit = options.max_iterations > 0 ? options.max_iterations : 2 * n + 10;

  // In units of |b|, so that neither b nor A can make a square overflow: A only enters by
  // quotients of alpha, beta and their rotations.
  Lanczos lanczos(A, b / b_norm, options.reorthogonalise);
  Vector x = Vector::Zero(n), r = lanczos.v();
  Vector d_last = Vector::Zero(n), d_before = d_last;
  double c = -1, s = 0, phi = 1, delta = 0, epsilon = 0;
  for (;;) {
    if (phi <= options.residual_tolerance * (lanczos.norm() * scaled_norm(x) + 1)) {
      result.end = MinresEnd::kSolution;
      break;
    }
    if (result.iterations == limit) {
      result.summary = {Status::kNotConverged,
                        fmt::format("minres: {} iterations left |r|/|b| = {:.2e}", limit, phi)};
      break;
    }
    ++result.products;
    if (!lanczos.step()) {
      result.end = MinresEnd::kNotFinite;
      result.summary = {Status::kNotFinite,
                        fmt::format("minres: product {} has a NaN or Inf", result.products)};
      result.x = b_norm * x;
      return result;
    }
    ++result.iterations;
    const double alpha = lanczos.alpha();
    const double beta = lanczos.beta();
    const double delta2 = c * delta + s * alpha;
    const double gamma1 = s * delta - c * alpha;
    const double epsilon_next = s * beta;
    const double delta_next = -c * beta;
    if (std::hypot(gamma1, delta_next) <= flat * lanczos.norm()) {
      result.end = MinresEnd::kLeastSquares;
      break;
    }
    if (c * gamma1 >= 0) {
      set_curvature(result, r, -c * gamma1);
      if (options.stop_at_nonpositive_curvature) {
        result.end = MinresEnd::kNonPositiveCurvature;
        break;
      }
    }
    const double gamma2 = std::hypot(gamma1, beta);
    c = gamma1 / gamma2;
    s = beta / gamma2;
    const Vector d = (lanczos.v() - delta2 * d_last - epsilon * d_before) / gamma2;
    x += c * phi * d;
    phi *= s;
    d_before = std::move(d_last);
    d_last = d;
    delta = delta_next;
    epsilon = epsilon_next;
    if (beta == 0) {  // gamma_1 != 0: the residual vanishes in exact arithmetic
      result.end = MinresEnd::kSolution;
      break;
    }
    r = s * s * r - phi * c * lanczos.next();
    lanczos.advance();
  }
  result.norm = lanczos.norm();
  result.x = b_norm * x;
  finish(A, b, result);
  return result;
}

}  // namespace saddlescope
