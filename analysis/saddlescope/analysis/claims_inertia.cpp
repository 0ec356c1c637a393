// Claims that independent counts of negative, zero and positive eigenvalues agree.
#include <cstdlib>
#include <optional>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/saddle/inertia_check.hpp"

namespace saddlescope::analysis {
namespace {

void compare(const std::string& what, const Vector& eigenvalues, double threshold,
             const Inertia& counted, Measurements& m) {
  const Inertia expected = inertia_from_eigenvalues(eigenvalues, threshold);
  const Index off = std::abs(expected.n_negative - counted.n_negative) +
                    std::abs(expected.n_zero - counted.n_zero) +
                    std::abs(expected.n_positive - counted.n_positive);
  m.add(what + " counts", static_cast<double>(off), 0.5);
}

constexpr auto* kNoGap = "no gap of the spectrum below 1e-3 |H| is wider than the errors";

void measure_joint(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const auto point = point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta);
  const Vector eigenvalues = symmetric_eigenvalues(point->hessian());
  const double error =
      eigenvalue_error_bound(eigenvalues.size(), eigenvalues.cwiseAbs().maxCoeff()) +
      s.rounding(LinearObjective::kEnergy) * point->hessian_magnitude() +
      joint_inertia_error(c.architecture, c.factor, c.theta);
  const std::optional<double> threshold = threshold_in_gap(eigenvalues, error);
  if (!threshold) return m.undecided(kNoGap);
  compare("energy", eigenvalues, *threshold,
          joint_inertia(c.architecture, c.factor, c.theta, *threshold), m);
}

void measure_bunch_kaufman(Case& c, Measurements& m) {
  for (const LinearObjective o : kBothObjectives) {
    const Matrix H = point_at<double>(o, c.architecture, c.factor, c.theta)->hessian();
    const Vector eigenvalues = symmetric_eigenvalues(H);
    const double norm = eigenvalues.cwiseAbs().maxCoeff();
    // Both routes see the same H.
    const double error =
        eigenvalue_error_bound(H.rows(), norm) + bunch_kaufman_error(H.rows(), norm);
    const std::optional<double> threshold = threshold_in_gap(eigenvalues, error);
    if (!threshold) {
      m.undecided(kNoGap);
      continue;
    }
    compare(name(o), eigenvalues, *threshold, inertia_bunch_kaufman(H, *threshold), m);
  }
}

constexpr auto* kSweep =
    "SP/NTP/muPC, gamma, skips, precisions, five kinds of data, four kinds of points";

}  // namespace

std::vector<Claim> inertia_claims() {
  return {
      swept_claim({.id = "inertia-joint",
                   .statement = "H(F*) has as many negative, zero and positive eigenvalues as "
                                "counted from the joint Hessian of F(z, theta), without "
                                "eigenvalues or closed form.",
                   .source = "Haynsworth's inertia additivity, F_zz > 0",
                   .sweep = std::string("L = 2..5, ") + kSweep,
                   .tolerance = "counts equal; zero means within 4 times the error of both routes "
                                "(eigen-solver, entries, Schur complement of the joint Hessian), "
                                "doubled until no eigenvalue is nearer to that threshold than the "
                                "error; undecided where that takes more than 1e-3 |H|_2"},
                  {.widths = hidden_widths()}, measure_joint),
      swept_claim({.id = "inertia-bunch-kaufman",
                   .statement = "Inertias of H(L) and H(F*) from eigenvalues and from the "
                                "Bunch-Kaufman factors of H +- threshold I agree.",
                   .source = "Sylvester's law of inertia",
                   .sweep = std::string("L = 1..5, ") + kSweep,
                   .tolerance = "counts equal; zero means within 4 (p eps + 16 p^2 eps) |H|_2, the "
                                "errors of both routes, doubled until no eigenvalue is nearer to "
                                "that threshold than those errors; undecided where that takes "
                                "more than 1e-3 |H|_2"},
                  {.widths = standard_widths()}, measure_bunch_kaufman),
  };
}

}  // namespace saddlescope::analysis
