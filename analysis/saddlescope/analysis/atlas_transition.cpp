#include "saddlescope/analysis/atlas_transition.hpp"

#include <cmath>
#include <limits>

#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/landscape.hpp"
#include "saddlescope/saddle/orbit.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kGrid = 121;
constexpr double kRange = 1.6;  // d from e^-1.6 to e^1.6 times d_c

OrbitTransition follow(const BottleneckOptions& family) {
  OrbitTransition out;
  out.family = family;
  out.family.d = 1;
  out.predicted = bottleneck_transition(family);
  const Construction start = bottleneck(out.family);
  const LinearLandscape landscape(LinearObjective::kEnergy, start.architecture, start.data);
  const std::vector<Matrix> generator = {Matrix::Constant(1, 1, -1.0)};  // W_2 W_1 fixed, d = e^s
  const auto path = [&](double s) {
    return orbit_path(start.architecture, start.point.theta, generator, s);
  };
  out.scan = find_transitions(landscape.objective(), path, {.from = -3, .to = 3, .samples = 97});
  out.found = out.error = std::numeric_limits<double>::quiet_NaN();
  if (out.scan.transitions.size() == 1) {
    const Transition& crossing = out.scan.transitions.front();
    out.found = std::exp(crossing.s);
    out.error = out.found * std::expm1(crossing.error);
  }
  const double middle = std::log(out.predicted);
  for (Index i = 0; i < kGrid; ++i) {
    const double s =
        middle + kRange * (2 * static_cast<double>(i) / static_cast<double>(kGrid - 1) - 1);
    out.d.push_back(std::exp(s));
    out.eigenvalues.push_back(
        symmetric_eigenvalues(landscape.objective().at(path(s)).point->hessian()));
  }
  return out;
}

}  // namespace

std::vector<OrbitTransition> bottleneck_transitions() {
  std::vector<OrbitTransition> out;
  for (const BottleneckOptions& family :
       {BottleneckOptions{}, BottleneckOptions{.lambda_v = 0.2, .mu = 2.5, .lambda = 0.5},
        BottleneckOptions{.lambda_u = 2, .lambda_v = 0.3, .mu = 2.6, .lambda = 1.5},
        BottleneckOptions{
            .lambda_u = 0.7, .lambda_v = 0.6, .mu = 1.9, .lambda = 3, .hidden_precision = 2}})
    out.push_back(follow(family));
  return out;
}

}  // namespace saddlescope::analysis
