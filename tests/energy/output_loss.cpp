// The two energies of the output: closed forms, derivatives, extreme logits.
#include "saddlescope/energy/output_loss.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

using test::contains;
using test::message_of;

constexpr double kEps = std::numeric_limits<double>::epsilon();

Architecture one_layer(Index outputs, double lambda, OutputLoss loss) {
  return {{1, outputs}, {1}, {0}, {lambda}, Activation::kIdentity, Placement::kPre, false, loss};
}

Matrix error(const Architecture& net, const Matrix& y, const Matrix& u) {
  Matrix out(u.rows(), u.cols());
  output_error<double>(net, y, u, out);
  return out;
}

// Two classes and y = (1, 0): E = lambda log(1 + e^{-(u_1 - u_2)}), error lambda/(1 + e^{u_1 -
// u_2}) (1, -1).
TEST_CASE("cross-entropy of two classes is the logistic loss") {
  const Architecture net = one_layer(2, 1.5, OutputLoss::kCrossEntropy);
  const Matrix y{{1}, {0}};
  for (const double d : {-3.0, 0.0, 0.4, 7.0}) {
    const Matrix u{{0.3 + d}, {0.3}};
    CHECK(output_energies<double>(net, y, u)[0] ==
          doctest::Approx(1.5 * std::log1p(std::exp(-d))).epsilon(1e-13));
    const double e = 1.5 / (1 + std::exp(d));
    CHECK((error(net, y, u) - Matrix{{e}, {-e}}).norm() <= 8 * kEps);
  }
}

TEST_CASE("error and curvature are derivatives of the energy") {
  RandomStream stream(5, "logits");
  for (const OutputLoss loss : {OutputLoss::kMse, OutputLoss::kCrossEntropy}) {
    const Architecture net = one_layer(4, 0.7, loss);
    Matrix y = stream.normal_matrix(4, 1).array().exp();
    y /= y.sum();
    const Matrix u = stream.normal_matrix(4, 1);
    const Matrix d = stream.normal_matrix(4, 1);
    const auto E = [&](double t) { return output_energies<double>(net, y, u + t * d)[0]; };
    const auto slope_error = [&](double h) {
      return std::abs((E(h) - E(-h)) / (2 * h) + error(net, y, u).cwiseProduct(d).sum());
    };
    CHECK(slope_error(1e-3) <= slope_error(2e-3) / 3.5 + 8 * kEps / 1e-3);
    const Matrix Cd = output_curvature_times(net, y.col(0), u.col(0), d);
    const auto bend_error = [&](double h) {
      return ((error(net, y, u + h * d) - error(net, y, u - h * d)) / (2 * h) + Cd).norm();
    };
    CHECK(bend_error(1e-3) <= bend_error(2e-3) / 3.5 + 8 * kEps / 1e-3);
    CHECK(bend_error(1e-3) <= 1e-5);
  }
}

// One-hot y = e_1 and u = (a, 0): E = lambda max(0, -a) to rounding once |a| > 40.
TEST_CASE("logits of ten thousand give finite energies and errors in both precisions") {
  const Architecture net = one_layer(2, 2, OutputLoss::kCrossEntropy);
  const Matrix y{{1, 1}, {0, 0}};
  const Matrix u{{1e4, -1e4}, {0, 0}};
  CHECK(output_energies<double>(net, y, u) == Vector{{0, 2e4}});
  CHECK((error(net, y, u) - Matrix{{0, 2}, {0, -2}}).norm() <= 1e-300);  // e^{-10000} and less
  CHECK(output_energies<float>(net, y.cast<float>(), u.cast<float>()) ==
        VectorOf<float>{{0.0F, 2e4F}});
  CHECK(output_curvature_times(net, y.col(0), u.col(0), Matrix::Identity(2, 2)).norm() <= 1e-300);
}

TEST_CASE("targets that are no distribution are refused under cross-entropy only") {
  const Architecture net = one_layer(2, 1, OutputLoss::kCrossEntropy);
  CHECK_NOTHROW(check_targets(net, Matrix{{0.1F, 1}, {0.9F, 0}}));
  CHECK(contains(message_of<std::invalid_argument>([&] {
                   check_targets(net, Matrix{{1, -0.5}, {0, 1.5}});
                 }),
                 "targets of sample 2: cross-entropy expects entries >= 0 with sum 1"));
  CHECK_NOTHROW(check_targets(one_layer(2, 1, OutputLoss::kMse), Matrix{{1, -0.5}, {0, 1.5}}));
  CHECK(contains(message_of<std::invalid_argument>([&] {
                   check_targets(one_layer(1, 1, OutputLoss::kMse), Matrix{{1, 0.0 / 0.0}});
                 }),
                 "targets of sample 2: expected finite numbers"));
}

}  // namespace
}  // namespace saddlescope
