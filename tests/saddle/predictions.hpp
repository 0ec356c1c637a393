// What a constructed point promises, measured.
#pragma once

#include <doctest/doctest.h>

#include "saddlescope/energy/linear_rounding.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructed_point.hpp"

namespace saddlescope::testing {

inline std::unique_ptr<Objective<double>> objective_of(LinearObjective kind,
                                                       const Architecture& net,
                                                       const Dataset& data) {
  const auto factor = data_factor<double>(data);
  return kind == LinearObjective::kMse ? mse_loss<double>(net, factor)
                                       : equilibrated_energy<double>(net, factor);
}

// Eigenvalues with the error they carry.
struct Measured {
  Vector eigenvalues;
  double error = 0;
};

inline Measured measured_spectrum(LinearObjective kind, const Architecture& net,
                                  const Dataset& data, const Vector& theta) {
  const auto point = objective_of(kind, net, data)->at(theta).point;
  Measured out{symmetric_eigenvalues(point->hessian()), 0};
  out.error = 4 * (point->hessian_error_bound() +
                   eigenvalue_error_bound(out.eigenvalues.size(),
                                          out.eigenvalues.lpNorm<Eigen::Infinity>()));
  return out;
}

// A construction's own error is that of B, `condition` = kappa(Sigma_xx) times the roundings of the
// evaluation.
inline void check_predictions(const Architecture& net, const Dataset& data,
                              const ConstructedPoint& built, double condition = 1) {
  CAPTURE(built.family);
  CAPTURE(built.note);
  for (const LinearObjective kind : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const bool energy = kind == LinearObjective::kEnergy;
    CAPTURE(energy);
    const Prediction& prediction = energy ? built.energy : built.mse;
    const auto point = objective_of(kind, net, data)->at(built.theta).point;
    const double gradient = point->gradient().norm();
    if (!prediction.critical) {
      CHECK(gradient > 1e3 * point->gradient_error_bound());
      continue;
    }
    CHECK(gradient <= condition * point->gradient_error_bound());
    const double scale =
        (energy ? net.lambda() : 1) * data.y.squaredNorm() / static_cast<double>(data.n_samples());
    if (prediction.value)
      CHECK(std::abs(point->value() - *prediction.value) <= condition * 1e4 * 2.2e-16 * scale);
    const Measured spectrum = measured_spectrum(kind, net, data, built.theta);
    const double smallest = spectrum.eigenvalues[0];
    if (prediction.negative_curvature == true) CHECK(smallest < -spectrum.error);
    if (prediction.negative_curvature == false) CHECK(smallest >= -condition * spectrum.error);
    if (prediction.lambda_min_at_most)
      CHECK(smallest <= *prediction.lambda_min_at_most + condition * spectrum.error);
  }
}

}  // namespace saddlescope::testing
