// One sample's inference problem: evaluation, the size of the terms of its gradient, and a bound of
// that gradient's rounding error. Shared by the solvers of smooth and of kinked networks.
#pragma once

#include <vector>

#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/inference/gradient_size.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"
#include "saddlescope/inference/precise_activities.hpp"

namespace saddlescope {

// One sample's activities with everything of the energy there.
struct Iterate {
  Matrix z;  // dim x 1
  NetworkPass<double> pass;
  Matrix gradient;  // F_z
  double energy = 0;
  [[nodiscard]] bool finite() const;
};

class SampleProblem {
 public:
  // What all samples of a network share; keeps references to energy and theta.
  struct Shared {
    Shared(const NetworkEnergy<double>& energy, const Vector& theta);
    const NetworkEnergy<double>& energy;
    const Vector& theta;
    WeightNorms norms;
    std::vector<LayerBound> layers;
    PreciseActivities precise;
  };
  // Keeps a reference to `shared`.
  SampleProblem(const Shared& shared, Matrix x, Matrix y);

  [[nodiscard]] const NetworkEnergy<double>& energy() const { return energy_; }
  [[nodiscard]] const Vector& theta() const { return theta_; }
  [[nodiscard]] Matrix start() const { return energy_.forward(theta_, x_); }
  [[nodiscard]] Iterate at(Matrix z) const;

  // The arguments of the phi of `layer`, n x 1; null where it has none.
  [[nodiscard]] const Matrix* arguments(const Iterate& here, Index layer) const;
  // Of all arguments of phi but those held, to the nearest kink; infinite where there is none.
  [[nodiscard]] double kink_distance(const Iterate& here, const std::vector<HeldKink>& held) const;

  // As inference/gradient_size.hpp defines them.
  struct Size {
    double terms = 0;
    double rounding = 0;
  };
  [[nodiscard]] Size size(const Iterate& here) const;
  // F_z in long double.
  [[nodiscard]] PreciseActivities::Gradient precise_gradient(const Matrix& z) const {
    return shared_.precise.gradient(x_, y_, z);
  }
  // A proved bound of |z - z*| for a minimum with no kink held, from precise_gradient there,
  // newton_step = |F_zz^{-1} g| and lambda_min_below of F_zz; infinite where Newton and
  // Kantorovich's condition does not hold, or a kink is within reach.
  [[nodiscard]] double distance(const Iterate& here, const PreciseActivities::Gradient& gradient,
                                double newton_step, double lambda_min_below) const;
  // What rounding can hide of a change of the energy.
  [[nodiscard]] double energy_rounding(const Iterate& here) const;

 private:
  const Shared& shared_;
  const NetworkEnergy<double>& energy_;
  const Vector& theta_;
  Matrix x_, y_;
};

}  // namespace saddlescope
