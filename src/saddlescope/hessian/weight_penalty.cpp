#include "saddlescope/hessian/weight_penalty.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/hessian/network_point.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// W'W - I.
template <class T>
MatrixOf<T> deviation(ConstMatrixRefOf<T> W) {
  MatrixOf<T> D = product<T>(W, Op::kTranspose, W, Op::kNone);
  D.diagonal().array() -= T(1);
  return D;
}

// The sizes of all terms of R'' and dR/dW, with ||W|| >= the norm of |W|: w + 2 s (3 ||W||^2 + 1)
// and w |W| + 2 s |W| (||W||^2 + 1), largest and summed over the layers.
struct Sizes {
  double hessian = 0, gradient = 0;
};

Sizes sizes(const WeightPenalty& penalty, const Architecture& net, const Vector& theta) {
  Sizes out;
  for (Index l = 0; l < net.depth(); ++l) {
    const double W = weight(net, theta, l).norm();
    out.hessian = std::max(out.hessian, penalty.decay + 2 * penalty.spectral * (3 * W * W + 1));
    out.gradient += W * (penalty.decay + 2 * penalty.spectral * (W * W + 1));
  }
  return out;
}

class PenalisedPoint final : public NetworkPoint {
 public:
  PenalisedPoint(std::unique_ptr<const Point<double>> point, const Architecture& net,
                 const WeightPenalty& penalty, Vector theta)
      : NetworkPoint(net),
        point_(std::move(point)),
        penalty_(penalty),
        theta_(std::move(theta)),
        sizes_(sizes(penalty, net, theta_)) {}

  [[nodiscard]] double value() const override {
    return point_->value() + penalty_value(penalty_, architecture(), theta_);
  }
  [[nodiscard]] Vector gradient() const override {
    Vector g = point_->gradient();
    add_penalty_gradient<double>(penalty_, architecture(), theta_, 1, g);
    return g;
  }
  void hessian_times(ConstMatrixRef V, MatrixRef HV) const override {
    point_->hessian_times(V, HV);
    add_penalty_curvature(penalty_, architecture(), theta_, V, HV);
  }
  [[nodiscard]] double hessian_magnitude() const override {
    return point_->hessian_magnitude() + sizes_.hessian;
  }
  [[nodiscard]] double hessian_error_bound() const override {
    return point_->hessian_error_bound() + rounding() * sizes_.hessian +
           kEps * point_->hessian_magnitude();
  }
  [[nodiscard]] double gradient_magnitude() const override {
    return point_->gradient_magnitude() + sizes_.gradient;
  }
  [[nodiscard]] double gradient_error_bound() const override {
    return point_->gradient_error_bound() + rounding() * sizes_.gradient +
           kEps * point_->gradient_magnitude();
  }

 private:
  // Three products in a row.
  [[nodiscard]] double rounding() const { return 4 * longest_sum(architecture()) * kEps; }

  std::unique_ptr<const Point<double>> point_;
  WeightPenalty penalty_;
  Vector theta_;
  Sizes sizes_;
};

class PenalisedObjective final : public Objective<double> {
 public:
  PenalisedObjective(std::unique_ptr<Objective<double>> objective, Architecture net,
                     const WeightPenalty& penalty)
      : objective_(std::move(objective)), net_(std::move(net)), penalty_(penalty) {
    check(penalty_);
    require(objective_->dim() == net_.n_parameters(),
            "penalty: expected an objective of {} parameters, got {}", net_.n_parameters(),
            objective_->dim());
  }

  [[nodiscard]] std::string name() const override { return objective_->name(); }
  [[nodiscard]] Index dim() const override { return objective_->dim(); }
  [[nodiscard]] Evaluation<double> at(const Vector& theta) const override {
    Evaluation<double> here = objective_->at(theta);
    if (!here.summary.ok()) return here;
    return {std::make_unique<PenalisedPoint>(std::move(here.point), net_, penalty_, theta), {}};
  }
  [[nodiscard]] CurveSeries<double> along(ConstMatrixRef /*curve*/) const override {
    return no_series(name());
  }

 private:
  std::unique_ptr<Objective<double>> objective_;
  Architecture net_;
  WeightPenalty penalty_;
};

}  // namespace

void check(const WeightPenalty& penalty) {
  require(std::isfinite(penalty.decay) && penalty.decay >= 0,
          "weight decay: expected a finite number >= 0, got {}", penalty.decay);
  require(std::isfinite(penalty.spectral) && penalty.spectral >= 0,
          "spectral penalty: expected a finite number >= 0, got {}", penalty.spectral);
}

double penalty_value(const WeightPenalty& penalty, const Architecture& net, const Vector& theta) {
  double value = 0;
  for (Index l = 0; l < net.depth(); ++l) {
    const Matrix W = weight(net, theta, l);
    if (penalty.decay != 0) value += penalty.decay / 2 * W.squaredNorm();
    if (penalty.spectral != 0) value += penalty.spectral / 2 * deviation<double>(W).squaredNorm();
  }
  return value;
}

template <class T>
void add_penalty_gradient(const WeightPenalty& penalty, const Architecture& net,
                          const VectorOf<T>& theta, T factor, VectorOf<T>& g) {
  for (Index l = 0; l < net.depth(); ++l) {
    const auto W = weight(net, theta, l);
    auto out = weight(net, g, l);
    if (penalty.decay != 0) out += factor * T(penalty.decay) * W;
    if (penalty.spectral != 0)
      gemm<T>(factor * T(2 * penalty.spectral), W, Op::kNone, deviation<T>(W), Op::kNone, T(1),
              out);
  }
}

void add_penalty_curvature(const WeightPenalty& penalty, const Architecture& net,
                           const Vector& theta, ConstMatrixRef V, MatrixRef HV) {
  for (Index l = 0; l < net.depth(); ++l) {
    const Matrix W = weight(net, theta, l);
    const Matrix D = deviation<double>(W);
    for (Index k = 0; k < V.cols(); ++k) {
      const Eigen::Map<const Matrix> direction(V.col(k).data() + net.offset(l), W.rows(), W.cols());
      Eigen::Map<Matrix> out(HV.col(k).data() + net.offset(l), W.rows(), W.cols());
      if (penalty.decay != 0) out += penalty.decay * direction;
      if (penalty.spectral == 0) continue;
      const double factor = 2 * penalty.spectral;
      const Matrix VW = product<double>(direction, Op::kTranspose, W, Op::kNone);
      const Matrix sum = VW + VW.transpose();
      gemm<double>(factor, direction, Op::kNone, D, Op::kNone, 1, out);
      gemm<double>(factor, W, Op::kNone, sum, Op::kNone, 1, out);
    }
  }
}

template void add_penalty_gradient<double>(const WeightPenalty&, const Architecture&, const Vector&,
                                           double, Vector&);
template void add_penalty_gradient<float>(const WeightPenalty&, const Architecture&,
                                          const VectorOf<float>&, float, VectorOf<float>&);

std::unique_ptr<Objective<double>> penalised(std::unique_ptr<Objective<double>> objective,
                                             const Architecture& architecture,
                                             const WeightPenalty& penalty) {
  return std::make_unique<PenalisedObjective>(std::move(objective), architecture, penalty);
}

}  // namespace saddlescope
