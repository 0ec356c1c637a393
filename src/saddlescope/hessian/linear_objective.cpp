#include "saddlescope/hessian/linear_objective.hpp"

#include <cmath>
#include <numeric>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/energy/linear_rounding.hpp"
#include "saddlescope/energy/linear_series.hpp"
#include "saddlescope/hessian/linear_hessian.hpp"

namespace saddlescope {
namespace {

template <class T>
class LinearPoint final : public Point<T> {
 public:
  explicit LinearPoint(LinearState<T> state) : state_(std::move(state)) {}

  [[nodiscard]] Index dim() const override { return state_.architecture().n_parameters(); }
  [[nodiscard]] T value() const override { return state_.value(); }
  [[nodiscard]] VectorOf<T> gradient() const override { return state_.gradient(); }
  void hessian_times(ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) const override {
    linear_hessian_times<T>(state_, V, HV);
  }
  [[nodiscard]] MatrixOf<T> hessian() const override {
    std::vector<Index> layers(static_cast<std::size_t>(state_.depth()));
    std::iota(layers.begin(), layers.end(), Index{0});
    return linear_hessian(state_, layers);
  }
  [[nodiscard]] MatrixOf<T> layer_hessian(const std::vector<Index>& layers) const override {
    return linear_hessian(state_, layers);
  }
  [[nodiscard]] double hessian_magnitude() const override {
    return linear_hessian_magnitude(state_);
  }
  [[nodiscard]] double hessian_error_bound() const override {
    return linear_hessian_error_bound(state_);
  }
  [[nodiscard]] double gradient_error_bound() const override {
    return saddlescope::gradient_error_bound(state_);
  }
  [[nodiscard]] double gradient_magnitude() const override {
    return saddlescope::gradient_magnitude(state_);
  }

 private:
  LinearState<T> state_;
};

template <class T>
class LinearNetworkObjective final : public Objective<T> {
 public:
  LinearNetworkObjective(LinearObjective objective, Architecture architecture, DataFactor<T> data)
      : objective_(objective), architecture_(std::move(architecture)), data_(std::move(data)) {
    check(architecture_);
    require_linear(architecture_, "closed form of " + name());
  }

  [[nodiscard]] std::string name() const override {
    return objective_ == LinearObjective::kMse ? "mse" : "energy";
  }
  [[nodiscard]] Index dim() const override { return architecture_.n_parameters(); }
  [[nodiscard]] Evaluation<T> at(const VectorOf<T>& theta) const override {
    for (Index i = 0; i < theta.size(); ++i)
      require(isfinite(theta[i]), "parameter theta[{}]: expected a finite number", i);
    LinearState<T> state(objective_, architecture_, data_, theta);
    if (!state.is_definite() && state.S().allFinite())
      return {nullptr, indefinite(static_cast<double>(state.S().norm()))};
    if (!state.finite())
      return {nullptr, overflow(static_cast<double>(theta.cwiseAbs().maxCoeff()))};
    return {std::make_unique<LinearPoint<T>>(std::move(state)), {}};
  }
  [[nodiscard]] CurveSeries<T> along(ConstMatrixRefOf<T> curve) const override {
    require(curve.cols() >= 1, "curve: expected at least the coefficient of t^0, got none");
    for (Index k = 0; k < curve.cols(); ++k)
      for (Index i = 0; i < curve.rows(); ++i)
        require(isfinite(curve(i, k)), "curve coefficient c_{}[{}]: expected a finite number", k,
                i);
    LinearSeries<T> series = linear_series<T>(objective_, architecture_, data_, curve);
    if (!series.is_definite && std::isfinite(series.S_norm))
      return {{}, {}, {}, {}, indefinite(series.S_norm)};
    if (!series.finite)
      return {{}, {}, {}, {}, overflow(static_cast<double>(curve.cwiseAbs().maxCoeff()))};
    return {std::move(series.value),
            std::move(series.gradient),
            std::move(series.value_size),
            std::move(series.gradient_size),
            {}};
  }

 private:
  [[nodiscard]] Summary indefinite(double S_norm) const {
    return {Status::kRefused,
            fmt::format("{}: S = I/lambda + .. is not positive definite to rounding: lambda |S| = "
                        "{:.2g} is the order of its condition number; a smaller lambda or smaller "
                        "weights can be computed",
                        name(), S_norm * architecture_.lambda())};
  }
  [[nodiscard]] Summary overflow(double largest) const {
    return {Status::kNotFinite,
            fmt::format("{}: the numbers overflow: largest |theta_i| = {:.3g}, largest |x| and |y| "
                        "of the data factor = {:.3g} and {:.3g}",
                        name(), largest, static_cast<double>(data_.x.cwiseAbs().maxCoeff()),
                        static_cast<double>(data_.y.cwiseAbs().maxCoeff()))};
  }

  // std::isfinite for double, Boost's by argument-dependent lookup for Quad.
  static bool isfinite(const T& value) {
    using std::isfinite;
    return isfinite(value);
  }

  LinearObjective objective_;
  Architecture architecture_;
  DataFactor<T> data_;
};

}  // namespace

template <class T>
std::unique_ptr<Objective<T>> mse_loss(const Architecture& architecture,
                                       const DataFactor<T>& data) {
  return std::make_unique<LinearNetworkObjective<T>>(LinearObjective::kMse, architecture, data);
}

template <class T>
std::unique_ptr<Objective<T>> equilibrated_energy(const Architecture& architecture,
                                                  const DataFactor<T>& data) {
  return std::make_unique<LinearNetworkObjective<T>>(LinearObjective::kEnergy, architecture, data);
}

template std::unique_ptr<Objective<double>> mse_loss(const Architecture&,
                                                     const DataFactor<double>&);
template std::unique_ptr<Objective<Quad>> mse_loss(const Architecture&, const DataFactor<Quad>&);
template std::unique_ptr<Objective<double>> equilibrated_energy(const Architecture&,
                                                                const DataFactor<double>&);
template std::unique_ptr<Objective<Quad>> equilibrated_energy(const Architecture&,
                                                              const DataFactor<Quad>&);

}  // namespace saddlescope
