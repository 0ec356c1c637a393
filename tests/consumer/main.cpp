// The smallest landscape: the chain y = w_2 w_1 x with x = y = 1, at the origin. Theory says
//
//   MSE  [[0, -1], [-1,  0]]   eigenvalues -1, 1
//   F*   [[0, -1], [-1, -1]]   eigenvalues (-1 -+ sqrt(5))/2
#include <cmath>
#include <cstdio>

#include <saddlescope/analysis/provenance.hpp>
#include <saddlescope/data/second_moments.hpp>
#include <saddlescope/hessian/linear_objective.hpp>
#include <saddlescope/linalg/dense_spectrum.hpp>
#include <saddlescope/network/parameterisation.hpp>
#include <saddlescope/saddle/constructions.hpp>

namespace {

using namespace saddlescope;  // NOLINT(google-build-using-namespace): a program, not a header

// Both eigenvalues to 1e-14: rounding in a 2 x 2 problem of unit size.
bool has_spectrum(const Objective<double>& objective, const Vector& theta, double low,
                  double high) {
  const auto evaluation = objective.at(theta);
  if (!evaluation.summary.ok()) return false;
  const Vector values = symmetric_eigenvalues(evaluation.point->hessian());
  std::printf("%-7s value %.3f  eigenvalues %.6f %.6f\n", objective.name().c_str(),
              evaluation.point->value(), values[0], values[1]);
  return std::abs(values[0] - low) < 1e-14 && std::abs(values[1] - high) < 1e-14;
}

}  // namespace

int main() {
  Dataset data;
  data.x = data.y = Matrix::Ones(1, 1);
  data.name = "one point";
  const Architecture chain = make_architecture({.widths = {1, 1, 1}});
  const auto factor = data_factor<double>(data);
  const Vector theta = origin(chain);
  const double root = std::sqrt(5.0);
  const bool loss = has_spectrum(*mse_loss(chain, factor), theta, -1, 1);
  const bool energy =
      has_spectrum(*equilibrated_energy(chain, factor), theta, (-1 - root) / 2, (-1 + root) / 2);
  const bool stamped = analysis::provenance().at("version") == "0.1.0";
  return loss && energy && stamped ? 0 : 1;
}
