#include "saddlescope/saddle/polish.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

struct Candidate {
  Vector theta;
  double gradient = 0;
  std::unique_ptr<const Point<double>> point;  // null: none is better
};

// H restricted to the complement of the flat directions B: (I - BB') H (I - BB').
Matrix projected(Matrix H, const Matrix& B) {
  if (B.cols() == 0) return H;
  const Matrix HB = product<double>(H, Op::kNone, B, Op::kNone);
  const Matrix BHB = product<double>(B, Op::kTranspose, HB, Op::kNone);
  const Matrix correction = product<double>(HB, Op::kNone, B, Op::kTranspose);
  H -= correction + correction.transpose();
  H += product<double>(B, Op::kNone, product<double>(BHB, Op::kNone, B, Op::kTranspose), Op::kNone);
  return (H + H.transpose()) / 2;
}

Candidate best_step(const Objective<double>& objective, const Vector& theta,
                    const Point<double>& point, const Matrix& flat) {
  Vector g = point.gradient();
  Candidate best{theta, g.norm(), nullptr};
  if (flat.cols() > 0) g -= flat * Vector(flat.transpose() * g);
  const Matrix H = point.hessian();
  if (!H.allFinite()) return best;
  const Eigenpairs pairs = symmetric_eigenpairs(projected(H, flat));
  const double norm = pairs.values.size() == 0 ? 0 : pairs.values.cwiseAbs().maxCoeff();
  const double smallest =
      4 * (point.hessian_error_bound() + eigenvalue_error_bound(H.rows(), norm));
  const Vector along = pairs.vectors.transpose() * g;
  const double before = best.gradient;
  for (double cutoff = 1e-2 * norm; norm > 0; cutoff = std::max(cutoff / 100, smallest)) {
    Vector coefficients = Vector::Zero(along.size());
    for (Index i = 0; i < along.size(); ++i)
      if (std::abs(pairs.values[i]) > std::max(cutoff, smallest))
        coefficients[i] = along[i] / pairs.values[i];
    Candidate candidate{theta - pairs.vectors * coefficients, 0, nullptr};
    Evaluation<double> evaluation = objective.at(candidate.theta);
    if (evaluation.summary.ok()) {
      candidate.gradient = evaluation.point->gradient().norm();
      candidate.point = std::move(evaluation.point);
      if (candidate.gradient < best.gradient) best = std::move(candidate);
      if (best.gradient <= before / 10) break;
    }
    if (!(cutoff > smallest)) break;
  }
  return best;
}

}  // namespace

PolishResult polish(const Objective<double>& objective, const Vector& theta,
                    const PolishOptions& options) {
  require(theta.size() == objective.dim(), "polish: parameters theta: expected {}, got {}",
          objective.dim(), theta.size());
  require(options.max_steps >= 0, "polish: max_steps: expected >= 0, got {}", options.max_steps);
  const Matrix& flat = options.flat_directions;
  require(flat.cols() == 0 || flat.rows() == theta.size(),
          "polish: flat directions: expected {} rows, got {}", theta.size(), flat.rows());
  PolishResult result;
  result.theta = theta;
  Evaluation<double> start = objective.at(theta);
  result.summary = start.summary;
  if (!start.summary.ok()) return result;
  std::unique_ptr<const Point<double>> point = std::move(start.point);
  result.gradient_before = result.gradient_after = point->gradient().norm();
  result.gradient_bound = point->gradient_error_bound();
  bool stalled = false;
  while (result.gradient_after > result.gradient_bound && result.steps < options.max_steps) {
    Candidate next = best_step(objective, result.theta, *point, flat);
    stalled = !next.point;
    if (stalled) break;
    point = std::move(next.point);
    result.theta = std::move(next.theta);
    result.gradient_after = next.gradient;
    result.gradient_bound = point->gradient_error_bound();
    ++result.steps;
  }
  result.distance = (result.theta - theta).norm();
  if (!(result.gradient_after <= result.gradient_bound))
    result.summary = {
        Status::kNotConverged,
        fmt::format(
            "polish: stopped after {} step{} at |gradient| {:.3g}, its rounding is {:.3g}: {}",
            result.steps, result.steps == 1 ? "" : "s", result.gradient_after,
            result.gradient_bound,
            stalled ? "no Newton step decreases it" : "the limit on the steps")};
  return result;
}

}  // namespace saddlescope
