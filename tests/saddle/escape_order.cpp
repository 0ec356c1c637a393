// The order at which an objective falls from a degenerate critical point.
#include "saddlescope/saddle/escape_order.hpp"

#include <cmath>
#include <limits>

#include <Eigen/SVD>
#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

struct Case {
  std::unique_ptr<Objective<double>> objective;
  Vector theta;
  NullSpace<double> space;
};

// The eigenvalues that count as zero are those within 100 error bounds, far below any other here.
Case make_case(std::unique_ptr<Objective<double>> objective, const Vector& theta) {
  const auto point = objective->at(theta).point;
  const Matrix H = point->hessian();
  const auto [values, vectors] = symmetric_eigenpairs(H);
  const double threshold = 100 * point->hessian_error_bound() +
                           eigenvalue_error_bound(H.rows(), values.cwiseAbs().maxCoeff());
  return {std::move(objective), theta, null_space(values, vectors, threshold)};
}

Case mse_case(const Problem& p, const Vector& theta) {
  return make_case(mse_loss<double>(p.architecture, data_factor<double>(p.data)), theta);
}

EscapeOrder<double> order_of(const Case& c, const EscapeOptions& options = {}) {
  return escape_order<double>(*c.objective, c.theta, c.space, options);
}

Vector point_on(const Matrix& curve, double t) {
  Vector theta = Vector::Zero(curve.rows());
  for (Index k = curve.cols() - 1; k >= 0; --k) theta = (theta * t + curve.col(k)).eval();
  return theta;
}

// f(theta(t)) - f = c t^k (1 + O(t)): the ratio to c t^k tends to 1, and halving t halves what is
// left. Values in quad precision, where t^k stands far above rounding; 1e-9 is the rounding of the
// coefficients, the point and its null space in double.
void check_descent(const Problem& p, LinearObjective which, const EscapeOrder<double>& found) {
  const auto data = data_factor<Quad>(p.data);
  const auto objective = which == LinearObjective::kMse
                             ? mse_loss<Quad>(p.architecture, data)
                             : equilibrated_energy<Quad>(p.architecture, data);
  const auto ratio = [&](double t) {
    const auto value = [&](double s) {
      return objective->at(point_on(found.curve, s).cast<Quad>()).point->value();
    };
    return static_cast<double>(value(t) - value(0)) /
           (found.coefficient * std::pow(t, static_cast<double>(found.order)));
  };
  CHECK(std::abs(ratio(1e-2) - 1) < 0.3);
  CHECK(std::abs(ratio(5e-3) - 1) < 0.55 * std::abs(ratio(1e-2) - 1) + 1e-5);
}

Problem teacher(std::vector<Index> widths, double noise, std::uint64_t seed) {
  Problem p = random_problem(std::move(widths), false, seed);
  RandomStream stream(seed, "teacher");
  p.data.x = stream.normal_matrix(p.architecture.input(), 20);
  p.data.y = stream.normal_matrix(p.architecture.output(), p.architecture.input()) * p.data.x;
  p.data.y += noise * stream.normal_matrix(p.architecture.output(), 20);
  return p;
}

std::vector<Index> widths_of_depth(Index L) {
  std::vector<Index> widths{4};
  for (Index l = 1; l < L; ++l) widths.push_back(l % 2 == 1 ? 3 : 2);
  widths.push_back(3);
  return widths;
}

// y - A_{L:1} x with every A_l of order t: the first term that couples to the targets is
// -<y'A_{L:1} x>, of order L.
TEST_CASE("the loss of L layers leaves the origin at order L exactly") {
  for (Index L = 3; L <= 6; ++L)
    for (const double noise : {0.0, 0.5}) {
      const Problem p = teacher(widths_of_depth(L), noise, 20 + static_cast<std::uint64_t>(L));
      const EscapeOrder<double> found = order_of(mse_case(p, origin(p.architecture)));
      REQUIRE(found.summary.ok());
      CHECK(found.order == L);
      CHECK(found.is_smallest);
      CHECK(found.coefficient < -1e3 * found.coefficient_error);
      CHECK(found.direction.norm() == doctest::Approx(1).epsilon(1e-12));
      check_descent(p, LinearObjective::kMse, found);
      // At an odd order one direction is enough: it or its opposite falls.
      EscapeOptions one;
      one.starts = one.searches = 1;
      one.search_steps = one.polish_steps = 0;
      for (one.seed = 0; one.seed < 6 && L % 2 == 1; ++one.seed)
        CHECK(order_of(mse_case(p, origin(p.architecture)), one).order == L);
    }
}

