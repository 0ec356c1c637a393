// Claims about the derivatives of networks of every activation.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "saddlescope/analysis/claim_network_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/hessian/weight_penalty.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kDecays[] = {0, 0.3};
constexpr WeightPenalty kPenalty{0.3, 0.2};  // weight decay and spectral penalty
constexpr double kStep = 1e-3;

// Central differences D(h), D(h/2) of f against its derivative: D(h/2) is off by a third of |D(h) -
// D(h/2)| to leading order, and by 100 roundings of f over the step.
template <class Function>
void add_difference(Measurements& m, const std::string& what, const Function& f,
                    const Vector& derivative, double error_of_f) {
  const auto difference = [&](double h) -> Vector { return (f(h) - f(-h)) / (2 * h); };
  const Vector coarse = difference(kStep);
  const Vector fine = difference(kStep / 2);
  m.add(what, (fine - derivative).norm(),
        (coarse - fine).norm() + 2 * (100 * kEps * f(0).norm() + error_of_f) / kStep);
}

Vector one(double value) { return Vector::Constant(1, value); }

// On which side of every kink the arguments of phi lie.
std::vector<bool> sides(const Architecture& net, const NetworkPass<double>& pass) {
  std::vector<bool> out;
  for (Index l = 0; l < net.depth(); ++l)
    for (const Kink& kink : kinks(net.activation)) {
      const auto at = static_cast<std::size_t>(l);
      if (!net.activates_input(l) && !net.activates_sum(l)) continue;
      const Matrix& u = net.activates_input(l) ? pass.z[at] : pass.layers[at].sum;
      for (Index i = 0; i < u.size(); ++i) out.push_back(u.data()[i] > kink.at);
    }
  return out;
}

void measure_energy_derivatives(Case& c, Measurements& m, const Dataset& data, const Vector& theta,
                                double decay) {
  const NetworkEnergy<double> energy(c.architecture, decay);
  const Matrix z = c.stream.normal_matrix(energy.dim(), data.n_samples());
  const Matrix dz = c.stream.normal_matrix(energy.dim(), data.n_samples()) / z.norm();
  const Vector dt = c.stream.normal_matrix(theta.size(), 1) / theta.norm();
  const auto pass_at = [&](double h) {
    NetworkPass<double> pass;
    energy.evaluate(theta + h * dt, data.x, data.y, z + h * dz, pass);
    return pass;
  };
  NetworkPass<double> here = pass_at(0);
  const auto side = sides(c.architecture, here);
  for (const double h : {-kStep, kStep})
    if (sides(c.architecture, pass_at(h)) != side) return m.unresolved();
  const double N = static_cast<double>(data.n_samples());
  const Matrix g_z = energy.activity_gradient(theta, here);
  const Vector g_t = energy.parameter_gradient(here);
  add_difference(
      m, "F along (z, theta)", [&](double h) { return one(energy.energies(pass_at(h)).mean()); },
      one(g_z.cwiseProduct(dz).sum() / N + g_t.dot(dt)), 0);
  const GradientTangent tangent = NetworkCurvature(energy, theta, std::move(here)).along(&dz, &dt);
  add_difference(
      m, "dF/dz along (z, theta)",
      [&](double h) -> Vector {
        return energy.activity_gradient(theta + h * dt, pass_at(h)).reshaped();
      },
      tangent.activities.reshaped(), 0);
  add_difference(
      m, "dF/dtheta along (z, theta)",
      [&](double h) -> Vector { return energy.parameter_gradient(pass_at(h)); }, tangent.parameters,
      0);
}

void measure_derivatives(Case& c, Measurements& m) {
  const Dataset data = fitting_data(c);
  const Vector theta = wide_theta(c);
  for (const double decay : kDecays) measure_energy_derivatives(c, m, data, theta, decay);
  const Vector d = c.stream.normal_matrix(theta.size(), 1) / theta.norm();
  const NetworkEnergy<double> energy(c.architecture);
  const auto side_at = [&](double h) {
    NetworkPass<double> pass;
    const Vector there = theta + h * d;
    energy.evaluate(there, data.x, data.y, energy.forward(there, data.x), pass);
    return sides(c.architecture, pass);
  };
  if (side_at(-kStep) != side_at(0) || side_at(kStep) != side_at(0)) return m.unresolved();
  const auto measure = [&](const std::string& what, const Objective<double>& objective) {
    const auto at = [&](double h) { return objective.at(theta + h * d).point; };
    const auto here = at(0);
    Matrix Hd(theta.size(), 1);
    here->hessian_times(d, Hd);
    add_difference(
        m, what, [&](double h) { return one(at(h)->value()); }, one(here->gradient().dot(d)), 0);
    add_difference(
        m, "gradient of the " + what, [&](double h) { return at(h)->gradient(); }, Hd,
        here->gradient_error_bound());
  };
  measure("loss", *network_loss(c.architecture, data));
  measure("penalised loss",
          *penalised(network_loss(c.architecture, data), c.architecture, kPenalty));
}

