#include "saddlescope/analysis/objective_spectrum.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/hessian/restriction.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

using Clock = std::chrono::steady_clock;

// Ascending `values` with `zeros` exact zeros merged in.
Vector with_zeros(const Vector& values, Index zeros) {
  const auto negatives = std::lower_bound(values.begin(), values.end(), 0.0) - values.begin();
  Vector merged = Vector::Zero(values.size() + zeros);
  merged.head(negatives) = values.head(negatives);
  merged.tail(values.size() - negatives) = values.tail(values.size() - negatives);
  return merged;
}

// The same for the pairs at one end: keeps the first or last `keep` of values and zeros together.
void merge_zeros_at_end(Vector& values, Vector& residuals, Index zeros, bool smallest) {
  const Index keep = values.size();
  const auto negatives = std::lower_bound(values.begin(), values.end(), 0.0) - values.begin();
  const Index added = std::min(zeros, keep);
  Vector all = with_zeros(values, added), errors = Vector::Zero(keep + added);
  errors.head(negatives) = residuals.head(negatives);
  errors.tail(keep - negatives) = residuals.tail(keep - negatives);
  values = smallest ? all.head(keep).eval() : all.tail(keep).eval();
  residuals = smallest ? errors.head(keep).eval() : errors.tail(keep).eval();
}

// Vectors in the coordinates of the chosen layers -> vectors of the full parameter space.
Matrix lift_vectors(const SpectrumSetting& setting, const Matrix& vectors) {
  const Architecture& architecture = setting.reduced.architecture();
  Matrix whole = Matrix::Zero(architecture.n_parameters(), vectors.cols());
  Index row = 0;
  for (const Index layer : setting.layers) {
    const Index begin = architecture.offset(layer);
    const Index size = architecture.offset(layer + 1) - begin;
    whole.middleRows(begin, size) = vectors.middleRows(row, size);
    row += size;
  }
  return setting.reduced.lift(whole);
}

// The Hessian in the coordinates of the chosen layers of the full network, E H~ E'.
Matrix lift_hessian(const SpectrumSetting& setting, const Matrix& hessian) {
  const Architecture& full = setting.reduced.full();
  const Matrix half = lift_vectors(setting, hessian).transpose();
  const Matrix whole = lift_vectors(setting, half);
  if (setting.all_layers) return whole;
  std::vector<Index> coordinates;
  for (const Index layer : setting.layers) {
    for (Index i = full.offset(layer); i < full.offset(layer + 1); ++i) coordinates.push_back(i);
  }
  return whole(coordinates, coordinates);
}

LinearObjective which(const std::string& name) {
  return name == "mse" ? LinearObjective::kMse : LinearObjective::kEnergy;
}

std::unique_ptr<const Point<double>> evaluate(const SpectrumSetting& setting,
                                              const std::string& name) {
  const Architecture& architecture = setting.reduced.architecture();
  const auto objective = name == "mse"
                             ? mse_loss(architecture, setting.reduced.factor())
                             : equilibrated_energy(architecture, setting.reduced.factor());
  Evaluation<double> evaluation = objective->at(setting.theta);
  if (!evaluation.summary.ok()) {
    throw std::runtime_error(fmt::format("{} at the point {}: {}", name, setting.problem.point,
                                         evaluation.summary.message));
  }
  if (setting.all_layers) return std::move(evaluation.point);
  return restrict_to_layers(std::move(evaluation.point), architecture, setting.layers);
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

void count_independently(const SpectrumSetting& setting, const Matrix& hessian,
                         ObjectiveSpectrum& result) {
  const bool joint = result.name == "energy" && setting.all_layers;
  Inertia inertia = joint ? joint_inertia(setting.reduced.architecture(), setting.reduced.factor(),
                                          setting.theta, result.zero_threshold)
                          : inertia_bunch_kaufman(hessian, result.zero_threshold);
  inertia.n_zero += setting.n_removed;
  result.independent_inertia = inertia;
  if (!(inertia == result.inertia)) {
    result.notes.push_back(fmt::format("undecided: the {} counts {} negative, {} zero, {} positive",
                                       joint ? "joint Hessian" : "Bunch-Kaufman factorisation",
                                       inertia.n_negative, inertia.n_zero, inertia.n_positive));
  }
}

void dense_spectrum(const SpectrumSetting& setting, const Point<double>& point,
                    ObjectiveSpectrum& result) {
  Matrix hessian = point.hessian();
  require_finite(hessian.allFinite(), result.name, "Hessian", setting);
  const Index p = setting.p_reduced + setting.n_removed;
  const bool exactly_zero = (hessian.array() == 0).all();
  if (p <= kHeatMapLimit) result.hessian = lift_hessian(setting, hessian);

  Matrix kept;  // the eigen-solver overwrites its argument
  if (setting.options.check_inertia) kept = hessian;
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
  } else {
    reduced_values = symmetric_eigenvalues(std::move(hessian));
  }
  const double norm = reduced_values.lpNorm<Eigen::Infinity>();
  result.eigenvalues = with_zeros(reduced_values, setting.n_removed);
  result.lambda_min = result.eigenvalues[0];
  result.lambda_max = result.eigenvalues[p - 1];
  result.zero_threshold =
      eigenvalue_error_bound(setting.p_reduced, std::max(norm, point.hessian_magnitude()));
  result.inertia = inertia_from_eigenvalues(result.eigenvalues, result.zero_threshold);
  if (setting.options.check_inertia) count_independently(setting, kept, result);
  result.verdict = verdict({result.gradient_norm, result.gradient_bound, result.lambda_min,
                            exactly_zero, result.inertia});
}

