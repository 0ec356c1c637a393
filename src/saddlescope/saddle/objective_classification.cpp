#include "saddlescope/saddle/objective_classification.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/power_of_two.hpp"
#include "saddlescope/saddle/inertia_check.hpp"
#include "saddlescope/saddle/tangent_space.hpp"

namespace saddlescope {
namespace {

Index zero_columns(const Matrix& hessian) {
  Index count = 0;
  for (Index j = 0; j < hessian.cols(); ++j) count += (hessian.col(j).array() == 0).all() ? 1 : 0;
  return count;
}

// Fills the second count and says whether it agrees.
bool count_independently(const Matrix& hessian, Classification& out) {
  const double error = out.zero_threshold + bunch_kaufman_error(hessian.rows(), out.hessian_norm);
  const std::optional<double> threshold = threshold_in_gap(out.eigenvalues, error);
  if (!threshold) {
    out.notes.push_back(fmt::format(
        "signs not counted again: no gap of the spectrum is wider than the error {:.1e}", error));
    return true;
  }
  out.independent_threshold = *threshold;
  out.independent = inertia_bunch_kaufman(hessian, *threshold);
  return *out.independent == inertia_from_eigenvalues(out.eigenvalues, *threshold);
}

// Splits the zero eigenvalues by the tangents of `generators`. Where they are all of them, no
// eigenvalue is negative and the signs are counted, the point is a minimum: the objective is
// constant along the orbit and grows across it.
void split_zeros(const Matrix& hessian, double hessian_error, double theta_error,
                 const Matrix& generators, Classification& out) {
  const SymmetrySpace orbit = tangent_space(generators, theta_error);
  const NullityReport nullity = split_nullity(hessian, hessian_error, out.inertia, orbit);
  if (!nullity.summary.ok()) {
    if (orbit.summary.ok()) out.symmetry_nullity = orbit.rank;
    out.notes.push_back(nullity.summary.message);
    return;
  }
  out.symmetry_nullity = nullity.symmetry;
  out.excess_nullity = nullity.excess;
}

}  // namespace

Classification classify(const Objective<double>& objective, double lower_bound, Index width,
                        const Vector& theta, const ClassifyOptions& options,
                        const Matrix& generators) {
  require(theta.size() == objective.dim() && theta.allFinite(),
          "parameters theta: expected {} finite numbers, got {} entries", objective.dim(),
          theta.size());
  Classification out;
  out.objective = objective.name();
  out.lower_bound = lower_bound;
  out.value_error = std::numeric_limits<double>::quiet_NaN();
  const Evaluation<double> here = objective.at(theta);
  if (!here.summary.ok()) {
    out.value = out.gradient_norm = out.gradient_bound = out.value_error;
    out.reason = here.summary.message;
    return out;
  }
  const Point<double>& point = *here.point;
  out.value = point.value();
  out.is_global = out.value <= lower_bound;
  Matrix hessian = point.hessian();
  const Vector gradient = point.gradient();
  const GradientScales scales = {point.gradient_error_bound(),
                                 point.gradient_magnitude(),
                                 out.value,
                                 theta.norm(),
                                 hessian.norm(),
                                 width};
  CurvatureFacts facts;
  facts.gradient = gradient_facts(scaled_norm(gradient), scales);
  out.gradient_norm = facts.gradient.norm;
  out.gradient_bound = facts.gradient.bound;
  out.curvature_scale = curvature_scale(scales);
  const bool critical = judge_gradient(facts.gradient) == Criticality::kCritical;
  if (critical || options.any_point) {
    const Eigenpairs pairs = symmetric_eigenpairs(hessian);
    out.eigenvalues = pairs.values;
    out.hessian_norm = pairs.values.lpNorm<Eigen::Infinity>();
    out.zero_threshold =
        point.hessian_error_bound() + eigenvalue_error_bound(pairs.values.size(), out.hessian_norm);
    out.lambda_min = pairs.values[0];
    out.lowest = pairs.vectors.col(0);
    out.inertia = inertia_from_eigenvalues(pairs.values, out.zero_threshold);
    facts.inertia = out.inertia;
    facts.n_exact_zero = zero_columns(hessian);
    facts.counts_agree = !options.independent || count_independently(hessian, out);
  }
  if (critical) {
    split_zeros(hessian, point.hessian_error_bound(), parameter_error(scales),
                generators.size() > 0 ? generators : Matrix(theta.size(), 0), out);
  }
  PointJudgement judgement = judge_point(facts);
  if (critical && facts.counts_agree && out.inertia.n_negative == 0 && out.excess_nullity == 0 &&
      out.inertia.n_zero > 0 && out.inertia.n_positive > 0) {
    judgement = {PointVerdict::kLocalMinimum,
                 fmt::format("{}, no negative eigenvalue, the symmetry explains all {} zeros",
                             text(facts.gradient), out.inertia.n_zero)};
  }
  out.verdict = judgement.verdict;
  out.reason = std::move(judgement.reason);
  if (out.verdict == PointVerdict::kStrictSaddle) {
    out.escape_order = 2;
    out.escape_direction = out.lowest;
    out.escape_coefficient = out.lambda_min / 2;
  } else if (out.verdict == PointVerdict::kNotCritical) {
    out.escape_order = 1;
    out.escape_direction = -gradient / out.gradient_norm;
    out.escape_coefficient = -out.gradient_norm;
  }
  return out;
}

}  // namespace saddlescope
