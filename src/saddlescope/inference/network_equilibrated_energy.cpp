#include "saddlescope/inference/network_equilibrated_energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/hessian/network_point.hpp"
#include "saddlescope/inference/kink_system.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr Index kDirections = 32;  // directions whose right-hand sides are held at once

struct PointBounds {
  double magnitude = 0, hessian_error = 0, gradient = 0, gradient_error = 0;
};

// Of one sample. With k = |K^{-1}|, K = [F_zz C'; C 0] (F_zz alone off kinks, |F_zz^{-1}| <=
// 1/lambda_min), B = |F_zt| + |A|, M roundings, Z the size of the terms of K (three times the largest
// diagonal trace of F_zz, and 2 |C|) and D the third derivatives, those of alpha included:
//
//   |H| <= T + k B^2
//   error <= M eps (T + 2 k B^2 + k^2 B^2 Z) + D (1 + k B)^2 |dz|
//   error of the gradient <= M eps (its terms) + B |dz|
PointBounds point_bounds(const SampleBound& bound, const StationarityCertificate& c,
                         const BlockTridiagonal<double>& H, const KinkSystem& system,
                         double tangent_size, double largest_scale, double roundings) {
  double trace = 0;
  for (const Matrix& block : H.diagonal) trace = std::max(trace, block.diagonal().cwiseAbs().sum());
  const double k = system.inverse_norm(c.lambda_min_below);
  const double B = bound.mixed + tangent_size;
  const double Z = 3 * trace + 2 * system.constraint_norm();
  const double dz = 2 * k * (c.gradient_norm + c.rounding);
  // m'alpha has the third derivatives a m' (W' z') in all six orders.
  const double third =
      bound.third + 6 * largest_scale * std::sqrt(static_cast<double>(system.n_constraints()));
  PointBounds out;
  out.magnitude = bound.parameters + k * B * B;
  out.hessian_error = roundings * kEps * (bound.parameters + 2 * k * B * B + k * k * B * B * Z) +
                      third * std::pow(1 + k * B, 2) * dz;
  out.gradient = bound.gradient;
  out.gradient_error = roundings * kEps * bound.gradient_terms + B * dz;
  return out;
}

double largest_scale(const Architecture& net) {
  double largest = 0;
  for (const double a : net.scales) largest = std::max(largest, std::abs(a));
  return largest;
}

// The systems of all samples, or the first that has none.
struct Systems {
  std::vector<KinkSystem> samples;
  std::vector<std::vector<HeldKink>> kinks;
  PointBounds bounds;
  Summary summary;
};

Systems make_systems(const NetworkCurvature& curvature,
                     const std::vector<StationarityCertificate>& samples) {
  const NetworkEnergy<double>& energy = curvature.energy();
  const Architecture& net = energy.architecture();
  const Index N = curvature.n_samples();
  const auto layers = layer_bounds(net, curvature.theta());
  const double roundings = network_roundings(net, N);
  const double share = 1.0 / static_cast<double>(N);
  Systems out;
  for (Index i = 0; i < N; ++i) {
    const StationarityCertificate& c = samples[static_cast<std::size_t>(i)];
    const BlockTridiagonal<double> H = curvature.activity_hessian(i);
    const KinkSystem& system =
        out.samples.emplace_back(H, kink_normals(energy, curvature.theta(), c.kinks));
    if (!system.summary().ok()) {
      out.summary = {system.summary().status,
                     fmt::format("energy: sample {}: {}", i + 1, system.summary().message)};
      return out;
    }
    const PointBounds one = point_bounds(
        sample_bound(net, layers, curvature.pass(), i), c, H, system,
        kink_tangent_size(net, c.kinks, curvature.pass(), i), largest_scale(net), roundings);
    out.bounds.magnitude += share * one.magnitude;
    out.bounds.hessian_error += share * one.hessian_error;
    out.bounds.gradient += share * one.gradient;
    out.bounds.gradient_error += share * one.gradient_error;
    out.kinks.push_back(c.kinks);
  }
  return out;
}

class EnergyPoint final : public NetworkPoint {
 public:
  EnergyPoint(NetworkCurvature curvature, Systems systems)
      : NetworkPoint(curvature.energy().architecture()),
        curvature_(std::move(curvature)),
        systems_(std::move(systems)) {}

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

  [[nodiscard]] double hessian_magnitude() const override { return systems_.bounds.magnitude; }
  [[nodiscard]] double hessian_error_bound() const override {
    return systems_.bounds.hessian_error;
  }
  [[nodiscard]] double gradient_magnitude() const override { return systems_.bounds.gradient; }
  [[nodiscard]] double gradient_error_bound() const override {
    return systems_.bounds.gradient_error;
  }

 private:
  // F_zt V and A V, then z' and m' sample by sample, then F_tt V + F_tz z' + A'm'.
  void block_times(ConstMatrixRef V, MatrixRef HV) const {
    const Index k = V.cols();
    const Index N = curvature_.n_samples();
    const auto at = [](Index i) { return static_cast<std::size_t>(i); };
    std::vector<Vector> v(at(k));
    std::vector<Matrix> z_dot(at(k));
    std::vector<Matrix> m_dot(at(N));
    parallel_for(k, [&](Index j) {
      v[at(j)] = V.col(j);
      z_dot[at(j)] = curvature_.along(nullptr, &v[at(j)]).activities;
    });
    parallel_for(N, [&](Index i) {
      const std::vector<HeldKink>& held = systems_.kinks[at(i)];
      Matrix force(curvature_.energy().dim(), k);
      Matrix gap(static_cast<Index>(held.size()), k);
      for (Index j = 0; j < k; ++j) {
        force.col(j) = -z_dot[at(j)].col(i);
        if (!held.empty())
          gap.col(j) = -kink_tangents(architecture(), held, curvature_.pass(), i, v[at(j)]);
      }
      KinkSystem::Solution dot = systems_.samples[at(i)].solve(std::move(force), gap);
      for (Index j = 0; j < k; ++j) z_dot[at(j)].col(i) = dot.z.col(j);
      m_dot[at(i)] = std::move(dot.m);
    });
    parallel_for(k, [&](Index j) {
      HV.col(j) = curvature_.along(&z_dot[at(j)], &v[at(j)]).parameters;
      for (Index i = 0; i < N; ++i)
        if (m_dot[at(i)].size() > 0)
          add_kink_adjoint(architecture(), systems_.kinks[at(i)], curvature_.pass(), i,
                           m_dot[at(i)].col(j), 1.0 / static_cast<double>(N), HV.col(j));
    });
  }

  NetworkCurvature curvature_;
  Systems systems_;
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
    NetworkPass<double> pass;
    energy_.evaluate(theta, x_, y_, equilibrium.z, pass);
    for (Index i = 0; i < x_.cols(); ++i)
      apply_kinks(energy_.architecture(), equilibrium.samples[static_cast<std::size_t>(i)].kinks, i,
                  pass);
    NetworkCurvature curvature(energy_, theta, std::move(pass));
    Systems systems = make_systems(curvature, equilibrium.samples);
    if (!systems.summary.ok()) return {nullptr, systems.summary};
    return {std::make_unique<EnergyPoint>(std::move(curvature), std::move(systems)), {}};
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
