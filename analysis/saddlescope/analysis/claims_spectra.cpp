// Claims about Hessian spectra at the origin and at zero-rank points.
#include <algorithm>
#include <cmath>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope::analysis {
namespace {

// All eigenvalues and the error of each: that of the solver and that of the Hessian's entries.
struct MeasuredSpectrum {
  Matrix hessian;
  Vector eigenvalues;
  double error = 0;
};

MeasuredSpectrum measured_spectrum(LinearObjective objective, const Case& c, const Vector& theta) {
  const Scales s = scales(c.architecture, c.factor, theta);
  const auto point = point_at<double>(objective, c.architecture, c.factor, theta);
  MeasuredSpectrum out;
  out.hessian = point->hessian();
  out.eigenvalues = symmetric_eigenvalues(out.hessian);
  out.error =
      eigenvalue_error_bound(out.eigenvalues.size(), out.eigenvalues.cwiseAbs().maxCoeff()) +
      s.rounding(objective) * point->hessian_magnitude();
  return out;
}

void compare_with_prediction(const Case& c, const Vector& theta, Measurements& m) {
  for (const LinearObjective o : kBothObjectives) {
    const auto predicted = predicted_spectrum(o, c.architecture, theta, c.moments);
    if (!predicted) {
      m.undecided(name(o) + ": no closed form at this point");
      continue;
    }
    const MeasuredSpectrum measured = measured_spectrum(o, c, theta);
    m.add(name(o) + " eigenvalues",
          (measured.eigenvalues - predicted->eigenvalues).cwiseAbs().maxCoeff(), measured.error);
  }
}

void measure_origin(Case& c, Measurements& m) { compare_with_prediction(c, c.theta, m); }

// The published values, written out: a chain of L weights at zero has the Hessian of F* with entry
// -<y^2> in the last place of the diagonal and, for L = 2 only, -<xy> beside it; the loss has the
// latter alone.
void measure_chain(Case& c, Measurements& m) {
  const double xy = c.moments.xy(0, 0);
  const double yy = c.moments.yy(0, 0);
  const Index p = c.architecture.n_parameters();
  const double tolerance = 1e-14 * std::max(std::abs(xy), yy);
  for (const LinearObjective o : kBothObjectives) {
    Matrix expected = Matrix::Zero(p, p);
    if (o == LinearObjective::kEnergy) expected(p - 1, p - 1) = -yy;
    if (p == 2) expected(0, 1) = expected(1, 0) = -xy;
    Vector eigenvalues = expected.diagonal();
    if (p == 2) {
      const double mean = expected(1, 1) / 2;
      const double half_gap = std::hypot(mean, xy);
      eigenvalues << mean - half_gap, mean + half_gap;
    }
    std::sort(eigenvalues.begin(), eigenvalues.end());
    const MeasuredSpectrum measured = measured_spectrum(o, c, c.theta);
    m.add(name(o) + " entries", (measured.hessian - expected).cwiseAbs().maxCoeff(), tolerance);
    m.add(name(o) + " eigenvalues", (measured.eigenvalues - eigenvalues).cwiseAbs().maxCoeff(),
          tolerance);
  }
}

void measure_zero_rank(Case& c, Measurements& m) {
  compare_with_prediction(c, zero_rank(c.architecture, c.theta, c.moments), m);
}

void measure_bound(Case& c, Measurements& m) {
  const Vector theta = zero_rank(c.architecture, c.theta, c.moments);
  const auto bound = zero_rank_bound(c.architecture, theta, c.moments);
  if (!bound) return m.undecided("no bound at this point");
  const MeasuredSpectrum measured = measured_spectrum(LinearObjective::kEnergy, c, theta);
  m.add("lambda_min - bound", std::max(0.0, measured.eigenvalues(0) - *bound), measured.error);
  if (-*bound <= measured.error) return m.undecided("the bound is within rounding of 0");
  m.add("error of lambda_min against |bound|", measured.error, -*bound);
}

constexpr auto* kSpectrumReason =
    "p eps |H|_2 of the eigen-solver plus 4 n eps kappa |H| before cancellation for the entries";

std::vector<std::vector<Index>> deep_widths() {
  std::vector<std::vector<Index>> out = hidden_widths();
  std::erase_if(out, [](const std::vector<Index>& widths) { return widths.size() < 4; });
  return out;
}

}  // namespace

