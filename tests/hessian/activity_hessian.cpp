// Laws of the activity Hessian, and the cases where published code is known to be wrong.
#include "saddlescope/hessian/activity_hessian.hpp"

#include <numbers>

#include <doctest/doctest.h>

#include "support/operator_laws.hpp"
#include "support/oracles.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/energy/activity_energy.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();

Architecture scalar_net(Parameterisation parameterisation, Index depth, double gamma, bool skips) {
  ArchitectureOptions options;
  options.widths.assign(static_cast<std::size_t>(depth + 1), 1);
  options.parameterisation = parameterisation;
  options.gamma = gamma;
  options.skips = skips;
  return make_architecture(options);
}

// F is quadratic in z, so dF/dz changes by exactly H_z times the change of z.
TEST_CASE("is the difference of the activity gradient") {
  RandomStream stream(5, "activities");
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto H = activity_hessian<double>(p.architecture, p.theta);
    const auto data = data_factor<double>(p.data);
    const Matrix z = stream.normal_matrix(H.dim(), data.x.cols());
    const Matrix step = stream.normal_matrix(H.dim(), data.x.cols());
    const Matrix change = activity_gradient(p.architecture, p.theta, data, Matrix(z + step)) -
                          activity_gradient(p.architecture, p.theta, data, z);
    Matrix product(step.rows(), step.cols());
    H.apply(step, product);
    CHECK((change - product).norm() <= 100 * kEps * H.dense().norm() * (z.norm() + step.norm()));
  }
}

TEST_CASE("the block solve finds the equilibrium of the closed form") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto data = data_factor<double>(p.data);
    const LinearState<double> state(LinearObjective::kEnergy, p.architecture, data, p.theta);
    const auto H = activity_hessian<double>(p.architecture, p.theta);
    const Matrix z = BlockTridiagonalCholesky<double>(H).solve(
        activity_source<double>(p.architecture, p.theta, data.x, data.y));
    const double F = layer_energies(p.architecture, p.theta, data, z).sum();
    const double condition = H.dense().norm() * H.dense().inverse().norm();
    CHECK(std::abs(F - state.value()) <= 100 * kEps * condition * (1 + state.value()));
  }
}

TEST_CASE("the determinant is lambda^d_y det S times the hidden precisions") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const LinearState<double> state(LinearObjective::kEnergy, p.architecture,
                                    data_factor<double>(p.data), p.theta);
    const auto H = activity_hessian<double>(p.architecture, p.theta);
    double expected =
        static_cast<double>(p.architecture.output()) * std::log(p.architecture.lambda()) +
        std::log(state.S().determinant());
    for (Index l = 0; l + 1 < p.architecture.depth(); ++l)
      expected += static_cast<double>(p.architecture.rows(l)) *
                  std::log(p.architecture.precisions[static_cast<std::size_t>(l)]);
    const double condition = H.dense().norm() * H.dense().inverse().norm();
    CHECK(std::abs(BlockTridiagonalCholesky<double>(H).log_determinant() - expected) <=
          10 * kEps * static_cast<double>(H.dim()) * condition);
  }
}

// Widths 1 and unit weights: the last scale is 1/gamma under SP too.
TEST_CASE("gamma enters the last block under the standard parameterisation") {
  const Matrix H =
      activity_hessian<double>(scalar_net(Parameterisation::kSp, 3, 2, false), Vector::Ones(3))
          .dense();
  Matrix expected(2, 2);
  expected << 2, -1, -1, 1.25;
  CHECK((H - expected).norm() == 0);
}

TEST_CASE("a skip is counted once with activity decay") {
  const Matrix H =
      activity_hessian<double>(scalar_net(Parameterisation::kSp, 3, 1, true), Vector::Ones(3), 1.0)
          .dense();
  CHECK(H(0, 0) == 6);
}

TEST_CASE("the depth factor does not reach the last layer under NTP with skips") {
  const Matrix H =
      activity_hessian<double>(scalar_net(Parameterisation::kNtp, 3, 1, true), Vector::Ones(3))
          .dense();
  CHECK(H(1, 1) == doctest::Approx(2).epsilon(4 * kEps));
}

TEST_CASE("activity decay adds its own size to the diagonal") {
  const Architecture net = scalar_net(Parameterisation::kSp, 4, 1, false);
  const Matrix plain = activity_hessian<double>(net, Vector::Ones(4)).dense();
  const Matrix decayed = activity_hessian<double>(net, Vector::Ones(4), 0.3).dense();
  CHECK((decayed - plain - 0.3 * Matrix::Identity(3, 3)).norm() <= 4 * kEps);
}

// Square orthogonal weights, d_y < n: 2 - 2 cos(j pi/(H+1)) d_y times each and 2 - 2 cos((2j-1)
// pi/(2H+1)) n - d_y times each, j = 1..H = L - 1.
TEST_CASE("has the closed spectrum for orthogonal weights") {
  ArchitectureOptions options;
  options.widths = {6, 6, 6, 6, 6, 2};
  const Architecture net = make_architecture(options);
  RandomStream stream(8, "weights");
  InitialiseOptions orthogonal;
  orthogonal.kind = Initialisation::kOrthogonal;
  const Vector theta = initialise(net, orthogonal, stream);
  std::vector<double> expected;
  const double H = 4;
  for (int j = 1; j <= 4; ++j) {
    for (int copy = 0; copy < 2; ++copy)
      expected.push_back(2 - 2 * std::cos(j * std::numbers::pi / (H + 1)));
    for (int copy = 0; copy < 4; ++copy)
      expected.push_back(2 - 2 * std::cos((2 * j - 1) * std::numbers::pi / (2 * H + 1)));
  }
  std::ranges::sort(expected);
  const Vector values = symmetric_eigenvalues(activity_hessian<double>(net, theta).dense());
  CHECK((values - Eigen::Map<Vector>(expected.data(), 24)).cwiseAbs().maxCoeff() <= 24 * 4 * kEps);
}

TEST_CASE("obeys the operator laws also for unequal widths") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    RandomStream stream(6, "laws");
    testing::check_operator_laws(activity_hessian<double>(p.architecture, p.theta), stream);
  }
}

TEST_CASE("agrees with the independent eigenvalues and activities") {
  for (const auto& oracle : testing::oracle_cases()) {
    if (oracle.architecture.depth() < 2) continue;
    INFO("case ", oracle.name);
    const auto H = activity_hessian<double>(oracle.architecture, oracle.theta);
    const Vector values = symmetric_eigenvalues(H.dense());
    CHECK((values - oracle.activity_spectrum).cwiseAbs().maxCoeff() <=
          1e-12 * oracle.activity_spectrum.maxCoeff());
    const Matrix z = BlockTridiagonalCholesky<double>(H).solve(
        activity_source<double>(oracle.architecture, oracle.theta, oracle.data.x, oracle.data.y));
    Index row = 0;
    for (const Matrix& expected : oracle.activities) {
      CHECK((z.middleRows(row, expected.rows()) - expected).norm() <=
            1e-11 * (1 + expected.norm()));
      row += expected.rows();
    }
  }
}

}  // namespace
}  // namespace saddlescope
