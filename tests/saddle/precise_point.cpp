// Signs of eigenvalues that double precision cannot see beside the largest.
#include "saddlescope/saddle/precise_point.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

struct Split {
  Eigenpairs pairs;
  double threshold = 0;
};

Split split_in_double(LinearObjective which, const Problem& p) {
  const auto data = data_factor<double>(p.data);
  const auto objective = which == LinearObjective::kMse
                             ? mse_loss<double>(p.architecture, data)
                             : equilibrated_energy<double>(p.architecture, data);
  const auto point = objective->at(p.theta).point;
  const Matrix H = point->hessian();
  Split split{symmetric_eigenpairs(H), 0};
  split.threshold = 100 * point->hessian_error_bound() +
                    eigenvalue_error_bound(H.rows(), split.pairs.values.cwiseAbs().maxCoeff());
  return split;
}

std::unique_ptr<Objective<Quad>> quad_objective(LinearObjective which, const Problem& p) {
  const auto data = data_factor<Quad>(p.data);
  return which == LinearObjective::kMse ? mse_loss<Quad>(p.architecture, data)
                                        : equilibrated_energy<Quad>(p.architecture, data);
}

PrecisePoint precise(LinearObjective which, const Problem& p) {
  const Split split = split_in_double(which, p);
  return precise_point(*quad_objective(which, p), p.theta, split.pairs.values, split.pairs.vectors,
                       split.threshold);
}

// x white in R^2, y = x_1, n_1 = 1, W_1 = (0, T), W_2 = 0: with all scales and precisions 1,
//
//   F* = 1/2 [(1 - w_2 w_11)^2 + w_2^2 w_12^2]/(1 + w_2^2),
//   H  = [0 0 -1; 0 0 0; -1 0 T^2 - 1]  in (w_11, w_12, w_2).
Problem far_out(double T) {
  Problem p;
  p.architecture = {{2, 1, 1}, {1, 1}, {0, 0}, {1, 1}};
  p.data.x = Matrix{{1, 1, -1, -1}, {1, -1, 1, -1}};
  p.data.y = p.data.x.row(0);
  p.theta = Vector{{0, T, 0}};
  return p;
}

// The Schur complement of T^2 - 1 on the vector (1, 0, 1/(T^2 - 1)), normalised.
TEST_CASE("an eigenvalue of minus one over T squared keeps its sign beside one of T squared") {
  for (const double T : {1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}) {
    CAPTURE(T);
    const Problem p = far_out(T);
    const Split split = split_in_double(LinearObjective::kEnergy, p);
    if (T >= 1e5) CHECK(1 / (T * T) < 1e-3 * split.threshold);
    const PrecisePoint found = precise(LinearObjective::kEnergy, p);
    INFO(found.summary.message);
    CHECK(found.summary.ok());
    CHECK(found.inertia == Inertia{1, 1, 1});
    if (found.near_values.size() < 2) continue;
    const Quad top = Quad(T) * Quad(T) - 1;
    const Quad expected = -1 / (top * (1 + 1 / (top * top)));
    CHECK(static_cast<double>(abs(found.near_values[0] / expected - 1)) < 1e-20);
    CHECK(found.near_thresholds[0] < 1e-6 * static_cast<double>(abs(found.near_values[0])));
    CHECK(found.space.null_basis.size() == 0);
  }
}

// The same point with y uncorrelated with x: H = diag(0, 0, T^2 - 1) and no
// negative eigenvalue.
TEST_CASE("no sign is invented where the small eigenvalues are zero") {
  for (const double T : {1e3, 1e6, 1e9}) {
    Problem p = far_out(T);
    p.data.y = Matrix{{1, -1, -1, 1}};
    const PrecisePoint found = precise(LinearObjective::kEnergy, p);
    CHECK(found.summary.ok());
    CHECK(found.inertia == Inertia{0, 2, 1});
    CHECK(found.space.null_basis.cols() == 2);
    CHECK(found.space.range_basis.cols() == 1);
  }
}

Problem rank_one_point(std::vector<Index> widths, std::uint64_t seed) {
  Problem p = random_problem(std::move(widths), false, seed);
  RandomStream stream(seed, "teacher");
  p.data.x = stream.normal_matrix(p.architecture.input(), 20);
  p.data.y = stream.normal_matrix(p.architecture.output(), p.architecture.input()) * p.data.x;
  RankROptions options;
  options.singular_subset = {0};
  p.theta = rank_r(p.architecture, second_moments(p.data), options, stream);
  return p;
}

TEST_CASE("Newton steps take a point rounded to double to a gradient of quad rounding") {
  for (const auto which : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const Problem p = rank_one_point({3, 3, 3, 2}, 61);
    const auto objective = quad_objective(which, p);
    const auto before = objective->at(p.theta.cast<Quad>()).point;
    const PrecisePoint found = precise(which, p);
    INFO(found.summary.message);
    CHECK(static_cast<double>(before->gradient().norm()) > 1e6 * found.gradient_norm);
    CHECK(found.gradient_norm <= found.gradient_bound);
    CHECK(found.moved > 0);
    CHECK(found.moved <= found.allowed);
    const Split split = split_in_double(which, p);
    CHECK(found.inertia == inertia_from_eigenvalues(split.pairs.values, split.threshold));
  }
}

// In quad the coefficients carry no more than the displacement of the point in the null space,
// about 1e-16; 1e-10 is what double makes of the same numbers.
TEST_CASE("the refined null space gives the escape order in quad precision") {
  const Problem p = rank_one_point({2, 2, 2, 2, 2}, 62);
  const PrecisePoint found = precise(LinearObjective::kMse, p);
  REQUIRE(found.summary.ok());
  REQUIRE(found.inertia.n_negative == 0);
  const auto objective = quad_objective(LinearObjective::kMse, p);
  EscapeOptions options;
  options.starts = 2;
  options.polish_steps = 0;
  options.theta_error = found.location_error;
  const auto order = escape_order<Quad>(*objective, found.theta, found.space, options);
  INFO(order.summary.message);
  CHECK(order.order == 4);
  CHECK(order.coefficient_error < 1e-10 * static_cast<double>(-order.coefficient));
  const auto objective_double = mse_loss<double>(p.architecture, data_factor<double>(p.data));
  const Split split = split_in_double(LinearObjective::kMse, p);
  const NullSpace<double> space =
      null_space(split.pairs.values, split.pairs.vectors, split.threshold);
  const auto series =
      reduced_series<double>(*objective_double, p.theta, space, order.direction.cast<double>(), 4);
  CHECK(series.value[4] == doctest::Approx(static_cast<double>(order.coefficient)).epsilon(1e-10));
  CHECK(space.null_basis.cols() == found.space.null_basis.cols());
}

TEST_CASE("a point that rounding does not explain is called undecided") {
  Problem p = rank_one_point({3, 3, 3, 2}, 61);
  p.theta += 1e-7 * RandomStream(3, "shift").normal_matrix(p.theta.size(), 1);
  Split split = split_in_double(LinearObjective::kMse, p);
  split.threshold = 1e-4;
  const PrecisePoint found =
      precise_point(*quad_objective(LinearObjective::kMse, p), p.theta, split.pairs.values,
                    split.pairs.vectors, split.threshold);
  CHECK(found.summary.status == Status::kUndecided);
  CHECK(found.moved > found.allowed);
  CHECK_THROWS_AS((void)precise_point(*quad_objective(LinearObjective::kMse, p), Vector::Zero(2),
                                      split.pairs.values, split.pairs.vectors, 1e-4),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
