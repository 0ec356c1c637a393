#include "saddlescope/saddle/classification.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/power_of_two.hpp"
#include "saddlescope/saddle/escape_order.hpp"
#include "saddlescope/saddle/inertia_check.hpp"
#include "saddlescope/saddle/precise_point.hpp"
#include "saddlescope/saddle/proof_direction.hpp"

namespace saddlescope {
namespace {

// Eigenvalues within 64 p eps of the landscape's curvature are what rounding in theta and H leaves
// of a zero; between that and the proved bound of their error they are doubted.
constexpr double kNoise = 64 * std::numeric_limits<double>::epsilon();

// A bound of the eigenvalues' errors beyond this share of the curvature decides nothing.
constexpr double kLargestThreshold = 1e-3;

// The point under examination and what the steps below hand on.
struct Examination {
  Examination(const LinearLandscape& at, const Vector& point_theta, const ClassifyOptions& asked)
      : landscape(at),
        theta(point_theta),
        options(asked),
        reduced(at.reduced().reduce(point_theta)) {}

  const LinearLandscape& landscape;
  const Vector& theta;  // p
  const ClassifyOptions& options;
  Vector reduced;                              // p~
  std::unique_ptr<const Point<double>> point;  // at `reduced`
  Matrix hessian;                              // p~ x p~
  Eigenpairs pairs;                            // of `hessian`
  SymmetrySpace symmetry;                      // rank of the full orbit, directions reduced
  Inertia counted;                             // in double
  NullityReport nullity;
  GradientScales scales;
  // Distance to the critical point that is meant: of the rounding in theta, or what the gradient
  // tells if that is more.
  double theta_error = 0;
};

// The distance to the zero of the linearised gradient: |H^+ g| over eigenvalues beyond the
// threshold.
double newton_distance(const Examination& at, double threshold) {
  const Vector g = at.pairs.vectors.transpose() * at.point->gradient();
  double sum = 0;
  for (Index i = 0; i < g.size(); ++i)
    if (std::abs(at.pairs.values[i]) > threshold) sum += std::pow(g[i] / at.pairs.values[i], 2);
  return std::sqrt(sum);
}

// The error of theta moves the gradient by H dtheta, so its part along an eigenvector of eigenvalue
// h stays within
//
//   rounding + (|h| + error of H) parameter_error.
//
// Returns the eigenvalue's number where the gradient exceeds that most, or -1.
Index uncritical_direction(const Examination& at) {
  const Vector g = at.pairs.vectors.transpose() * at.point->gradient();
  const double hessian_error = at.point->hessian_error_bound();
  Index worst = -1;
  double excess = 1;
  for (Index i = 0; i < g.size(); ++i) {
    const double allowed = at.scales.rounding + (std::abs(at.pairs.values[i]) + hessian_error) *
                                                    parameter_error(at.scales);
    if (!(std::abs(g[i]) <= excess * allowed)) {
      worst = i;
      excess = std::abs(g[i]) / allowed;
    }
  }
  return worst;
}

Vector lifted(const Examination& at, const Vector& reduced) {
  return at.landscape.reduced().lift(reduced);
}

void measure_point(const Examination& at, Classification& out) {
  out.value = at.point->value();
  out.value_error = at.landscape.value_error(at.theta);
  const LinearLandscape::LowerBound bound = at.landscape.lower_bound();
  out.lower_bound = bound.value;
  out.is_global = out.value - bound.value <= out.value_error + bound.error;
}

void count_independently(const Examination& at, Classification& out) {
  const double error =
      out.zero_threshold + at.landscape.independent_error(at.reduced, out.hessian_norm);
  const std::optional<double> threshold = threshold_in_gap(at.pairs.values, error);
  if (!threshold) {
    out.notes.push_back(fmt::format(
        "signs not counted again: no gap of the spectrum is wider than the error {:.1e}", error));
    return;
  }
  out.independent_threshold = *threshold;
  out.independent = at.landscape.independent_inertia(at.reduced, at.hessian, *threshold);
  out.independent->n_zero += at.landscape.n_removed();
}

bool counts_agree(const Examination& at, const Classification& out) {
  if (!out.independent) return true;
  Inertia expected = inertia_from_eigenvalues(at.pairs.values, out.independent_threshold);
  expected.n_zero += at.landscape.n_removed();
  return expected == *out.independent;
}

void measure_curvature(Examination& at, Classification& out) {
  const Vector& values = at.pairs.values;
  out.hessian_norm = values.lpNorm<Eigen::Infinity>();
  out.zero_threshold =
      at.point->hessian_error_bound() + eigenvalue_error_bound(values.size(), out.hessian_norm);
  out.eigenvalues.setZero(values.size() + at.landscape.n_removed());
  out.eigenvalues.head(values.size()) = values;
  std::sort(out.eigenvalues.begin(), out.eigenvalues.end());
  out.lambda_min = out.eigenvalues[0];
  out.lowest = lifted(at, at.pairs.vectors.col(0));
  if (!std::isfinite(out.zero_threshold)) {
    out.notes.emplace_back("no digit of the Hessian is certain in double");
    out.inertia = {0, values.size() + at.landscape.n_removed(), 0};
    return;
  }
  out.inertia = inertia_from_eigenvalues(values, out.zero_threshold);
  out.inertia.n_zero += at.landscape.n_removed();
  at.counted = out.inertia;
  if (at.options.independent) count_independently(at, out);

  at.theta_error = std::max(parameter_error(at.scales), newton_distance(at, out.zero_threshold));
  at.symmetry = symmetry_space(at.landscape.architecture(), at.theta, at.theta_error);
  at.symmetry.directions = at.landscape.reduced().reduce(at.symmetry.directions);
  at.nullity = split_nullity(at.hessian, at.point->hessian_error_bound(), out.inertia, at.symmetry);
  if (at.nullity.summary.ok()) {
    out.symmetry_nullity = at.nullity.symmetry;
    out.excess_nullity = at.nullity.excess;
  } else {
    if (at.symmetry.summary.ok()) out.symmetry_nullity = at.symmetry.rank;
    out.notes.push_back(at.nullity.summary.message);
  }
}

// Tries to prove negative curvature along `directions` (of the full network).
bool prove_strict(const Examination& at, const std::vector<CandidateDirection>& directions,
                  Classification& out) {
  Certified proved = certify(at.landscape.which(), at.landscape.architecture(),
                             at.landscape.enclosed_data(), at.theta, directions);
  if (!proved.summary.ok()) {
    out.notes.push_back(proved.summary.message);
    return false;
  }
  out.certificate = std::move(proved.certificate);
  out.is_global = false;  // it falls along the direction
  out.escape_order = 2;
  out.escape_direction = out.certificate->direction.normalized();
  out.escape_coefficient = out.certificate->curvature_bound / 2;
  return true;
}

// The directions of the proof that critical points of F* are strict; empty for the loss.
std::vector<CandidateDirection> directions_of_proof(const Examination& at) {
  std::vector<CandidateDirection> out;
  if (at.landscape.which() != LinearObjective::kEnergy) return out;
  for (const ProofDirection& one :
       proof_directions(at.landscape.architecture(), at.landscape.data(), at.theta).found)
    out.push_back({one.vector, DirectionKind::kProof});
  return out;
}

void set(Classification& out, PointVerdict verdict, std::string reason) {
  out.verdict = verdict;
  out.reason = std::move(reason);
}

std::string plural(Index n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

// n_- >= 1: a certificate, or undecided.
bool settle_strict(const Examination& at, const Vector& lowest, Classification& out) {
  bool proved = prove_strict(at, {{lowest, DirectionKind::kEigenvector}}, out);
  if (!proved) {
    const std::vector<CandidateDirection> proof = directions_of_proof(at);
    proved = !proof.empty() && prove_strict(at, proof, out);
  }
  if (proved)
    set(out, PointVerdict::kStrictSaddle,
        fmt::format("{} < 0, lambda_min <= {:.6g} proved",
                    plural(out.inertia.n_negative, "eigenvalue"),
                    out.certificate->curvature_bound));
  return proved;
}

template <class T>
bool settle_escape(const Examination& at, const Objective<T>& objective, const VectorOf<T>& theta,
                   const NullSpace<T>& space, double theta_error, Classification& out) {
  if (at.options.max_order < 3) {
    set(out, PointVerdict::kDegenerate,
        fmt::format("no negative eigenvalue, excess nullity {}, no higher order asked for",
                    out.excess_nullity));
    return true;
  }
  EscapeOptions search;
  search.max_order = at.options.max_order;
  search.theta_error = theta_error;
  search.seed = at.options.seed;
  const EscapeOrder<T> found = escape_order(objective, theta, space, search);
  if (!found.summary.ok()) {
    out.notes.push_back(found.summary.message);
    return false;
  }
  if (found.order == 0) {
    set(out, PointVerdict::kDegenerate,
        fmt::format("no negative eigenvalue, excess nullity {}, no descent up to order {}",
                    out.excess_nullity, found.tried));
    return true;
  }
  out.escape_order = found.order;
  out.escape_direction = lifted(at, found.direction.template cast<double>());
  out.escape_coefficient = static_cast<double>(found.coefficient);
  set(out, PointVerdict::kNonStrictSaddle,
      fmt::format("no negative eigenvalue, excess nullity {}, descends at order {}{}",
                  out.excess_nullity, found.order,
                  found.is_smallest ? "" : " (the smallest found, perhaps not the smallest)"));
  return true;
}

// n_- = 0 with a nullity that is split: minimum, non-strict saddle or degenerate.
template <class T>
bool settle_flat(const Examination& at, const Objective<T>& objective, const VectorOf<T>& theta,
                 const NullSpace<T>& space, double theta_error, Classification& out) {
  if (out.excess_nullity == 0) {
    set(out, PointVerdict::kLocalMinimum,
        out.symmetry_nullity == 0 ? "all eigenvalues > 0"
        : out.symmetry_nullity == 1
            ? "no negative eigenvalue, the symmetry explains the zero"
            : fmt::format("no negative eigenvalue, the symmetry explains all {} zeros",
                          out.symmetry_nullity));
    return true;
  }
  if (out.is_global) {
    set(out, PointVerdict::kDegenerate,
        fmt::format("no negative eigenvalue, excess nullity {}; no descent exists: the value is "
                    "the proved lower bound",
                    out.excess_nullity));
    return true;
  }
  return settle_escape(at, objective, theta, space, theta_error, out);
}

// No eigenvalue that counts as zero is in doubt.
bool zeros_are_clear(const Examination& at, const Classification& out) {
  const Vector& values = at.pairs.values;
  const double noise = kNoise * static_cast<double>(values.size()) * out.curvature_scale;
  return out.zero_threshold <= kLargestThreshold * out.curvature_scale &&
         (values.array().abs() <= noise || values.array().abs() > out.zero_threshold).all();
}

// The curvature along each near-null eigenvector once more, from the second coefficient of the series
// along it, whose error scales with that direction alone: negative ones that the eigenvalues of H
// cannot show.
bool negative_series(const Examination& at, const Classification& out) {
  const double unit =
      4 * static_cast<double>(at.reduced.size() + 3) * std::numeric_limits<double>::epsilon();
  Matrix curve(at.reduced.size(), 3);
  curve.col(0) = at.reduced;
  curve.col(2).setZero();
  for (Index i = 0; i < at.pairs.values.size(); ++i) {
    if (std::abs(at.pairs.values[i]) > out.zero_threshold) continue;
    curve.col(1) = at.pairs.vectors.col(i);
    const CurveSeries<double> series = at.landscape.objective().along(curve);
    if (!series.summary.ok()) return true;
    if (series.value[2] < -unit * series.value_size[2]) return true;
  }
  return false;
}

bool settle_flat_in_double(const Examination& at, Classification& out) {
  return settle_flat(at, at.landscape.objective(), at.reduced,
                     null_space(at.pairs.values, at.pairs.vectors, out.zero_threshold),
                     at.theta_error, out);
}

bool settle_in_double(const Examination& at, Classification& out) {
  if (!counts_agree(at, out)) {
    out.notes.push_back(
        fmt::format("the independent count at {:.1e} finds {} negative, {} zero, {} positive",
                    out.independent_threshold, out.independent->n_negative, out.independent->n_zero,
                    out.independent->n_positive));
    return false;
  }
  if (out.inertia.n_negative > 0) {
    if (!zeros_are_clear(at, out)) {
      out.excess_nullity = -1;
      out.notes.emplace_back("some eigenvalues within the zero threshold are not zero to rounding");
    }
    return settle_strict(at, out.lowest, out);
  }
  if (!at.nullity.summary.ok() || !zeros_are_clear(at, out)) return false;
  // A negative eigenvalue below the resolution of double may exist: quad counts.
  if (out.excess_nullity > 0 && !out.is_global &&
      (!directions_of_proof(at).empty() || negative_series(at, out)))
    return false;
  return settle_flat_in_double(at, out);
}

// Counts the near-null eigenvalues again in quad and decides with them.
bool settle_in_quad(const Examination& at, Classification& out) {
  const Objective<Quad>& objective = at.landscape.precise_objective();
  const PrecisePoint precise =
      precise_point(objective, at.reduced, at.pairs.values, at.pairs.vectors, out.zero_threshold);
  if (!precise.summary.ok()) {
    out.notes.push_back(precise.summary.message);
    return false;
  }
  out.decided_in_quad = true;
  out.inertia = precise.inertia;
  out.inertia.n_zero += at.landscape.n_removed();
  out.excess_nullity = at.symmetry.summary.ok() ? out.inertia.n_zero - at.symmetry.rank : -1;
  if (precise.inertia.n_negative > 0) {
    if (at.pairs.values[0] >= -out.zero_threshold) {  // the lowest is one of the near-null ones
      out.lambda_min = static_cast<double>(precise.near_values[0]);
      out.lowest = lifted(at, precise.near_directions.col(0).cast<double>());
    }
    return settle_strict(at, out.lowest, out);
  }
  if (precise.n_open > 0) {
    // Signs that belong to theta and not surely to a critical point nearby: decided only where theta
    // is that point, its gradient enclosed by 0 (and what the interval's steps and root make of it).
    std::vector<CandidateDirection> directions = directions_of_proof(at);
    directions.push_back(
        {lifted(at, precise.near_directions.col(0).cast<double>()), DirectionKind::kEigenvector});
    out.excess_nullity = -1;
    Classification attempt = out;
    if (prove_strict(at, directions, attempt) &&
        attempt.certificate->gradient_bound <= std::sqrt(std::numeric_limits<double>::min())) {
      out = std::move(attempt);
      set(out, PointVerdict::kStrictSaddle,
          fmt::format("lambda_min <= {:.6g} proved, below the resolution of the count",
                      out.certificate->curvature_bound));
      out.lambda_min = static_cast<double>(precise.near_values[0]);
      out.inertia.n_negative = -1;
      out.inertia.n_zero = -1;
      return true;
    }
    return false;
  }
  if (!at.symmetry.summary.ok() || out.excess_nullity < 0) return false;
  out.symmetry_nullity = at.symmetry.rank;
  // Where quad has only confirmed the zeros that double had counted, double may know the rest.
  if (precise.inertia.n_zero + at.landscape.n_removed() == at.counted.n_zero &&
      zeros_are_clear(at, out) && settle_flat_in_double(at, out))
    return true;
  return settle_flat<Quad>(at, objective, precise.theta, precise.space, precise.location_error,
                           out);
}

}  // namespace

Classification classify(const LinearLandscape& landscape, const Vector& theta,
                        const ClassifyOptions& options) {
  require(options.max_order >= 2, "classify: order of escape: expected >= 2, got {}",
          options.max_order);
  require(theta.size() == landscape.architecture().n_parameters(),
          "parameters theta: expected {}, got {}", landscape.architecture().n_parameters(),
          theta.size());
  Classification out;
  out.objective = landscape.objective().name();
  Examination at(landscape, theta, options);
  Evaluation<double> evaluation = landscape.objective().at(at.reduced);
  if (!evaluation.summary.ok()) {
    set(out, PointVerdict::kUndecided, evaluation.summary.message);
    return out;
  }
  at.point = std::move(evaluation.point);
  measure_point(at, out);
  at.hessian = at.point->hessian();
  const std::vector<Index>& widths = landscape.architecture().widths;
  at.scales = {at.point->gradient_error_bound(),
               at.point->gradient_magnitude(),
               out.value,
               at.reduced.norm(),
               at.hessian.norm(),
               *std::max_element(widths.begin(), widths.end())};
  const GradientFacts gradient = gradient_facts(scaled_norm(at.point->gradient()), at.scales);
  out.gradient_norm = gradient.norm;
  out.gradient_bound = gradient.bound;
  out.curvature_scale = curvature_scale(at.scales);
  Criticality criticality = judge_gradient(gradient);
  set(out,
      criticality == Criticality::kNotCritical ? PointVerdict::kNotCritical
                                               : PointVerdict::kUndecided,
      text(gradient));
  if (criticality != Criticality::kCritical && !options.any_point) return out;
  at.pairs = symmetric_eigenpairs(at.hessian);
  if (criticality == Criticality::kCritical) {
    const Index slope = uncritical_direction(at);
    if (slope >= 0) {
      criticality = Criticality::kNotCritical;
      set(out, PointVerdict::kNotCritical,
          fmt::format(
              "the gradient along an eigenvector of eigenvalue {:.2g} exceeds what rounding "
              "leaves there; |gradient| {:.2e}",
              at.pairs.values[slope], out.gradient_norm));
      if (!options.any_point) return out;
    }
  }
  measure_curvature(at, out);
  if (criticality != Criticality::kCritical) {
    if (criticality == Criticality::kNotCritical) {
      out.escape_order = 1;
      out.escape_direction = -lifted(at, at.point->gradient()) / out.gradient_norm;
      out.escape_coefficient = -out.gradient_norm;
    }
    return out;
  }
  if (!settle_in_double(at, out) && (!options.precise || !settle_in_quad(at, out)))
    set(out, PointVerdict::kUndecided,
        out.notes.empty() ? "a sign is not resolved" : out.notes.back());
  return out;
}

}  // namespace saddlescope
