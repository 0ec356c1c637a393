#include "saddlescope/inference/convergence_rate.hpp"

#include <algorithm>
#include <cmath>

namespace saddlescope {
namespace {

double heavy_ball_radius(double step_lambda, double beta) {
  const double trace = 1 + beta - step_lambda;
  const double discriminant = trace * trace - 4 * beta;
  if (discriminant <= 0) return std::sqrt(beta);
  return (std::abs(trace) + std::sqrt(discriminant)) / 2;
}

}  // namespace

std::optional<double> predicted_rate(EquilibriumSolver solver, double lambda_min, double lambda_max,
                                     double step, double momentum) {
  const auto worst = [&](auto&& rate) {
    return std::max<double>(rate(step * lambda_min), rate(step * lambda_max));
  };
  switch (solver) {
    case EquilibriumSolver::kDescent:
    case EquilibriumSolver::kEuler:
      return worst([](double t) { return std::abs(1 - t); });
    case EquilibriumSolver::kHeun:
      return worst([](double t) { return std::abs(1 - t + t * t / 2); });
    case EquilibriumSolver::kMomentum:
      return worst([momentum](double t) { return heavy_ball_radius(t, momentum); });
    case EquilibriumSolver::kConjugateGradients: {
      const double root = std::sqrt(lambda_max / lambda_min);
      return (root - 1) / (root + 1);
    }
    case EquilibriumSolver::kDopri5:
      return std::exp(-lambda_min);
    case EquilibriumSolver::kClosedForm:
    case EquilibriumSolver::kBlock:
      break;
  }
  return {};
}

std::optional<double> measured_rate(const std::vector<double>& times,
                                    const std::vector<double>& norms, double floor) {
  constexpr double kFewest = 6;
  std::size_t end = norms.size();
  while (end > 0 && !(norms[end - 1] > floor && std::isfinite(norms[end - 1]))) --end;
  if (end == 0) return {};
  const double from = times.front() + (times[end - 1] - times.front()) * 2 / 3;
  double n = 0, mean_t = 0, mean_v = 0;
  const auto each = [&](auto&& visit) {
    for (std::size_t i = 0; i < end; ++i)
      if (times[i] >= from && norms[i] > floor) visit(times[i], std::log(norms[i]));
  };
  each([&](double t, double v) {
    n += 1;
    mean_t += t;
    mean_v += v;
  });
  if (n < kFewest) return {};
  mean_t /= n;
  mean_v /= n;
  double tt = 0, tv = 0;
  each([&](double t, double v) {
    tt += (t - mean_t) * (t - mean_t);
    tv += (t - mean_t) * (v - mean_v);
  });
  if (!(tt > 0)) return {};
  return std::exp(tv / tt);
}

}  // namespace saddlescope