bool same_kinks(const NetworkEquilibrium& a, const NetworkEquilibrium& b) {
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    const auto& p = a.samples[i].kinks;
    const auto& q = b.samples[i].kinks;
    const auto same = [](const HeldKink& x, const HeldKink& y) {
      return x.layer == y.layer && x.unit == y.unit && x.at == y.at;
    };
    if (p.size() != q.size() || !std::is_permutation(p.begin(), p.end(), q.begin(), same))
      return false;
  }
  return true;
}

// F* at theta + h d by inference run anew. Only where all five points have certified minima that
// hold the same kinks is F* smooth between them.
void measure_implicit_hessian(Case& c, Measurements& m) {
  const Dataset data = fitting_data(c);
  const Vector theta = wide_theta(c);
  const Vector d = c.stream.normal_matrix(theta.size(), 1) / theta.norm();
  for (const double decay : kDecays) {
    const NetworkEnergy<double> energy(c.architecture, decay);
    const auto equilibrium = [&](double h) {
      return network_equilibrium(energy, theta + h * d, data.x, data.y);
    };
    const NetworkEquilibrium here = equilibrium(0);
    bool smooth = here.summary.ok();
    for (const double h : {-kStep, -kStep / 2, kStep / 2, kStep}) {
      if (!smooth) break;
      const NetworkEquilibrium there = equilibrium(h);
      smooth = there.summary.ok() && same_kinks(here, there) &&
               (there.z - here.z).norm() <= 0.1 * here.z.norm();
    }
    if (!smooth) {
      m.unresolved();
      continue;
    }
    auto objective = network_equilibrated_energy(energy, data);
    if (decay != 0) objective = penalised(std::move(objective), c.architecture, kPenalty);
    const auto at = [&](double h) { return objective->at(theta + h * d).point; };
    const auto point = at(0);
    Matrix Hd(theta.size(), 1);
    point->hessian_times(d, Hd);
    const double error = point->gradient_error_bound();
    add_difference(
        m, "F*", [&](double h) { return one(at(h)->value()); }, one(point->gradient().dot(d)), 0);
    add_difference(
        m, "gradient of F*", [&](double h) { return at(h)->gradient(); }, Hd, error);
  }
}

}  // namespace

std::vector<Claim> network_claims() {
  return {
      {.id = "network-derivatives",
       .statement = "Gradients of F in activities and parameters, the products with its joint "
                    "Hessian, and gradient and Hessian products of the loss are the derivatives of "
                    "what they say.",
       .source = "calculus; Pearlmutter 1994",
       .sweep =
           "nine activations x pre, post x MSE, cross-entropy x biases, skips in turn; decay 0 "
           "and 0.3; the loss also with weight decay and the spectral penalty; steps that cross a "
           "kink left out",
       .tolerance = "|D(h) - D(h/2)| of central differences, three times their error, and 100 eps "
                    "|f|/h",
       .run =
           [](const ClaimContext& context) {
             return sweep(context, network_recipes({every_activation()}, context),
                          measure_derivatives);
           }},
      {.id = "network-implicit-hessian",
       .statement =
           "F_tt - F_tz F_zz^{-1} F_zt, on kinks with their hyperplanes as constraints, is "
           "the derivative of the gradient of the re-equilibrated energy.",
       .source = "implicit function theorem; kinks proved here, not yet reviewed by the field",
       .sweep = "as network-derivatives, with activity decay also weight decay and the spectral "
                "penalty, where all equilibria are certified and keep their kinks",
       .tolerance = "as network-derivatives, and the bound of the gradient's error over h",
       .run = [](const ClaimContext& context) {
         return sweep(context, network_recipes({every_activation()}, context),
                      measure_implicit_hessian);
       }}};
}

}  // namespace saddlescope::analysis
