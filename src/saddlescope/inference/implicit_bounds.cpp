#include "saddlescope/inference/implicit_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// At least |z| of a sample.
double largest_activity(const NetworkPass<double>& pass, Index sample) {
  double sum = 0;
  for (const Matrix& z : pass.z) {
    const auto column = z.col(sample).array();
    sum += column.isNaN().select(0.0, column).matrix().norm();
  }
  return sum;
}

double largest_scale(const Architecture& net) {
  double largest = 0;
  for (const double a : net.scales) largest = std::max(largest, std::abs(a));
  return largest;
}

double roundings(const ImplicitSample& s) {
  return network_roundings(s.curvature.energy().architecture(), s.curvature.n_samples());
}

double tangent_size(const ImplicitSample& s) {
  return kink_tangent_size(s.curvature.energy().architecture(), s.certificate.kinks,
                           s.curvature.pass(), s.sample);
}

double distance(const ImplicitSample& s, const SampleBound& bound) {
  const StationarityCertificate& c = s.certificate;
  if (std::isfinite(c.distance)) return c.distance;
  const NetworkEnergy<double>& energy = s.curvature.energy();
  const double decay = energy.activity_decay() * largest_activity(s.curvature.pass(), s.sample);
  const double rounding = std::min(
      c.rounding, kEps * (longest_sum(energy.architecture()) * bound.activity_terms + decay));
  return 2 * s.system.inverse_norm(c.lambda_min_below) * (c.gradient_norm + rounding);
}

// Upper bounds of the 2-norm and of the Frobenius norm.
struct Norms {
  double two = 0, frobenius = 0;
};

Norms norms(const KinkSystem::Solution& x) {
  Matrix stacked(x.z.rows() + x.m.rows(), x.z.cols());
  stacked.topRows(x.z.rows()) = x.z;
  if (x.m.rows() > 0) stacked.bottomRows(x.m.rows()) = x.m;
  return {schatten_4(stacked), stacked.norm()};
}

// x_2 and x_F.
Norms response(const ImplicitSample& s) {
  const Architecture& net = s.curvature.energy().architecture();
  const NetworkPass<double>& pass = s.curvature.pass();
  const std::vector<HeldKink>& held = s.certificate.kinks;
  double two = 0, frobenius = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    const NetworkCurvature::MixedFactors factors = s.curvature.mixed_factors(l, s.sample);
    Matrix gap = Matrix::Zero(static_cast<Index>(held.size()), net.rows(l));
    for (Index k = 0; k < gap.rows(); ++k)
      if (held[at(k)].layer == l && net.activates_sum(l)) gap(k, held[at(k)].unit) = 1;
    const Norms sum = norms(s.system.solve(factors.of_sum, gap));
    const Norms adjoint =
        norms(s.system.solve(factors.of_adjoint, Matrix::Zero(gap.rows(), net.cols(l))));
    const double h = net.activates_input(l) ? pass.layers[at(l)].inner.col(s.sample).norm()
                                            : pass.z[at(l)].col(s.sample).norm();
    const double input = std::hypot(net.scales[at(l)] * h, net.biases ? 1 : 0);
    const double delta = pass.delta[at(l)].col(s.sample).norm();
    two += std::pow(sum.two * input + adjoint.two * delta, 2);
    frobenius += std::pow(sum.frobenius * input + adjoint.frobenius * delta, 2);
  }
  return {std::sqrt(two), std::sqrt(frobenius)};
}

}  // namespace

ImplicitBounds implicit_bounds(const ImplicitSample& s) {
  const SampleBound bound =
      sample_bound(s.curvature.energy(), s.layers, s.curvature.pass(), s.sample);
  const double B = bound.mixed + tangent_size(s);
  ImplicitBounds out;
  out.magnitude = bound.parameters + s.system.inverse_norm(s.certificate.lambda_min_below) * B * B;
  out.gradient = bound.gradient;
  out.gradient_error = roundings(s) * kEps * bound.gradient_terms + B * distance(s, bound);
  return out;
}

double implicit_hessian_error(const ImplicitSample& s) {
  const Architecture& net = s.curvature.energy().architecture();
  const SampleBound bound =
      sample_bound(s.curvature.energy(), s.layers, s.curvature.pass(), s.sample);
  const Norms x = response(s);
  double trace = 0;
  for (const Matrix& block : s.curvature.activity_hessian(s.sample).diagonal)
    trace = std::max(trace, block.diagonal().cwiseAbs().sum());
  const double longest = longest_sum(net);
  const auto N = static_cast<double>(s.curvature.n_samples());
  const double Z =
      2 * longest * (bound.activity_hessian_terms + s.curvature.energy().activity_decay());
  const double solve = 9 * longest * (trace + 2 * s.system.constraint_norm());
  const double B = bound.mixed_terms + tangent_size(s);
  // m'alpha has the third derivatives a m' (W' z') in all six orders.
  const double third = bound.third + 6 * largest_scale(net) *
                                         std::sqrt(static_cast<double>(s.system.n_constraints()));
  return kEps * ((3 * longest + N) * (bound.parameter_terms + 2 * x.frobenius * B) +
                 x.two * x.frobenius * (Z + solve)) +
         third * (1 + x.two * x.two) * distance(s, bound);
}

}  // namespace saddlescope
