// Laws of the Hessians of loss and equilibrated energy.
#include "saddlescope/hessian/linear_hessian.hpp"

#include <doctest/doctest.h>

#include "support/oracles.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/hessian/joint_inertia.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/hessian/restriction.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/linalg/extreme_spectrum.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr LinearObjective kBoth[] = {LinearObjective::kMse, LinearObjective::kEnergy};

std::unique_ptr<Objective<double>> objective_of(LinearObjective kind, const Problem& p) {
  const auto data = data_factor<double>(p.data);
  return kind == LinearObjective::kMse ? mse_loss<double>(p.architecture, data)
                                       : equilibrated_energy<double>(p.architecture, data);
}

// The points every law is checked at: random, the origin, and 1e-8 away from it.
std::vector<Vector> points(const Problem& p) {
  return {p.theta, Vector::Zero(p.theta.size()), 1e-8 * p.theta};
}

TEST_CASE("the dense Hessian is the product with the identity") {
  for (const LinearObjective kind : kBoth)
    for (const Problem& p : random_problems())
      for (const Vector& theta : points(p)) {
        const auto point = objective_of(kind, p)->at(theta).point;
        const Matrix H = point->hessian();
        Matrix products(H.rows(), H.cols());
        point->hessian_times(Matrix::Identity(H.rows(), H.cols()), products);
        // Both routes round sums of a few products of the terms that hessian_magnitude() bounds.
        CHECK((H - products).norm() <= 100 * kEps * point->hessian_magnitude());
        CHECK((H - H.transpose()).norm() == 0);
      }
}

TEST_CASE("the Hessian product is the central difference of the gradient to second order") {
  for (const LinearObjective kind : kBoth)
    for (const Problem& p : random_problems())
      for (const Vector& start : points(p)) {
        const auto data = data_factor<Quad>(p.data);
        const VectorOf<Quad> theta = start.cast<Quad>();
        const LinearState<Quad> state(kind, p.architecture, data, theta);
        const MatrixOf<Quad> v =
            RandomStream(9, "direction").normal_matrix(theta.size(), 1).cast<Quad>();
        MatrixOf<Quad> Hv(v.rows(), 1);
        linear_hessian_times<Quad>(state, v, Hv);
        const auto error = [&](double h) {
          const VectorOf<Quad> step = Quad(h) * v;
          const LinearState<Quad> up(kind, p.architecture, data, VectorOf<Quad>(theta + step));
          const LinearState<Quad> down(kind, p.architecture, data, VectorOf<Quad>(theta - step));
          return static_cast<double>(
              ((up.gradient() - down.gradient()) / (2 * Quad(h)) - Hv).norm());
        };
        const double coarse = error(1e-4);
        CHECK(coarse <= 1e-3 * (1 + static_cast<double>(Hv.norm())));
        if (coarse > 1e-24 * (1 + static_cast<double>(Hv.norm())))  // else no truncation error
          CHECK(coarse / error(5e-5) >= 3.96);  // order 2, or more where third derivatives vanish
      }
}

TEST_CASE("the Hessian is off by less than its bound and the bound is small") {
  for (const LinearObjective kind : kBoth)
    for (const double size : {1e-8, 1.0, 10.0})
      for (Problem p : random_problems()) {
        p.theta *= size;
        p.architecture.precisions.back() = 50;
        const auto data = data_factor<double>(p.data);
        const DataFactor<Quad> same_data{data.x.cast<Quad>(), data.y.cast<Quad>()};
        const LinearState<double> state(kind, p.architecture, data, p.theta);
        const LinearState<Quad> exact(kind, p.architecture, same_data, p.theta.cast<Quad>());
        std::vector<Index> layers;
        for (Index l = 0; l < state.depth(); ++l) layers.push_back(l);
        const Matrix H = linear_hessian(state, layers);
        const double error =
            static_cast<double>((H.cast<Quad>() - linear_hessian(exact, layers)).norm());
        const double bound = linear_hessian_error_bound(state);
        CHECK(error <= bound);
        if (size == 1.0) CHECK(bound <= 1e-8 * (1 + H.norm()));
      }
}