void extreme_ends(const SpectrumSetting& setting, const Point<double>& point,
                  ObjectiveSpectrum& result) {
  const Index p = setting.p_reduced + setting.n_removed;
  ExtremeOptions options;
  options.count = setting.options.count;
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
  if (ends.smallest.size() == 0 || ends.largest.size() == 0) {
    result.lambda_min = result.lambda_max = std::numeric_limits<double>::quiet_NaN();
    result.inertia = {-1, -1, -1};
    result.verdict = "undecided: no eigenpair converged at one end";
    return;
  }

  result.zero_threshold =
      eigenvalue_error_bound(setting.p_reduced, std::max(ends.norm, point.hessian_magnitude()));
  // Signs are counted where the list at one end reaches past zero and no copy is missing.
  const double negative = -result.zero_threshold - ends.smallest_residuals.maxCoeff();
  const double positive = result.zero_threshold + ends.largest_residuals.maxCoeff();
  const Index n_negative = (ends.smallest.array() < negative).count();
  const Index n_positive = (ends.largest.array() > positive).count();
  const bool all_negative = ends.complete && n_negative < ends.smallest.size();
  const bool all_positive = ends.complete && n_positive < ends.largest.size();
  result.inertia = {all_negative ? n_negative : -1,
                    all_negative && all_positive ? p - n_negative - n_positive : -1,
                    all_positive ? n_positive : -1};

  const Index k =
      std::min({setting.options.eigenvectors, ends.smallest.size(), ends.largest.size()});
  if (k > 0) {
    Matrix vectors(setting.p_reduced, 2 * k);
    vectors << ends.smallest_vectors.leftCols(k), ends.largest_vectors.rightCols(k);
    result.vector_values.resize(2 * k);
    result.vector_values << ends.smallest.head(k), ends.largest.tail(k);
    result.vectors = lift_vectors(setting, vectors);
  }
  result.smallest = ends.smallest;
  result.largest = ends.largest;
  result.smallest_residuals = ends.smallest_residuals;
  result.largest_residuals = ends.largest_residuals;
  merge_zeros_at_end(result.smallest, result.smallest_residuals, setting.n_removed, true);
  merge_zeros_at_end(result.largest, result.largest_residuals, setting.n_removed, false);
  result.lambda_min = result.smallest[0];
  result.lambda_max = result.largest[result.largest.size() - 1];

  CurvatureFacts facts{result.gradient_norm, result.gradient_bound, result.lambda_min, false,
                       result.inertia};
  if (n_negative > 0) facts.inertia.n_negative = n_negative;  // at least so many: enough for strict
  result.verdict = verdict(facts);
}

void compare_with_theory(const SpectrumSetting& setting, ObjectiveSpectrum& result) {
  const Network& network = setting.problem.network;
  if (setting.all_layers) {
    result.theory = predicted_spectrum(which(result.name), network.architecture, network.theta,
                                       setting.moments);
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
  const auto point = evaluate(setting, name);
  result.value = point->value();
  const Vector gradient = point->gradient();
  require_finite(std::isfinite(result.value), name, "value", setting);
  require_finite(gradient.allFinite(), name, "gradient", setting);
  result.gradient_norm = gradient.norm();
  result.gradient_bound = point->gradient_error_bound();
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
