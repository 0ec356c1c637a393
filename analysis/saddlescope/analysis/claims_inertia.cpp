// Claims that independent counts of negative, zero and positive eigenvalues agree.
#include <algorithm>
#include <cmath>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/inertia.hpp"

namespace saddlescope::analysis {
namespace {

// The least of 4 error, 8 error, 16 error, .. that no |eigenvalue| comes nearer to than `error`:
// the counts of eigenvalues below and above it are then certain on either route.
double threshold_in_gap(const Vector& eigenvalues, double error) {
  double threshold = 4 * error;
  while (error > 0 && ((eigenvalues.array().abs() - threshold).abs() <= error).any())
    threshold *= 2;
  return threshold;
}

void compare(const std::string& what, const Vector& eigenvalues, double threshold,
             const Inertia& counted, Measurements& m) {
  const Inertia expected = inertia_from_eigenvalues(eigenvalues, threshold);
  const Index off = std::abs(expected.n_negative - counted.n_negative) +
                    std::abs(expected.n_zero - counted.n_zero) +
                    std::abs(expected.n_positive - counted.n_positive);
  m.add(what + " counts", static_cast<double>(off), 0.5);
}

// An error dJ of the joint Hessian J moves its Schur complement by at most |dJ| (1 + |F_zz^{-1}|
// |F_z theta|)^2. Norms: |F_z theta| <= sum_l a_l (pi_l |z_{l-1}| (1 + |A_l|) + |e~_l|), and
// |F_theta theta| <= sum_l pi_l a_l^2 |z_{l-1}|^2.
double joint_error(const Case& c) {
  const Architecture& net = c.architecture;
  const LinearState<double> state(LinearObjective::kEnergy, net, c.factor, c.theta);
  const Vector H_z = symmetric_eigenvalues(activity_hessian<double>(net, c.theta).dense());
  const double activity_norm = H_z(H_z.size() - 1);
  double cross = 0;
  double weights = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    const double a = std::abs(state.scale(l));
    const double pi = net.precisions[static_cast<std::size_t>(l)];
    const double z = state.z(l).norm();
    cross += a * (pi * z * (1 + state.A(l).norm()) + state.e(l).norm());
    weights += pi * a * a * z * z;
  }
  const auto dim = static_cast<double>(joint_dimension(net, c.factor.x.cols()));
  const double sensitivity = 1 + cross / H_z(0);
  return dim * kEps * (activity_norm + cross + weights) * sensitivity * sensitivity;
}

void measure_joint(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const auto point = point_at<double>(LinearObjective::kEnergy, c.architecture, c.factor, c.theta);
  const Vector eigenvalues = symmetric_eigenvalues(point->hessian());
  const double error =
      eigenvalue_error_bound(eigenvalues.size(), eigenvalues.cwiseAbs().maxCoeff()) +
      s.rounding(LinearObjective::kEnergy) * point->hessian_magnitude() + joint_error(c);
  const double threshold = threshold_in_gap(eigenvalues, error);
  compare("energy", eigenvalues, threshold,
          joint_inertia(c.architecture, c.factor, c.theta, threshold), m);
}

void measure_bunch_kaufman(Case& c, Measurements& m) {
  for (const LinearObjective o : kBothObjectives) {
    const Matrix H = point_at<double>(o, c.architecture, c.factor, c.theta)->hessian();
    const Vector eigenvalues = symmetric_eigenvalues(H);
    const double norm = eigenvalues.cwiseAbs().maxCoeff();
    const auto p = static_cast<double>(H.rows());
    // Both routes see the same H. Bunch-Kaufman's backward error is p^2 eps |H| times a growth
    // factor that is small in practice (Higham, section 11.1); 16 allows for it.
    const double error = eigenvalue_error_bound(H.rows(), norm) + 16 * p * p * kEps * norm;
    const double threshold = threshold_in_gap(eigenvalues, error);
    compare(name(o), eigenvalues, threshold, inertia_bunch_kaufman(H, threshold), m);
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
                                "error"},
                  {.widths = hidden_widths()}, measure_joint),
      swept_claim({.id = "inertia-bunch-kaufman",
                   .statement = "Inertias of H(L) and H(F*) from eigenvalues and from the "
                                "Bunch-Kaufman factors of H +- threshold I agree.",
                   .source = "Sylvester's law of inertia",
                   .sweep = std::string("L = 1..5, ") + kSweep,
                   .tolerance = "counts equal; zero means within 4 (p eps + 16 p^2 eps) |H|_2, the "
                                "errors of both routes, doubled until no eigenvalue is nearer to "
                                "that threshold than those errors"},
                  {.widths = standard_widths()}, measure_bunch_kaufman),
  };
}

}  // namespace saddlescope::analysis