// cond(S) is about lambda |P P'|: beyond 1/eps no digit of the energy is known.
TEST_CASE("an S that rounding makes singular is refused or has no finite error bound") {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Problem p = random_problem({3, 2, 4}, false, seed);
    p.theta *= 1e3;
    p.architecture.precisions = {1, 1e18};
    const auto result = objective_of(LinearObjective::kEnergy, p)->at(p.theta);
    if (result.point == nullptr) {
      ++refused;
      CHECK(result.summary.status == Status::kRefused);
      CHECK(result.summary.message.find("positive definite") != std::string::npos);
    } else {
      CHECK(std::isinf(result.point->gradient_error_bound()));
      CHECK(std::isinf(result.point->hessian_error_bound()));
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("double and quad agree to rounding") {
  for (const LinearObjective kind : kBoth)
    for (const Problem& p : random_problems()) {
      const LinearState<double> state(kind, p.architecture, data_factor<double>(p.data), p.theta);
      const LinearState<Quad> quad(kind, p.architecture, data_factor<Quad>(p.data),
                                   p.theta.cast<Quad>());
      std::vector<Index> layers;
      for (Index l = 0; l < state.depth(); ++l) layers.push_back(l);
      const Matrix H = linear_hessian(state, layers);
      const Matrix Q = linear_hessian(quad, layers).cast<double>();
      CHECK((H - Q).norm() <= 100 * kEps * linear_hessian_magnitude(state));
    }
}

// The textbook form: H[U,V] = sum_l pi_l a_l^2 <(U_l z_{l-1})'(V_l z_{l-1})> - <u(U)' H_z^{-1}
// u(V)>, where u(V) is the derivative of dF/dz along V.
TEST_CASE("equals the Schur complement of the joint Hessian of the energy") {
  for (const Problem& p : random_problems()) {
    const Architecture& net = p.architecture;
    if (net.depth() < 2) continue;
    const LinearState<double> s(LinearObjective::kEnergy, net, data_factor<double>(p.data),
                                p.theta);
    const auto H_z = activity_hessian<double>(net, p.theta);
    const BlockTridiagonalCholesky<double> factor(H_z);
    const Vector v = RandomStream(4, "direction").normal_matrix(p.theta.size(), 1);
    Matrix u = Matrix::Zero(H_z.dim(), s.z(0).cols());
    double quadratic = 0;
    Index row = 0;
    for (Index l = 0; l < net.depth(); ++l) {
      const auto i = static_cast<std::size_t>(l);
      const Matrix V = net.scales[i] * weight(net, v, l);
      const Matrix Vz = V * s.z(l);
      quadratic += net.precisions[i] * Vz.squaredNorm();
      if (l + 1 < net.depth()) u.middleRows(row, net.rows(l)) -= net.precisions[i] * Vz;
      if (l > 0)
        u.middleRows(row - net.cols(l), net.cols(l)) +=
            net.precisions[i] * s.A(l).transpose() * Vz - V.transpose() * s.e(l);
      row += net.rows(l);
    }
    quadratic -= u.cwiseProduct(factor.solve(u)).sum();
    Matrix Hv(v.size(), 1);
    linear_hessian_times<double>(s, v, Hv);
    CHECK(std::abs(v.dot(Hv.col(0)) - quadratic) <=
          100 * kEps * v.squaredNorm() * linear_hessian_magnitude(s));
  }
}

TEST_CASE("a layer Hessian is the diagonal block of the whole and restrictions agree with it") {
  for (const LinearObjective kind : kBoth) {
    const Problem p = random_problem({3, 4, 2, 3}, false, 11);
    const Architecture& net = p.architecture;
    const Matrix H = objective_of(kind, p)->at(p.theta).point->hessian();
    const std::vector<Index> layers{0, 2};
    const auto part = restrict_to_layers(objective_of(kind, p)->at(p.theta).point, net, layers);
    Matrix basis = Matrix::Zero(p.theta.size(), part->dim());
    Index column = 0;
    for (const Index l : layers)
      for (Index i = net.offset(l); i < net.offset(l + 1); ++i) basis(i, column++) = 1;
    const auto plane = restrict_to_subspace(objective_of(kind, p)->at(p.theta).point, basis);
    const Matrix expected = basis.transpose() * H * basis;
    CHECK((part->hessian() - expected).norm() == 0);
    Matrix products(part->dim(), part->dim());
    part->hessian_times(Matrix::Identity(part->dim(), part->dim()), products);
    const double bound = 100 * kEps * part->hessian_magnitude();
    CHECK((products - expected).norm() <= bound);
    CHECK((plane->hessian() - expected).norm() <= bound);
    CHECK((plane->gradient() - part->gradient()).norm() == 0);
  }
}

TEST_CASE("the loss Hessian is exactly zero at the origin of three layers and more") {
  for (const auto& widths : {std::vector<Index>{4, 3, 2, 3}, std::vector<Index>{3, 2, 2, 4, 2}}) {
    const Problem p = random_problem(widths, false, 12);
    const Vector origin = Vector::Zero(p.theta.size());
    CHECK(objective_of(LinearObjective::kMse, p)->at(origin).point->hessian().isZero(0));
    CHECK_FALSE(objective_of(LinearObjective::kEnergy, p)->at(origin).point->hessian().isZero(0));
  }
}

// theta = 0, two scalar weights: entries 0, -<xy>, -<y^2> (unit scales and precisions).
TEST_CASE("the scalar chain has the published Hessian at the origin") {
  Problem p = random_problem({1, 1, 1}, false, 13);
  p.architecture.scales = {1, 1};
  p.architecture.precisions = {1, 1};
  const double n = static_cast<double>(p.data.n_samples());
  const double xy = p.data.x.cwiseProduct(p.data.y).sum() / n;
  const double yy = p.data.y.squaredNorm() / n;
  const Matrix H = objective_of(LinearObjective::kEnergy, p)->at(Vector::Zero(2)).point->hessian();
  CHECK(H(0, 0) == 0);
  CHECK(std::abs(H(0, 1) + xy) <= 1e-14);
  CHECK(std::abs(H(1, 1) + yy) <= 1e-14);
}

TEST_CASE("one thread and two give the same bits") {
  const Problem p = random_problem({6, 9, 7, 4}, false, 14);
  const auto run = [&](int count) {
    set_threads(count);
    const auto point = objective_of(LinearObjective::kEnergy, p)->at(p.theta).point;
    Matrix H = point->hessian();
    Matrix products(H.rows(), H.cols());
    point->hessian_times(Matrix::Identity(H.rows(), H.cols()), products);
    set_threads(1);
    return std::pair{H, products};
  };
  const auto one = run(1);
  const auto two = run(2);
  CHECK((one.first.array() == two.first.array()).all());
  CHECK((one.second.array() == two.second.array()).all());
}

TEST_CASE("overflow is reported as such with the size of the weights") {
  Problem p = random_problem({2, 2, 2}, false, 15);
  const auto result = objective_of(LinearObjective::kMse, p)->at(Vector::Constant(8, 1e200));
  CHECK(result.point == nullptr);
  CHECK(result.summary.status == Status::kNotFinite);
  p.theta[3] = std::nan("");
  CHECK_THROWS_WITH_AS(objective_of(LinearObjective::kMse, p)->at(p.theta),
                       doctest::Contains("theta[3]"), std::invalid_argument);
}

// n_{L-1} = 5 copies of each of d_y = 3 eigenvalues: a single Krylov sequence would see three.
TEST_CASE("the matrix-free route finds every copy of the repeated eigenvalues at the origin") {
  const Problem p = random_problem({20, 6, 5, 3}, false, 17);
  const Vector origin = Vector::Zero(p.theta.size());
  const auto point = objective_of(LinearObjective::kEnergy, p)->at(origin).point;
  const Vector exact = symmetric_eigenvalues(point->hessian());
  const AnySymmetricOperator H(
      point->dim(), [&](ConstMatrixRef V, MatrixRef HV) { point->hessian_times(V, HV); });
  for (const std::uint64_t seed : {1, 2}) {
    for (const Index count : {3, 17}) {  // fewer than the copies of one, more than all
      ExtremeOptions options;
      options.count = count;
      options.seed = seed;
      const ExtremeSpectrum ends = extreme_spectrum(H, options);
      CHECK(ends.summary.ok());
      CHECK(ends.complete);
      REQUIRE(ends.smallest.size() == count);
      CHECK((ends.smallest - exact.head(count)).norm() <= std::sqrt(static_cast<double>(count)) *
                                                              2 * options.tolerance *
                                                              exact.cwiseAbs().maxCoeff());
    }
  }
}

TEST_CASE("agrees with the independent reference numbers") {
  const auto& oracles = testing::oracle_cases();
  CHECK(oracles.size() == 29);
  for (const auto& oracle : oracles) {
    INFO("case ", oracle.name);
    const auto data = data_factor<double>(oracle.data);
    const auto compare = [&](const Objective<double>& objective,
                             const testing::OracleObjective& expected) {
      const auto point = objective.at(oracle.theta).point;
      Matrix Hv(oracle.theta.size(), 1);
      point->hessian_times(oracle.direction, Hv);
      CHECK((Hv - expected.hessian_product).norm() <=
            1e-11 * (1 + expected.hessian_product.norm()));
      const Vector values = symmetric_eigenvalues(point->hessian());
      const double largest = expected.hessian_spectrum.cwiseAbs().maxCoeff();
      CHECK((values - expected.hessian_spectrum).cwiseAbs().maxCoeff() <= 1e-9 * largest + 1e-14);
      const double threshold =
          eigenvalue_error_bound(values.size(), std::max(largest, point->hessian_magnitude()));
      const Inertia inertia = inertia_from_eigenvalues(values, threshold);
      CHECK(inertia.n_negative == expected.n_negative);
      CHECK(inertia.n_zero == expected.n_zero);
      return std::pair{threshold, inertia};
    };
    compare(*mse_loss<double>(oracle.architecture, data), oracle.mse);
    const auto [threshold, inertia] =
        compare(*equilibrated_energy<double>(oracle.architecture, data), oracle.energy);
    if (oracle.architecture.depth() >= 2)
      CHECK(joint_inertia(oracle.architecture, data, oracle.theta, threshold) == inertia);
  }
}

}  // namespace
}  // namespace saddlescope
