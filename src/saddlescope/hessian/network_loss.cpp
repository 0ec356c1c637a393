#include "saddlescope/hessian/network_loss.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/energy/backpropagation.hpp"
#include "saddlescope/energy/output_loss.hpp"
#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/hessian/network_layer_tangent.hpp"
#include "saddlescope/hessian/network_point.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

NetworkPass<double> backpropagation(const Architecture& net, const Vector& theta, const Matrix& x,
                                    const Matrix& y, Targets targets) {
  NetworkPass<double> pass;
  backpropagate<double>(net, theta, x, y, pass, targets);
  return pass;
}

class LossPoint final : public NetworkPoint {
 public:
  LossPoint(const Architecture& net, Vector theta, NetworkPass<double> pass, Targets targets)
      : NetworkPoint(net), theta_(std::move(theta)), pass_(std::move(pass)), targets_(targets) {
    for (Index l = 0; l < net.depth(); ++l)
      bends_.push_back(layer_bend(net, theta_, l, pass_.layers[at(l)], pass_.z[at(l)],
                                  pass_.error[at(l)], pass_.delta[at(l)]));
    const auto layers = layer_bounds(net, theta_);
    for (Index i = 0; i < n_samples(); ++i) {
      const LossBound bound = loss_bound(net, layers, pass_, i);
      const double share = 1.0 / static_cast<double>(n_samples());
      bound_.hessian += share * bound.hessian;
      bound_.gradient += share * bound.gradient;
      bound_.gradient_terms += share * bound.gradient_terms;
    }
  }

  [[nodiscard]] double value() const override {
    return output_energies<double>(architecture(), pass_.z.back(), pass_.layers.back().prediction,
                                   targets_)
        .mean();
  }

  [[nodiscard]] Vector gradient() const override {
    Vector g(dim());
    for (Index l = 0; l < architecture().depth(); ++l)
      parameter_adjoint<double>(architecture(), l, pass_.layers[at(l)], pass_.z[at(l)],
                                pass_.delta[at(l)], -1.0 / static_cast<double>(n_samples()), g);
    return g;
  }

  void hessian_times(ConstMatrixRef V, MatrixRef HV) const override {
    require(V.rows() == dim(), "Hessian product: expected {} rows, got {}", dim(), V.rows());
    parallel_for(V.cols(), [&](Index j) { HV.col(j) = product(V.col(j)); });
  }

  [[nodiscard]] double hessian_magnitude() const override { return bound_.hessian; }
  [[nodiscard]] double hessian_error_bound() const override {
    return roundings() * kEps * bound_.hessian;
  }
  [[nodiscard]] double gradient_magnitude() const override { return bound_.gradient; }
  [[nodiscard]] double gradient_error_bound() const override {
    return roundings() * kEps * bound_.gradient_terms;
  }

 private:
  [[nodiscard]] Index n_samples() const { return pass_.z.back().cols(); }
  // Each of the L layers adds its own to what it passes on, up and down.
  [[nodiscard]] double roundings() const {
    return 2 * static_cast<double>(architecture().depth()) *
           network_roundings(architecture(), n_samples());
  }

  [[nodiscard]] Vector product(const Vector& v) const {
    const Architecture& net = architecture();
    const Index L = net.depth();
    std::vector<LayerTangent> tangents(at(L));
    const auto below = [&](Index l) -> const Matrix* {
      return l == 0 ? nullptr : &tangents[at(l - 1)].prediction;
    };
    for (Index l = 0; l < L; ++l)
      push_tangent(net, theta_, l, pass_.layers[at(l)], pass_.z[at(l)], below(l), &v,
                   tangents[at(l)]);
    const Matrix& f_dot = tangents.back().prediction;
    Matrix eps_dot(f_dot.rows(), f_dot.cols());
    for (Index i = 0; i < f_dot.cols(); ++i)
      eps_dot.col(i) =
          -output_curvature_times(net, pass_.z.back().col(i), pass_.layers.back().prediction.col(i),
                                  f_dot.col(i), targets_);
    Vector out(dim());
    for (Index l = L - 1; l >= 0; --l) {
      LayerTangent& tangent = tangents[at(l)];
      pull_tangent(net, theta_, l, pass_.layers[at(l)], bends_[at(l)], pass_.delta[at(l)], below(l),
                   &v, eps_dot, l > 0, tangent);
      parameter_tangent(net, l, pass_.layers[at(l)], pass_.z[at(l)], pass_.delta[at(l)], tangent,
                        -1.0 / static_cast<double>(n_samples()), out);
      eps_dot = tangent.adjoint;
    }
    return out;
  }

  Vector theta_;
  NetworkPass<double> pass_;
  Targets targets_;
  std::vector<LayerBend> bends_;
  LossBound bound_;
};

class NetworkLoss final : public Objective<double> {
 public:
  NetworkLoss(Architecture architecture, const Dataset& data, Targets targets)
      : architecture_(std::move(architecture)), targets_(targets), x_(data.x), y_(data.y) {
    check(architecture_);
    check_observed(data, targets_);
    require(x_.rows() == architecture_.input(), "inputs of {}: expected n_0 = {} rows, got {}",
            data.name, architecture_.input(), x_.rows());
    check_targets(architecture_, y_, targets_);
    architecture_.precisions.assign(architecture_.precisions.size(), 1.0);
  }

  [[nodiscard]] std::string name() const override { return saddlescope::name(architecture_.loss); }
  [[nodiscard]] Index dim() const override { return architecture_.n_parameters(); }
  [[nodiscard]] Evaluation<double> at(const Vector& theta) const override {
    require(theta.size() == dim() && theta.allFinite(),
            "parameters theta: expected {} finite numbers, got {} entries", dim(), theta.size());
    auto point = std::make_unique<LossPoint>(
        architecture_, theta, backpropagation(architecture_, theta, x_, y_, targets_), targets_);
    if (!std::isfinite(point->value()) || !point->gradient().allFinite())
      return {nullptr,
              {Status::kNotFinite,
               fmt::format("{}: the numbers overflow: largest |theta_i| = {:.3g}, largest |x| = "
                           "{:.3g}",
                           name(), theta.cwiseAbs().maxCoeff(), x_.cwiseAbs().maxCoeff())}};
    return {std::move(point), {}};
  }
  [[nodiscard]] CurveSeries<double> along(ConstMatrixRef /*curve*/) const override {
    return no_series(name());
  }

 private:
  Architecture architecture_;
  Targets targets_;
  Matrix x_, y_;
};

}  // namespace

std::unique_ptr<Objective<double>> network_loss(const Architecture& architecture,
                                                const Dataset& data, Targets targets) {
  return std::make_unique<NetworkLoss>(architecture, data, targets);
}

}  // namespace saddlescope
