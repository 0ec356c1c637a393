#include "saddlescope/inference/sample_problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t index(Index i) { return static_cast<std::size_t>(i); }

}  // namespace

bool Iterate::finite() const { return std::isfinite(energy) && gradient.allFinite(); }

SampleProblem::Shared::Shared(const NetworkEnergy<double>& F, const Vector& parameters)
    : energy(F),
      theta(parameters),
      norms(weight_norms<double>(F.architecture(), parameters)),
      layers(layer_bounds(F.architecture(), parameters)),
      precise(F, parameters) {}

SampleProblem::SampleProblem(const Shared& shared, Matrix x, Matrix y)
    : shared_(shared),
      energy_(shared.energy),
      theta_(shared.theta),
      x_(std::move(x)),
      y_(std::move(y)) {}

Iterate SampleProblem::at(Matrix z) const {
  Iterate out;
  out.z = std::move(z);
  energy_.evaluate(theta_, x_, y_, out.z, out.pass);
  out.gradient = energy_.activity_gradient(theta_, out.pass);
  out.energy = energy_.energies(out.pass)[0];
  return out;
}

const Matrix* SampleProblem::arguments(const Iterate& here, Index layer) const {
  const Architecture& net = energy_.architecture();
  if (net.activates_input(layer)) return &here.pass.z[index(layer)];
  return net.activates_sum(layer) ? &here.pass.layers[index(layer)].sum : nullptr;
}

double SampleProblem::kink_distance(const Iterate& here, const std::vector<HeldKink>& held) const {
  double distance = std::numeric_limits<double>::infinity();
  for (const Kink& kink : kinks(energy_.architecture().activation))
    for (Index l = 0; l < energy_.architecture().depth(); ++l) {
      const Matrix* const u = arguments(here, l);
      for (Index i = 0; u != nullptr && i < u->rows(); ++i) {
        const bool is_held = std::any_of(held.begin(), held.end(), [&](const HeldKink& k) {
          return k.layer == l && k.unit == i;
        });
        if (!is_held) distance = std::min(distance, std::abs((*u)(i, 0) - kink.at));
      }
    }
  return distance;
}

SampleProblem::Size SampleProblem::size(const Iterate& here) const {
  const GradientSizes sizes = gradient_sizes<double>(energy_, shared_.norms, here.pass);
  return {sizes.terms[0], sizes.rounding[0]};
}

double SampleProblem::distance(const Iterate& here, const PreciseActivities::Gradient& gradient,
                               double newton_step, double lambda_min_below) const {
  const double inverse = 1 / lambda_min_below;
  // The step as computed, with its own rounding, and what the gradient's error adds.
  const double step = newton_step * (1 + std::sqrt(kEps)) + inverse * gradient.error;
  const double third = sample_bound(energy_, shared_.layers, here.pass, 0).third;
  const double found = kantorovich_distance(step, inverse, third);
  // Within this no argument of phi may pass a kink: |du| <= |a W| |dz|, or |dz|.
  double reach = 1;
  for (const LayerBound& layer : shared_.layers) reach = std::max(reach, layer.weight);
  return 2 * reach * found < kink_distance(here, {}) ? found
                                                     : std::numeric_limits<double>::infinity();
}

double SampleProblem::energy_rounding(const Iterate& here) const {
  return static_cast<double>(here.z.rows() + 8) * kEps * (here.energy + size(here).terms);
}

}  // namespace saddlescope
