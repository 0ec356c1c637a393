#include "saddlescope/inference/network_equilibrated_energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/hessian/network_point.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr Index kDirections = 32;  // directions whose right-hand sides are held at once

struct PointBounds {
  double magnitude = 0, hessian_error = 0, gradient = 0, gradient_error = 0;
};

// Of one sample. With k = |F_zz^{-1}| <= 1/lambda_min, B = |F_zt|, K roundings and Z the size of the
// terms of F_zz (three times its largest diagonal trace):
//
//   |H| <= T + k B^2
//   error <= K eps (T + 2 k B^2 + k^2 B^2 Z) + D (1 + k B)^2 |dz|
//   error of the gradient <= K eps (its terms) + B |dz|
PointBounds point_bounds(const SampleBound& bound, const StationarityCertificate& c,
                         const BlockTridiagonal<double>& H, double roundings) {
  double trace = 0;
  for (const Matrix& block : H.diagonal) trace = std::max(trace, block.diagonal().cwiseAbs().sum());
  const double k = 1 / c.lambda_min_below;
  const double B = bound.mixed;
  const double dz = 2 * k * (c.gradient_norm + c.rounding);
  PointBounds out;
  out.magnitude = bound.parameters + k * B * B;
  out.hessian_error =
      roundings * kEps * (bound.parameters + 2 * k * B * B + k * k * B * B * 3 * trace) +
      bound.third * std::pow(1 + k * B, 2) * dz;
  out.gradient = bound.gradient;
  out.gradient_error = roundings * kEps * bound.gradient_terms + B * dz;
  return out;
}

class EnergyPoint final : public NetworkPoint {
 public:
  EnergyPoint(NetworkCurvature curvature, const std::vector<StationarityCertificate>& samples)
      : NetworkPoint(curvature.energy().architecture()), curvature_(std::move(curvature)) {
    const Architecture& net = architecture();
    const Index N = curvature_.n_samples();
    const auto layers = layer_bounds(net, curvature_.theta());
    const double roundings = network_roundings(net, N);
    for (Index i = 0; i < N; ++i) {
      const BlockTridiagonal<double> H = curvature_.activity_hessian(i);
      factors_.emplace_back(H);
      const PointBounds one = point_bounds(sample_bound(net, layers, curvature_.pass(), i),
                                           samples[static_cast<std::size_t>(i)], H, roundings);
      const double share = 1.0 / static_cast<double>(N);
      bounds_.magnitude += share * one.magnitude;
      bounds_.hessian_error += share * one.hessian_error;
      bounds_.gradient += share * one.gradient;
      bounds_.gradient_error += share * one.gradient_error;
    }
  }

  [[nodiscard]] double value() const override {
    return curvature_.energy().energies(curvature_.pass()).mean();
  }
  [[nodiscard]] Vector gradient() const override {
    return curvature_.energy().parameter_gradient(curvature_.pass());
  }

  void hessian_times(ConstMatrixRef V, MatrixRef HV) const override {
    require(V.rows() == dim(), "Hessian product: expected {} rows, got {}", dim(), V.rows());
    for (Index begin = 0; begin < V.cols(); begin += kDirections) {
      const Index size = std::min(kDirections, V.cols() - begin);
      block_times(V.middleCols(begin, size), HV.middleCols(begin, size));
    }
  }

  [[nodiscard]] double hessian_magnitude() const override { return bounds_.magnitude; }
  [[nodiscard]] double hessian_error_bound() const override { return bounds_.hessian_error; }
  [[nodiscard]] double gradient_magnitude() const override { return bounds_.gradient; }
  [[nodiscard]] double gradient_error_bound() const override { return bounds_.gradient_error; }

 private:
  // F_zt V, then z' = -F_zz^{-1} F_zt V sample by sample, then F_tt V + F_tz z'.
  void block_times(ConstMatrixRef V, MatrixRef HV) const {
    const Index k = V.cols();
    std::vector<Matrix> z_dot(static_cast<std::size_t>(k));
    const auto direction = [&](Index j) -> Matrix& { return z_dot[static_cast<std::size_t>(j)]; };
    parallel_for(k, [&](Index j) {
      const Vector v = V.col(j);
      direction(j) = curvature_.along(nullptr, &v).activities;
    });
    parallel_for(curvature_.n_samples(), [&](Index i) {
      Matrix right(curvature_.energy().dim(), k);
      for (Index j = 0; j < k; ++j) right.col(j) = -direction(j).col(i);
      right = factors_[static_cast<std::size_t>(i)].solve(std::move(right));
      for (Index j = 0; j < k; ++j) direction(j).col(i) = right.col(j);
    });
    parallel_for(k, [&](Index j) {
      const Vector v = V.col(j);
      HV.col(j) = curvature_.along(&direction(j), &v).parameters;
    });
  }

  NetworkCurvature curvature_;
  std::vector<BlockTridiagonalCholesky<double>> factors_;
  PointBounds bounds_;
};

class NetworkEquilibratedEnergy final : public Objective<double> {
 public:
  NetworkEquilibratedEnergy(NetworkEnergy<double> energy, const Dataset& data,
                            NewtonOptions options)
      : energy_(std::move(energy)), options_(std::move(options)), x_(data.x), y_(data.y) {
    check(data);
    const Architecture& net = energy_.architecture();
    require(energy_.dim() > 0, "equilibrated energy: expected a free layer, got none (L = {})",
            net.depth());
    require(x_.rows() == net.input(), "inputs of {}: expected n_0 = {} rows, got {}", data.name,
            net.input(), x_.rows());
    check_targets(net, y_);
  }

  [[nodiscard]] std::string name() const override { return "energy"; }
  [[nodiscard]] Index dim() const override { return energy_.architecture().n_parameters(); }
  [[nodiscard]] Evaluation<double> at(const Vector& theta) const override {
    const NetworkEquilibrium equilibrium = network_equilibrium(energy_, theta, x_, y_, options_);
    if (!equilibrium.summary.ok())
      return {nullptr, {equilibrium.summary.status, "energy: " + equilibrium.summary.message}};
    for (std::size_t i = 0; i < equilibrium.samples.size(); ++i)
      if (!equilibrium.samples[i].kinks.empty())
        return {nullptr,
                {Status::kRefused,
                 fmt::format("energy: sample {}: the equilibrium lies on {} kinks of the "
                             "activation, where the Hessian of F* is not computed",
                             i + 1, equilibrium.samples[i].kinks.size())}};
    NetworkPass<double> pass;
    energy_.evaluate(theta, x_, y_, equilibrium.z, pass);
    return {std::make_unique<EnergyPoint>(NetworkCurvature(energy_, theta, std::move(pass)),
                                          equilibrium.samples),
            {}};
  }
  [[nodiscard]] CurveSeries<double> along(ConstMatrixRef /*curve*/) const override {
    return no_series(name());
  }

 private:
  NetworkEnergy<double> energy_;
  NewtonOptions options_;
  Matrix x_, y_;
};

}  // namespace

std::unique_ptr<Objective<double>> network_equilibrated_energy(const NetworkEnergy<double>& energy,
                                                               const Dataset& data,
                                                               const NewtonOptions& options) {
  return std::make_unique<NetworkEquilibratedEnergy>(energy, data, options);
}

}  // namespace saddlescope