std::vector<Claim> spectrum_claims() {
  return {
      swept_claim(
          {.id = "origin-spectrum",
           .statement = "At the origin the spectra are those of theory. L = 1: a^2 Sigma_xx (x) I "
                        "(times lambda for F*). L = 2: n_1 copies of [[0, -a_1 a_2 lambda "
                        "Sigma_xy], [.., -a_2^2 lambda^2 Sigma_yy/pi_1]]. L >= 3 without skips: "
                        "-a_L^2 lambda^2/pi_{L-1} eig(Sigma_yy), each n_{L-1} times, and zeros for "
                        "F*; H(L) = 0. With skips: as L = 2 with precisions summed over the "
                        "identity path.",
           .source = "[S] for L = 1, 2 and >= 3; with skips derived here",
           .sweep = "L = 1..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data",
           .tolerance = kSpectrumReason},
          {.widths = standard_widths(), .points = {PointKind::kOrigin}}, measure_origin),
      swept_claim(
          {.id = "scalar-chains",
           .statement = "Chains of 2..6 scalar weights at the origin have Hessians of F* with "
                        "entries 0, -<xy>, -<y^2> (two weights) or 0, .., 0, -<y^2> (more), and "
                        "those eigenvalues; the loss keeps only -<xy>.",
           .source = "[S], chain examples",
           .sweep = "L = 2..6, widths 1, lambda = 1, SP/NTP/muPC, five kinds of data",
           .tolerance = "1e-14 of the larger of |<xy>| and <y^2>: 45 eps, for a mean over at most "
                        "16 samples and p eps, p <= 6, of the eigen-solver"},
          {.widths = {{1, 1, 1},
                      {1, 1, 1, 1},
                      {1, 1, 1, 1, 1},
                      {1, 1, 1, 1, 1, 1},
                      {1, 1, 1, 1, 1, 1, 1}},
           .points = {PointKind::kOrigin},
           .skips = false,
           .gammas = false,
           .precisions = false},
          measure_chain),
      swept_claim(
          {.id = "zero-rank-spectrum",
           .statement = "At 'all zero but the penultimate weight' the spectra split into n_{L-1} "
                        "matrices [[0, -a_1 a_L lambda s Sigma_xy], [.., -a_L^2 lambda^2 mu "
                        "Sigma_yy]], s and mu from singular values of the middle product, and "
                        "zeros.",
           .source = "[S]; the split with s != 0 derived here",
           .sweep = "L = 3..5, SP/NTP/muPC, gamma, precisions, five kinds of data, two "
                    "initialisations",
           .tolerance = kSpectrumReason},
          {.widths = deep_widths(),
           .points = {PointKind::kUniform, PointKind::kNormal},
           .skips = false},
          measure_zero_rank),
      swept_claim(
          {.id = "zero-rank-bound",
           .statement = "At points with A_{L-1:1} = 0 and A_L = 0, lambda_min(H(F*)) <= -a_L^2 "
                        "lambda^2 lambda_max(I/pi_{L-1} + sum_l A_{L-1:l} A_{L-1:l}'/pi_{l-1}) "
                        "lambda_max(Sigma_yy) < 0.",
           .source = "[S], zero-rank saddles are strict",
           .sweep = "L = 3..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, two "
                    "initialisations of the penultimate weight",
           .tolerance = kSpectrumReason},
          {.widths = deep_widths(), .points = {PointKind::kUniform, PointKind::kNormal}},
          measure_bound),
  };
}

}  // namespace saddlescope::analysis
