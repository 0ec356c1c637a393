// Claims about the two exact reductions.
#include <algorithm>
#include <cmath>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/input_reduction.hpp"

namespace saddlescope::analysis {
namespace {

// Value, gradient and all p eigenvalues of the reduced problem, lifted, against those of the full
// one.
void compare(Case& c, const ReductionOptions& options, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const ReducedProblem<double> reduced(c.architecture, c.data, options);
  const Vector theta = reduced.reduce(c.theta);
  for (const LinearObjective o : kBothObjectives) {
    const auto full = point_at<double>(o, c.architecture, c.factor, c.theta);
    const auto small = point_at<double>(o, reduced.architecture(), reduced.factor(), theta);
    m.add(name(o) + " value", std::abs(full->value() - small->value()), s.rounding(o) * s.value(o));
    const Vector gradient = full->gradient();
    const Vector lifted = reduced.lift(small->gradient());
    m.add(name(o) + " gradient", (gradient - lifted).norm(), s.rounding(o) * s.gradient(o));
    const Vector expected = symmetric_eigenvalues(full->hessian());
    Vector eigenvalues = Vector::Zero(expected.size());
    eigenvalues.head(small->dim()) = symmetric_eigenvalues(small->hessian());
    std::sort(eigenvalues.begin(), eigenvalues.end());
    m.add(name(o) + " eigenvalues", (expected - eigenvalues).cwiseAbs().maxCoeff(),
          eigenvalue_error_bound(expected.size(), expected.cwiseAbs().maxCoeff()) +
              s.rounding(o) * full->hessian_magnitude());
    if (options.input_span)
      m.add(name(o) + " number of exact zeros",
            std::abs(static_cast<double>(full->dim() - small->dim() - reduced.n_removed())), 0.5);
  }
}

constexpr auto* kTolerance =
    "4 n eps kappa times each quantity's size before cancellation (plus p eps |H|_2 for "
    "eigenvalues): the reduction's QR has a backward error of n eps per column";

}  // namespace

std::vector<Claim> reduction_claims() {
  const std::vector<PointKind> points = {PointKind::kOrigin, PointKind::kNearOrigin,
                                         PointKind::kNormal};
  // Two outputs on eight inputs: with N = 7 samples the inputs span 7 of 8 dimensions.
  std::vector<std::vector<Index>> wide_inputs = {
      {8, 3, 2}, {8, 2}, {7, 4, 3, 2}, {9, 3, 3, 3, 2}, {10, 4, 4, 4, 4, 3}};
  return {
      swept_claim(
          {.id = "reduction-compression",
           .statement = "Replacing N samples by the columns of R', R the triangular factor "
                        "of [X; Y]'/sqrt(N), changes neither value, gradient nor spectrum.",
           .source = "derived here: the objectives depend on second moments only",
           .sweep = "L = 1..5, SP/NTP/muPC, gamma, skips, precisions, N = 4 (d_x + d_y), "
                    "the published toy data, three kinds of points",
           .tolerance = kTolerance},
          {.widths = standard_widths(),
           .data = {DataKind::kManySamples, DataKind::kToy},
           .points = points},
          [](Case& c, Measurements& m) { compare(c, {.compress = true, .input_span = false}, m); }),
      swept_claim({.id = "reduction-input-span",
                   .statement = "With X = Q X~ and W~_1 = W_1 Q the Hessian has the reduced one's "
                                "eigenvalues and n_1 (d_x - rank X) zeros; value and gradient norm "
                                "do not change.",
                   .source = "derived here",
                   .sweep = "L = 1..5, d_x = 7..10 with d_x - 1 samples, SP/NTP/muPC, gamma, "
                            "skips, precisions, three kinds of points; with and without "
                            "compression",
                   .tolerance = kTolerance},
                  {.widths = wide_inputs, .data = {DataKind::kFewSamples}, .points = points},
                  [](Case& c, Measurements& m) {
                    compare(c, {.compress = false, .input_span = true}, m);
                    compare(c, {.compress = true, .input_span = true}, m);
                  }),
  };
}

}  // namespace saddlescope::analysis
