#include "saddlescope/inference/network_equilibrated_energy.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/hessian/network_point.hpp"
#include "saddlescope/inference/implicit_bounds.hpp"
#include "saddlescope/inference/kink_system.hpp"

namespace saddlescope {
namespace {

constexpr Index kDirections = 32;  // directions whose right-hand sides are held at once

// The systems of all samples, or the first that has none.
struct Systems {
  std::vector<KinkSystem> samples;
  std::vector<StationarityCertificate> certificates;
  std::vector<LayerBound> layers;
  ImplicitBounds bounds;
  Summary summary;
};

ImplicitSample sample_of(const NetworkCurvature& curvature, const Systems& systems, Index i) {
  const auto at = static_cast<std::size_t>(i);
  return {curvature, systems.layers, systems.samples[at], systems.certificates[at], i};
}

Systems make_systems(const NetworkCurvature& curvature,
                     std::vector<StationarityCertificate> certificates) {
  const NetworkEnergy<double>& energy = curvature.energy();
  const Index N = curvature.n_samples();
  const double share = 1.0 / static_cast<double>(N);
  Systems out;
  out.certificates = std::move(certificates);
  out.layers = layer_bounds(energy.architecture(), curvature.theta());
  for (Index i = 0; i < N; ++i) {
    const std::vector<HeldKink>& held = out.certificates[static_cast<std::size_t>(i)].kinks;
    const KinkSystem& system = out.samples.emplace_back(
        curvature.activity_hessian(i), kink_normals(energy, curvature.theta(), held));
    if (!system.summary().ok()) {
      out.summary = {system.summary().status,
                     fmt::format("energy: sample {}: {}", i + 1, system.summary().message)};
      return out;
    }
    const ImplicitBounds one = implicit_bounds(sample_of(curvature, out, i));
    out.bounds.magnitude += share * one.magnitude;
    out.bounds.gradient += share * one.gradient;
    out.bounds.gradient_error += share * one.gradient_error;
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
  // Made when first asked for, and kept.
  [[nodiscard]] double hessian_error_bound() const override {
    std::call_once(bounded_, [this] {
      Vector errors(curvature_.n_samples());
      parallel_for(errors.size(), [&](Index i) {
        errors[i] = implicit_hessian_error(sample_of(curvature_, systems_, i));
      });
      hessian_error_ = errors.mean();
    });
    return hessian_error_;
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
      const std::vector<HeldKink>& held = systems_.certificates[at(i)].kinks;
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
          add_kink_adjoint(architecture(), systems_.certificates[at(i)].kinks, curvature_.pass(), i,
                           m_dot[at(i)].col(j), 1.0 / static_cast<double>(N), HV.col(j));
    });
  }

  NetworkCurvature curvature_;
  Systems systems_;
  mutable std::once_flag bounded_;
  mutable double hessian_error_ = 0;
};

class NetworkEquilibratedEnergy final : public Objective<double> {
 public:
  NetworkEquilibratedEnergy(NetworkEnergy<double> energy, const Dataset& data,
                            NewtonOptions options)
      : energy_(std::move(energy)), options_(std::move(options)), x_(data.x), y_(data.y) {
    check_observed(data, energy_.clamping().targets);
    const Architecture& net = energy_.architecture();
    require(energy_.dim() > 0, "equilibrated energy: expected a free layer, got none (L = {})",
            net.depth());
    require(x_.rows() == net.input(), "inputs of {}: expected n_0 = {} rows, got {}", data.name,
            net.input(), x_.rows());
    check_targets(net, y_, energy_.clamping().targets);
  }

  [[nodiscard]] std::string name() const override { return "energy"; }
  [[nodiscard]] Index dim() const override { return energy_.architecture().n_parameters(); }
  [[nodiscard]] Evaluation<double> at(const Vector& theta) const override {
    NetworkEquilibrium equilibrium = network_equilibrium(energy_, theta, x_, y_, options_);
    if (!equilibrium.summary.ok())
      return {nullptr, {equilibrium.summary.status, "energy: " + equilibrium.summary.message}};
    NetworkPass<double> pass;
    energy_.evaluate(theta, x_, y_, equilibrium.z, pass);
    for (Index i = 0; i < x_.cols(); ++i)
      apply_kinks(energy_.architecture(), equilibrium.samples[static_cast<std::size_t>(i)].kinks, i,
                  pass);
    NetworkCurvature curvature(energy_, theta, std::move(pass));
    Systems systems = make_systems(curvature, std::move(equilibrium.samples));
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
