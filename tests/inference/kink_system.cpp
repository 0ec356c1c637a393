// Derivatives of F* where equilibria lie on kinks: the constrained system, closed forms, differences.
#include "saddlescope/inference/kink_system.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "support/network_problem.hpp"
#include "support/operator_laws.hpp"

#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::network_problems;
using testing::NetworkProblem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// Single samples of random problems whose certified minimum holds a kink.
struct KinkedSample {
  NetworkProblem problem;
  std::vector<HeldKink> kinks;
};

const std::vector<KinkedSample>& kinked_samples() {
  static const std::vector<KinkedSample> list = [] {
    std::vector<KinkedSample> out;
    for (const NetworkProblem& p : network_problems()) {
      if (kinks(p.architecture.activation).empty()) continue;
      for (Index i = 0; i < p.x.cols(); ++i) {
        NetworkProblem one = p;
        one.x = p.x.col(i).eval();
        one.y = p.y.col(i).eval();
        const auto found = network_equilibrium(one.energy(), one.theta, one.x, one.y);
        if (found.summary.ok() && !found.samples[0].kinks.empty())
          out.push_back({one, found.samples[0].kinks});
      }
    }
    return out;
  }();
  return list;
}

Evaluation<double> evaluate(const NetworkProblem& p, const Vector& theta) {
  return network_equilibrated_energy(p.energy(), {p.x, p.y, "random"})->at(theta);
}

bool same_pattern(const KinkedSample& s, const Vector& theta) {
  const auto there =
      network_equilibrium(s.problem.energy(), theta, s.problem.x, s.problem.y).samples[0];
  if (there.verdict != StationarityVerdict::kOnKinks || there.kinks.size() != s.kinks.size())
    return false;
  return std::all_of(s.kinks.begin(), s.kinks.end(), [&](const HeldKink& a) {
    return std::any_of(there.kinks.begin(), there.kinks.end(), [&](const HeldKink& b) {
      return a.layer == b.layer && a.unit == b.unit && a.at == b.at;
    });
  });
}

// [H C'; C 0] [z; m] = [f; g] written out densely.
TEST_CASE("solutions satisfy the constrained system and its inverse is bounded") {
  RandomStream stream(1, "kink system");
  BlockTridiagonal<double> H;
  for (const Index n : {3, 4}) {
    const Matrix R = stream.normal_matrix(n, n);
    H.diagonal.emplace_back(R * R.transpose() + 5 * Matrix::Identity(n, n));
  }
  H.upper.emplace_back(0.3 * stream.normal_matrix(3, 4));
  for (const Index m : {0, 1, 3}) {
    const Matrix C = stream.normal_matrix(7, m);
    const KinkSystem system(H, C);
    REQUIRE(system.summary().ok());
    Matrix K = Matrix::Zero(7 + m, 7 + m);
    K.topLeftCorner(7, 7) = H.dense();
    K.topRightCorner(7, m) = C;
    K.bottomLeftCorner(m, 7) = C.transpose();
    const Matrix right = stream.normal_matrix(7 + m, 2);
    const auto got = system.solve(right.topRows(7), right.bottomRows(m));
    Matrix z(7 + m, 2);
    z << got.z, (m > 0 ? got.m : Matrix(0, 2));
    // 10 n roundings of numbers below |K| |z|; K is well conditioned here.
    CHECK((K * z - right).norm() <= 100 * kEps * K.norm() * z.norm());
    const double lambda_min = symmetric_eigenvalues(H.dense())[0];
    const Vector values = symmetric_eigenvalues(K).cwiseAbs();
    CHECK(1 / values.minCoeff() <= (1 + 1e-12) * system.inverse_norm(lambda_min));
  }
  Matrix twice(7, 2);
  twice.setOnes();
  CHECK(KinkSystem(H, twice).summary().status == Status::kRefused);
}

// Pre, ReLU, z held at 0: F* = 1/2 (w_1 x)^2 + 1/2 y^2 whatever w_2 is.
TEST_CASE("a hidden unit held at zero leaves the energy of its own layer") {
  const Architecture net{{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}, Activation::kRelu, Placement::kPre};
  const Dataset data{Matrix::Constant(1, 1, 0.2), Matrix::Constant(1, 1, -1), "pulled"};
  const auto got =
      network_equilibrated_energy(NetworkEnergy<double>(net), data)->at(Vector{{1, 1}});
  REQUIRE_MESSAGE(got.summary.ok(), got.summary.message);
  CHECK(got.point->value() == doctest::Approx(0.52).epsilon(1e-14));
  Matrix expected = Matrix::Zero(2, 2);
  expected(0, 0) = 0.04;
  CHECK((got.point->hessian() - expected).norm() <= 100 * kEps);
  CHECK((got.point->gradient() - Vector{{0.04, 0}}).norm() <= 100 * kEps);
}