// The deepest descent at the origin shares |u|^2 = 1 equally between the layers, each a dyad along
// the top singular vectors of Sigma_yx: f~_L = -(prod_l a_l) sigma_1 L^{-L/2}.
TEST_CASE("the polished direction at the origin attains the smallest value on the sphere") {
  for (Index L = 3; L <= 5; ++L) {
    const Problem p = teacher(widths_of_depth(L), 0.5, 20 + static_cast<std::uint64_t>(L));
    EscapeOptions options;
    options.polish_steps = 500;
    options.ray_tolerance = 1e-7;
    const EscapeOrder<double> found = order_of(mse_case(p, origin(p.architecture)), options);
    double best = second_moments(p.data).xy.jacobiSvd().singularValues()[0];
    for (const double a : p.architecture.scales) best *= a;
    best *= std::pow(static_cast<double>(L), -0.5 * static_cast<double>(L));
    CHECK(found.ray_residual <= 1e-7);
    // An error of 1e-7 in the direction is one of its square in the value.
    CHECK(-found.coefficient == doctest::Approx(best).epsilon(1e-8));
  }
}

// With A_{L-1} fixed, L - 1 layers remain of order t and the term -<y'A_L A_{L-1} .. A_1 x> is the
// first to couple to the targets.
TEST_CASE("a penultimate weight lowers the order at the origin of the loss by one") {
  for (Index L = 4; L <= 6; ++L) {
    const Problem p = teacher(widths_of_depth(L), 0.5, 30 + static_cast<std::uint64_t>(L));
    const Vector theta = zero_rank(p.architecture, p.theta, second_moments(p.data));
    const EscapeOrder<double> found = order_of(mse_case(p, theta));
    REQUIRE(found.summary.ok());
    CHECK(found.order == L - 1);
    check_descent(p, LinearObjective::kMse, found);
  }
}

// With the largest singular values learned, the two-factor blocks that touch the learned channels
// have s_j^2 - s_k^2 > 0 for their determinants: the Hessian has no negative eigenvalue, and a path
// through an unlearned channel of every hidden layer needs all L weights.
TEST_CASE("the loss leaves a point of the largest singular values at order L") {
  for (Index L = 3; L <= 5; ++L) {
    const Problem p = teacher(widths_of_depth(L), 0.0, 40 + static_cast<std::uint64_t>(L));
    RankROptions options;
    options.singular_subset = {0};
    RandomStream stream(5, "rotations");
    const Vector theta = rank_r(p.architecture, second_moments(p.data), options, stream);
    const Case c = mse_case(p, theta);
    CHECK(c.space.range_values.size() > 0);
    const EscapeOrder<double> found = order_of(c);
    INFO(found.summary.message);
    REQUIRE(found.summary.ok());
    CHECK(found.order == L);
    check_descent(p, LinearObjective::kMse, found);
  }
}

// L = 2, n_1 = 1, white inputs, Sigma_yx = diag(1, sqrt(1/2)), Sigma_yy = diag(1, 3/2).
Problem bottleneck(double d) {
  Problem p;
  p.architecture = {{2, 1, 2}, {1, 1}, {0, 0}, {1, 1}};
  p.data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  // The third row is orthogonal to the inputs: y_2 = sqrt(1/2) x_2 + h.
  p.data.y = p.data.x;
  p.data.y.row(1) = std::sqrt(0.5) * p.data.x.row(1) + Matrix{{1, -1, -1, 1}};
  p.theta = (Vector(4) << 1 / d, 0, d, 0).finished();
  return p;
}

