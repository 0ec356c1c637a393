#include "saddlescope/analysis/objective_spectrum.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/reduced_to_full.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/extreme_curvature.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/hessian/restriction.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/inertia_check.hpp"

namespace saddlescope::analysis {
namespace {

using Clock = std::chrono::steady_clock;

// Below it an eigenvalue cannot be told from zero: rounding in the Hessian's entries and in the
// eigen-solver.
double zero_threshold(const Point<double>& point, double norm, Index p_reduced) {
  return point.hessian_error_bound() + eigenvalue_error_bound(p_reduced, norm);
}

// Says so where the bound leaves less than half of a double's digits.
void note_lost_digits(double norm, ObjectiveSpectrum& result) {
  const double half = std::sqrt(std::numeric_limits<double>::epsilon());
  if (result.zero_threshold <= half * norm) return;
  result.notes.push_back(
      fmt::format("eigenvalues are certain to {:.1e} only, {:.1e} of |H|: smaller weights, less "
                  "depth or a smaller "
                  "lambda are better conditioned",
                  result.zero_threshold, result.zero_threshold / norm));
}

// How far the gradient of all layers can be off; `norm` is that of the Hessian at hand.
void bound_gradient(const SpectrumSetting& setting, const Point<double>& point, double norm,
                    ObjectiveSpectrum& result) {
  const std::vector<Index>& widths = setting.problem.network.architecture.widths;
  const Index width = *std::max_element(widths.begin(), widths.end());
  const GradientFacts facts = gradient_facts(
      result.gradient_norm, {point.gradient_error_bound(), point.gradient_magnitude(), result.value,
                             setting.theta.norm(), norm, width});
  result.gradient_bound = facts.bound;
  result.gradient_size = facts.size;
}

Inertia count_signs(const Vector& eigenvalues, double threshold) {
  if (!std::isfinite(threshold)) return {0, eigenvalues.size(), 0};  // nothing can be told from 0
  return inertia_from_eigenvalues(eigenvalues, threshold);
}

// What the signs found so far say.
PointJudgement judge(const SpectrumSetting& setting, const ObjectiveSpectrum& result,
                     const Inertia& inertia, Index n_exact_zero) {
  CurvatureFacts facts;
  facts.gradient = {result.gradient_norm, result.gradient_bound, result.gradient_size};
  facts.inertia = inertia;
  facts.n_exact_zero = n_exact_zero;
  facts.counts_agree = result.counts_agree;
  if (!setting.all_layers) {
    for (const Index layer : setting.layers)
      facts.layers += fmt::format("{}{}", facts.layers.empty() ? "" : ",", layer + 1);
  }
  return judge_point(facts);
}

void require_finite(bool finite, const std::string& name, const char* what,
                    const SpectrumSetting& setting) {
  if (finite) return;
  throw std::runtime_error(fmt::format(
      "{}: the {} at the point {} is not finite; the largest weight is {:.3g} and the largest "
      "input {:.3g}",
      name, what, setting.problem.point,
      setting.problem.network.theta.size() == 0
          ? 0.0
          : setting.problem.network.theta.lpNorm<Eigen::Infinity>(),
      setting.problem.data.x.lpNorm<Eigen::Infinity>()));
}

bool has_joint_inertia(const SpectrumSetting& setting, const std::string& name) {
  return name == "energy" && setting.all_layers && setting.reduced.architecture().depth() > 1 &&
         has_closed_form(setting.problem.network);
}

// Rows of the symmetric H that are zero bit for bit: as many eigenvalues are zero exactly.
Index zero_rows(const Matrix& hessian) {
  Index count = 0;
  for (Index j = 0; j < hessian.cols(); ++j) count += (hessian.col(j).array() == 0).all() ? 1 : 0;
  return count;
}

// Counts signs again from factorisations: of the joint Hessian where it exists, otherwise of
// `hessian`. Both routes use a threshold in a gap of the spectrum, as neither can place an
// eigenvalue that lies at the threshold.
void count_independently(const SpectrumSetting& setting, const Matrix& hessian,
                         const Vector& eigenvalues, ObjectiveSpectrum& result) {
  const bool joint = has_joint_inertia(setting, result.name);
  const Architecture& net = setting.reduced.architecture();
  const DataFactor<double>& data = setting.reduced.factor();
  const double own_error =
      joint ? joint_inertia_error(net, data, setting.theta)
            : bunch_kaufman_error(setting.p_reduced, eigenvalues.lpNorm<Eigen::Infinity>());
  const char* route = joint ? "joint Hessian" : "Bunch-Kaufman factorisation";
  const std::optional<double> threshold =
      threshold_in_gap(eigenvalues, result.zero_threshold + own_error);
  if (!threshold) {
    result.notes.push_back(fmt::format(
        "signs not counted again: no gap of the spectrum is wider than the {}'s error {:.1e}",
        route, result.zero_threshold + own_error));
    return;
  }
  Inertia counted = joint ? joint_inertia(net, data, setting.theta, *threshold)
                          : inertia_bunch_kaufman(hessian, *threshold);
  const Inertia expected = inertia_from_eigenvalues(eigenvalues, *threshold);
  result.counts_agree = counted == expected;
  if (!result.counts_agree) {
    result.notes.push_back(fmt::format(
        "the {} counts {} negative, {} zero, {} positive at {:.1e}, the eigenvalues {}, {}, {}",
        route, counted.n_negative, counted.n_zero, counted.n_positive, *threshold,
        expected.n_negative, expected.n_zero, expected.n_positive));
  }
  counted.n_zero += setting.n_removed;
  result.independent_inertia = counted;
  result.independent_threshold = *threshold;
}

void note_vectors(const SpectrumSetting& setting, Index written, ObjectiveSpectrum& result) {
  if (written < setting.options.eigenvectors) {
    result.notes.push_back(fmt::format("eigenvectors: {} at each end are there, of {} asked for",
                                       written, setting.options.eigenvectors));
  }
}

void dense_spectrum(const SpectrumSetting& setting, const Point<double>& point,
                    ObjectiveSpectrum& result) {
  Matrix hessian = point.hessian();
  require_finite(hessian.allFinite(), result.name, "Hessian", setting);
  const Index p = setting.p_reduced + setting.n_removed;
  const Index n_exact_zero = setting.n_removed + zero_rows(hessian);
  if (p <= kHeatMapLimit) result.hessian = lift_hessian(setting, hessian);

  Matrix kept;  // the eigen-solver overwrites its argument
  if (setting.options.check_inertia && !has_joint_inertia(setting, result.name)) kept = hessian;
  Vector reduced_values;
  if (setting.options.eigenvectors > 0) {
    Eigenpairs pairs = symmetric_eigenpairs(std::move(hessian));
    const Index k = std::min(setting.options.eigenvectors, setting.p_reduced / 2);
    Matrix ends(setting.p_reduced, 2 * k);
    ends << pairs.vectors.leftCols(k), pairs.vectors.rightCols(k);
    result.vector_values.resize(2 * k);
    result.vector_values << pairs.values.head(k), pairs.values.tail(k);
    result.vectors = lift_vectors(setting, ends);
    reduced_values = std::move(pairs.values);
    note_vectors(setting, k, result);
  } else {
    reduced_values = symmetric_eigenvalues(std::move(hessian));
  }
  const double norm = reduced_values.lpNorm<Eigen::Infinity>();
  result.eigenvalues = with_zeros(reduced_values, setting.n_removed);
  result.lambda_min = result.eigenvalues[0];
  result.lambda_max = result.eigenvalues[p - 1];
  result.zero_threshold = zero_threshold(point, norm, setting.p_reduced);
  note_lost_digits(norm, result);
  bound_gradient(setting, point, norm, result);
  result.inertia = count_signs(result.eigenvalues, result.zero_threshold);
  if (setting.options.check_inertia) count_independently(setting, kept, reduced_values, result);
  result.judgement = judge(setting, result, result.inertia, n_exact_zero);
}

void extreme_ends(const SpectrumSetting& setting, const Point<double>& point,
                  ObjectiveSpectrum& result) {
  const Index p = setting.p_reduced + setting.n_removed;
  ExtremeOptions options;
  options.count = setting.options.count.value_or(options.count);
  options.seed = setting.options.problem.seed;
  if (setting.progress) {
    options.progress = [&](const std::string& text) {
      setting.progress(result.name + ": " + text);
    };
  }
  const AnySymmetricOperator H(
      setting.p_reduced, [&point](ConstMatrixRef V, MatrixRef HV) { point.hessian_times(V, HV); });
  ExtremeSpectrum ends = extreme_spectrum(H, options);
  if (ends.summary.status == Status::kNotFinite) {
    throw std::runtime_error(result.name + ": " + ends.summary.message);
  }
  if (!ends.summary.ok()) result.notes.push_back(ends.summary.message);

  result.zero_threshold = zero_threshold(point, ends.norm, setting.p_reduced);
  note_lost_digits(ends.norm, result);
  bound_gradient(setting, point, ends.norm, result);
  const EndCount negative =
      count_end(ends.smallest, ends.smallest_residuals, result.zero_threshold, -1, ends.complete);
  const EndCount positive =
      count_end(ends.largest, ends.largest_residuals, result.zero_threshold, 1, ends.complete);
  const bool both = negative.all >= 0 && positive.all >= 0;
  result.inertia = {negative.all, both ? p - negative.all - positive.all : -1, positive.all};

  const Index k =
      std::min({setting.options.eigenvectors, ends.smallest.size(), ends.largest.size()});
  if (k > 0) {
    Matrix vectors(setting.p_reduced, 2 * k);
    vectors << ends.smallest_vectors.leftCols(k), ends.largest_vectors.rightCols(k);
    result.vector_values.resize(2 * k);
    result.vector_values << ends.smallest.head(k), ends.largest.tail(k);
    result.vectors = lift_vectors(setting, vectors);
  }
  note_vectors(setting, k, result);
  result.smallest = ends.smallest;
  result.largest = ends.largest;
  result.smallest_residuals = ends.smallest_residuals;
  result.largest_residuals = ends.largest_residuals;
  merge_zeros_at_end(result.smallest, result.smallest_residuals, setting.n_removed, true);
  merge_zeros_at_end(result.largest, result.largest_residuals, setting.n_removed, false);
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  result.lambda_min = result.smallest.size() > 0 ? result.smallest[0] : unknown;
  result.lambda_max =
      result.largest.size() > 0 ? result.largest[result.largest.size() - 1] : unknown;

  Inertia known = result.inertia;
  if (negative.found > 0) known.n_negative = negative.found;  // at least: enough for strict
  // With a threshold of 0 nothing in H was rounded, so what is zero is zero exactly.
  result.judgement =
      judge(setting, result, known, result.zero_threshold == 0 ? p : setting.n_removed);
}

void compare_with_theory(const SpectrumSetting& setting, ObjectiveSpectrum& result) {
  const Network& network = setting.problem.network;
  if (!has_closed_form(network)) return;
  if (setting.all_layers) {
    result.theory =
        predicted_spectrum(is_loss(result.name) ? LinearObjective::kMse : LinearObjective::kEnergy,
                           network.architecture, network.theta, setting.moments);
  }
  if (result.theory && result.eigenvalues.size() == result.theory->eigenvalues.size()) {
    const double scale = std::max(result.eigenvalues.lpNorm<Eigen::Infinity>(),
                                  result.theory->eigenvalues.lpNorm<Eigen::Infinity>());
    const double distance =
        (result.eigenvalues - result.theory->eigenvalues).lpNorm<Eigen::Infinity>();
    result.theory_distance = scale > 0 ? distance / scale : 0;
  }
  if (result.name != "energy" || !setting.all_layers) return;
  result.zero_rank_bound = zero_rank_bound(network.architecture, network.theta, setting.moments);
  if (result.zero_rank_bound &&
      result.lambda_min > *result.zero_rank_bound + result.zero_threshold) {
    result.notes.push_back(
        fmt::format("lambda_min exceeds the zero-rank bound {:.6g}", *result.zero_rank_bound));
  }
}

}  // namespace

ObjectiveSpectrum study_objective(const SpectrumSetting& setting, const std::string& name) {
  const auto start = Clock::now();
  ObjectiveSpectrum result;
  result.name = name;
  const Architecture& architecture = setting.reduced.architecture();
  Evaluation<double> here =
      problem_objective(name, setting.problem, setting.reduced)->at(setting.theta);
  // Numbers that overflow are the caller's; a nonlinear network's inference may fail on its own.
  require(here.summary.status != Status::kNotFinite, "{}", here.summary.message);
  if (!here.summary.ok())
    throw std::runtime_error(here.summary.message +
                             (is_loss(name) ? "" : "; --objective mse leaves the energy out"));
  auto point = std::move(here.point);
  result.value = point->value();
  const Vector gradient = point->gradient();
  require_finite(std::isfinite(result.value), name, "value", setting);
  require_finite(gradient.allFinite(), name, "gradient", setting);
  result.gradient_norm = gradient.norm();
  // Curvature in some layers, at a point that is critical in all or not.
  if (!setting.all_layers)
    point = restrict_to_layers(std::move(point), architecture, setting.layers);
  if (setting.dense) {
    dense_spectrum(setting, *point, result);
  } else {
    extreme_ends(setting, *point, result);
  }
  compare_with_theory(setting, result);
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace saddlescope::analysis