// Post, ReLU, u_2 = w_2 z_1 + b_2 held at 0: z_1 = -b_2/w_2 moves with the parameters, and with u_1 < 0
// F* = 1/2 (b_2/w_2)^2 + 1/2 (y - b_3)^2/(1 + w_3^2). In (w_2, b_2) the Hessian of the first term is
// [[3 b^2/w^4, -2 b/w^3], [-2 b/w^3, 1/w^2]].
TEST_CASE("a sum held at zero moves the activities below with its weights and bias") {
  Architecture net{{1, 1, 1, 1}, {1, 1, 1},         {0, 0, 0},
                   {1, 1, 1},    Activation::kRelu, Placement::kPost};
  net.biases = true;
  // Layer 1: w = -1, b = 0; layer 2: w = 2, b = 0.5; layer 3: w = 1, b = 0.
  const Vector theta{{-1, 0, 2, 0.5, 1, 0}};
  const Dataset data{Matrix::Constant(1, 1, 1.0), Matrix::Constant(1, 1, -1.0), "held"};
  const NetworkEnergy<double> energy(net);
  const auto found = network_equilibrium(energy, theta, data.x, data.y);
  REQUIRE_MESSAGE(found.summary.ok(), found.summary.message);
  REQUIRE(found.samples[0].kinks.size() == 1);
  CHECK(found.z(0, 0) == doctest::Approx(-0.25).epsilon(1e-14));
  const auto got = network_equilibrated_energy(energy, data)->at(theta);
  REQUIRE_MESSAGE(got.summary.ok(), got.summary.message);
  CHECK(got.point->value() == doctest::Approx(0.03125 + 0.25).epsilon(1e-14));
  const Matrix H = got.point->hessian();
  CHECK(H(2, 2) == doctest::Approx(3 * 0.25 / 16).epsilon(1e-13));
  CHECK(H(2, 3) == doctest::Approx(-2 * 0.5 / 8).epsilon(1e-13));
  CHECK(H(3, 3) == doctest::Approx(0.25).epsilon(1e-13));
  // 1/(1 + w_3^2).
  CHECK(H(5, 5) == doctest::Approx(0.5).epsilon(1e-13));
  CHECK(H.topLeftCorner(2, 2).norm() <= 100 * kEps);
}

// Inference run anew at theta + h d, whose minimum holds the same kinks: errors of h^2.
TEST_CASE("gradient and Hessian on kinks are the derivatives of the re-equilibrated energy") {
  RandomStream stream(1, "directions");
  int tested = 0;
  for (const KinkedSample& s : kinked_samples()) {
    const NetworkProblem& p = s.problem;
    CAPTURE(p.name);
    const Vector d = stream.normal_matrix(p.theta.size(), 1) / p.theta.norm();
    const double h = 2e-4;
    const double steps[] = {-h, -h / 2, h / 2, h};
    if (!std::all_of(std::begin(steps), std::end(steps),
                     [&](double step) { return same_pattern(s, p.theta + step * d); }))
      continue;
    const auto here = evaluate(p, p.theta);
    REQUIRE_MESSAGE(here.summary.ok(), here.summary.message);
    Matrix Hd(p.theta.size(), 1);
    here.point->hessian_times(d, Hd);
    const double slope = here.point->gradient().dot(d);
    const auto errors = [&](double step) {
      const auto up = evaluate(p, p.theta + step * d);
      const auto down = evaluate(p, p.theta - step * d);
      REQUIRE((up.summary.ok() && down.summary.ok()));
      return std::pair{std::abs((up.point->value() - down.point->value()) / (2 * step) - slope),
                       ((up.point->gradient() - down.point->gradient()) / (2 * step) - Hd).norm()};
    };
    const auto coarse = errors(h);
    const auto fine = errors(h / 2);
    const double rounding = 100 * kEps * (1 + here.point->value() + Hd.norm()) / h +
                            4 * here.point->gradient_error_bound() / h;
    CHECK(fine.first <= coarse.first / 3.5 + rounding);
    CHECK(fine.second <= coarse.second / 3.5 + rounding);
    ++tested;
  }
  CHECK(tested >= 50);
}

TEST_CASE("on kinks bounds hold and products obey the operator laws") {
  int tested = 0;
  for (const KinkedSample& s : kinked_samples()) {
    if (++tested % 5 != 0) continue;
    const NetworkProblem& p = s.problem;
    CAPTURE(p.name);
    const auto here = evaluate(p, p.theta);
    REQUIRE(here.summary.ok());
    const Point<double>& point = *here.point;
    CHECK(point.gradient().norm() <= point.gradient_magnitude());
    const double norm = symmetric_eigenvalues(point.hessian()).cwiseAbs().maxCoeff();
    CHECK(norm <= point.hessian_magnitude());
    RandomStream stream(2, "laws");
    const AnySymmetricOperator H(
        point.dim(), [&](ConstMatrixRef V, MatrixRef HV) { point.hessian_times(V, HV); });
    testing::check_operator_laws(H, stream, point.hessian_error_bound() / kEps);
  }
  CHECK(tested >= 50);
}

}  // namespace
}  // namespace saddlescope