TEST_CASE("the bottleneck at its transition falls at order 3 in mixed directions only") {
  const Problem p = bottleneck(1);
  const Case c =
      make_case(equilibrated_energy<double>(p.architecture, data_factor<double>(p.data)), p.theta);
  REQUIRE(c.space.null_basis.cols() == 2);
  const EscapeOrder<double> found = order_of(c);
  REQUIRE(found.summary.ok());
  CHECK(found.order == 3);
  CHECK(found.is_smallest);
  check_descent(p, LinearObjective::kEnergy, found);
  const SymmetrySpace symmetry = symmetry_space(p.architecture, p.theta);
  REQUIRE(symmetry.rank == 1);
  const Vector along = symmetry.basis.col(0);
  const Vector in_null = c.space.null_basis.transpose() * along;
  const Vector excess = c.space.null_basis * Vector{{-in_null[1], in_null[0]}};
  for (const Vector& u : {along, excess}) {
    const auto series = reduced_series<double>(*c.objective, c.theta, c.space, u, 3);
    CHECK(std::abs(series.value[3]) <= series.value_error[3]);
    CHECK(series.value_error[3] <= 1e-10);
  }
  const Vector mixed = (along + excess).normalized();
  const auto series = reduced_series<double>(*c.objective, c.theta, c.space, mixed, 3);
  CHECK(std::abs(series.value[3]) > 1e3 * series.value_error[3]);
}

// Below the transition only the orbit is left of the null space, and the objective is constant on
// it.
TEST_CASE("the bottleneck below its transition shows no descent") {
  const Problem p = bottleneck(0.5);
  const Case c =
      make_case(equilibrated_energy<double>(p.architecture, data_factor<double>(p.data)), p.theta);
  CHECK(c.space.null_basis.cols() == 1);
  const EscapeOrder<double> found = order_of(c);
  CHECK(found.summary.ok());
  CHECK(found.order == 0);
}

// With <x y'> = 0 the loss of two layers is <|y|^2>/2 + <|A_2 A_1 x|^2>/2: it falls nowhere.
TEST_CASE("the origin of two layers with uncorrelated targets shows no descent") {
  Problem p = random_problem({2, 3, 1}, false, 8);
  p.data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  p.data.y = Matrix{{1, -1, -1, 1}};
  const Case c = mse_case(p, origin(p.architecture));
  const EscapeOrder<double> found = order_of(c);
  INFO(found.summary.message);
  CHECK(found.summary.ok());
  CHECK(found.order == 0);
  CHECK(found.tried == EscapeOptions{}.max_order);
}

// A function of (a, b, q) with what linear networks rarely show.
class Polynomial final : public Objective<double> {
 public:
  explicit Polynomial(double fifth) : fifth_(fifth) {}
  [[nodiscard]] std::string name() const override { return "polynomial"; }
  [[nodiscard]] Index dim() const override { return 3; }
  [[nodiscard]] Evaluation<double> at(const Vector&) const override { return {}; }
  // f = q^2/2 - q a b + a^2 b^2 + fifth a^5: q = a b leaves f~ = a^2 b^2/2 + fifth a^5.
  [[nodiscard]] CurveSeries<double> along(ConstMatrixRef curve) const override {
    const Index n = curve.cols();
    const auto times = [n](const Vector& x, const Vector& y) {
      Vector out = Vector::Zero(n);
      for (Index i = 0; i < n; ++i)
        for (Index j = 0; i + j < n; ++j) out[i + j] += x[i] * y[j];
      return out;
    };
    const Vector a = curve.row(0), b = curve.row(1), q = curve.row(2);
    const Vector ab = times(a, b), a4 = times(times(a, a), times(a, a));
    CurveSeries<double> out;
    out.value = 0.5 * times(q, q) - times(q, ab) + times(ab, ab) + fifth_ * times(a4, a);
    out.gradient.resize(3, n);
    out.gradient.row(0) = 2 * times(ab, b) - times(q, b) + 5 * fifth_ * a4;
    out.gradient.row(1) = 2 * times(ab, a) - times(q, a);
    out.gradient.row(2) = q - ab;
    out.value_size = Vector::Ones(n);
    out.gradient_size = Vector::Ones(n);
    return out;
  }

 private:
  double fifth_;
};

// f~_4 = a^2 b^2/2 vanishes on the axes and is positive elsewhere; on the first axis the next
// coefficient decides, whatever its sign.
TEST_CASE("descent that starts from the zeros of a non-negative form is found as an upper bound") {
  const NullSpace<double> space{Matrix::Identity(3, 2), Matrix::Identity(3, 3).rightCols(1),
                                Vector::Ones(1)};
  EscapeOptions options;
  options.searches = options.starts = 16;
  options.search_steps = 200;
  for (const double fifth : {1.0, -1.0}) {
    const auto found = escape_order<double>(Polynomial(fifth), Vector::Zero(3), space, options);
    INFO(found.summary.message);
    REQUIRE(found.summary.ok());
    CHECK(found.order == 5);
    CHECK_FALSE(found.is_smallest);
    CHECK(found.coefficient == doctest::Approx(-1).epsilon(1e-5));
    CHECK(std::abs(found.direction[0]) == doctest::Approx(1).epsilon(1e-5));
  }
  // 1e-12 is 100 errors of a coefficient of size 1: neither zero nor clear.
  const auto doubted = escape_order<double>(Polynomial(1e-12), Vector::Zero(3), space, options);
  CHECK(doubted.summary.status == Status::kUndecided);
  CHECK(doubted.order == 0);
  // One start at a time ends on one end of one axis, the same for both signs of an odd term.
  options.searches = options.starts = 1;
  Index n_found = 0;
  for (options.seed = 0; options.seed < 8; ++options.seed) {
    const auto up = escape_order<double>(Polynomial(1), Vector::Zero(3), space, options);
    const auto down = escape_order<double>(Polynomial(-1), Vector::Zero(3), space, options);
    CHECK(up.order == down.order);
    n_found += up.order == 5 ? 1 : 0;
  }
  CHECK(n_found > 0);
  const auto none = escape_order<double>(Polynomial(0), Vector::Zero(3), space, options);
  CHECK(none.summary.ok());
  CHECK(none.order == 0);
  CHECK(none.tried == options.max_order);
}

// f~_k has degree k (Euler: <u, grad f~_k> = k f~_k), and its gradient is the null part of the
// objective's: the central difference of f~_k, of order h^2.
TEST_CASE("the reduced coefficients and their gradients obey Euler and the envelope theorem") {
  const Problem p = teacher(widths_of_depth(3), 0.0, 43);
  RankROptions rank;
  rank.singular_subset = {0};
  RandomStream stream(5, "rotations");
  const Vector theta = rank_r(p.architecture, second_moments(p.data), rank, stream);
  const Case c = mse_case(p, theta);
  const Index d = c.space.null_basis.cols();
  const Vector v = stream.normal_matrix(d, 1).normalized();
  const Vector w = stream.normal_matrix(d, 1).normalized();
  constexpr Index kOrder = 6;
  for (Index k = 3; k <= kOrder; ++k) {
    const auto at = [&](const Vector& coordinates) {
      return reduced_series<double>(*c.objective, c.theta, c.space,
                                    c.space.null_basis * coordinates, k);
    };
    const auto series = at(v);
    const double error =
        static_cast<double>(k) * series.value_error[k] + series.gradient_error[k - 1];
    CHECK(std::abs(series.gradient.col(k - 1).dot(v) - static_cast<double>(k) * series.value[k]) <=
          error);
    const double slope = series.gradient.col(k - 1).dot(w);
    const auto defect = [&](double h) {
      return std::abs((at(v + h * w).value[k] - at(v - h * w).value[k]) / (2 * h) - slope);
    };
    const double coarse = defect(1e-2);
    CHECK(coarse <= 1e-1);
    // A polynomial of degree 2 in h has no truncation error.
    if (coarse > 1e-9) CHECK(coarse / defect(5e-3) == doctest::Approx(4).epsilon(0.05));
    // Homogeneous: f~_k(2 u) = 2^k f~_k(u).
    CHECK(std::abs(at(2 * v).value[k] - std::pow(2.0, static_cast<double>(k)) * series.value[k]) <=
          2 * at(2 * v).value_error[k]);
  }
}

TEST_CASE("along the corrected curve the gradient has no component in the range") {
  const Problem p = teacher(widths_of_depth(4), 0.0, 44);
  RankROptions rank;
  rank.singular_subset = {0};
  RandomStream stream(5, "rotations");
  const Case c = mse_case(p, rank_r(p.architecture, second_moments(p.data), rank, stream));
  const Vector u = c.space.null_basis * stream.normal_matrix(c.space.null_basis.cols(), 1);
  const auto series = reduced_series<double>(*c.objective, c.theta, c.space, u.normalized(), 7);
  const auto along = c.objective->along(series.curve);
  for (Index k = 0; k <= 5; ++k)
    CHECK((c.space.range_basis.transpose() * along.gradient.col(k)).norm() <=
          4 * static_cast<double>(u.size()) * kEps * along.gradient_size[k]);
  CHECK(series.curve.col(2).norm() > 1e-3);
}

// An orthogonal change of hidden coordinates is an isometry of parameter space that leaves the
// loss alone, so order and smallest coefficient do not see it.
TEST_CASE("order and best coefficient are invariant under rotations of the hidden layers") {
  const Problem p = teacher(widths_of_depth(3), 0.0, 43);
  RankROptions rank;
  rank.singular_subset = {0};
  RandomStream stream(5, "rotations");
  const Vector theta = rank_r(p.architecture, second_moments(p.data), rank, stream);
  std::vector<Matrix> M;
  for (Index l = 0; l + 1 < p.architecture.depth(); ++l)
    M.push_back(stream.orthogonal_matrix(p.architecture.rows(l), p.architecture.rows(l)));
  EscapeOptions options;
  options.polish_steps = 1000;
  options.ray_tolerance = 1e-7;
  const EscapeOrder<double> here = order_of(mse_case(p, theta), options);
  const EscapeOrder<double> there = order_of(mse_case(p, act(p.architecture, theta, M)), options);
  CHECK(here.order == 3);
  CHECK(there.order == 3);
  CHECK(here.ray_residual <= 1e-7);
  CHECK(there.coefficient == doctest::Approx(here.coefficient).epsilon(1e-8));
}

TEST_CASE("quad and double find the same order and coefficient") {
  const Problem p = teacher({2, 2, 1, 2}, 0.5, 51);
  const Case c = mse_case(p, origin(p.architecture));
  const auto objective = mse_loss<Quad>(p.architecture, data_factor<Quad>(p.data));
  const NullSpace<Quad> space{c.space.null_basis.cast<Quad>(), c.space.range_basis.cast<Quad>(),
                              c.space.range_values.cast<Quad>()};
  const auto in_quad = escape_order<Quad>(*objective, c.theta.cast<Quad>(), space);
  const auto in_double = order_of(c);
  CHECK(in_quad.order == in_double.order);
  CHECK(static_cast<double>(in_quad.coefficient) ==
        doctest::Approx(in_double.coefficient).epsilon(1e-10));
  CHECK(in_quad.coefficient_error < 1e-15 * in_double.coefficient_error);
}

TEST_CASE("an escape order is refused for impossible options and shapes") {
  const Problem p = teacher({2, 2, 1, 2}, 0.5, 51);
  Case c = mse_case(p, origin(p.architecture));
  EscapeOptions options;
  options.max_order = 2;
  CHECK_THROWS_AS((void)order_of(c, options), std::invalid_argument);
  c.theta.conservativeResize(3);
  CHECK_THROWS_AS((void)order_of(c), std::invalid_argument);
  CHECK_THROWS_AS((void)null_space(Vector{{-1, 0}}, Matrix::Identity(2, 2), 0.5),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
