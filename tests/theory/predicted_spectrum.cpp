// Predicted spectra against computed ones.
#include "saddlescope/theory/predicted_spectrum.hpp"

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr double kEps = std::numeric_limits<double>::epsilon();

// Compares both objectives with theory at theta; requires that theory applies.
void check_prediction(const Problem& p, const Vector& theta) {
  const auto moments = second_moments(p.data);
  const auto data = data_factor<double>(p.data);
  for (const LinearObjective kind : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const auto objective = kind == LinearObjective::kMse
                               ? mse_loss<double>(p.architecture, data)
                               : equilibrated_energy<double>(p.architecture, data);
    const auto point = objective->at(theta).point;
    const auto predicted = predicted_spectrum(kind, p.architecture, theta, moments);
    REQUIRE(predicted.has_value());
    const Vector values = symmetric_eigenvalues(point->hessian());
    REQUIRE(predicted->eigenvalues.size() == values.size());
    // Weyl: both are spectra of matrices equal up to n eps times the size of their terms.
    CHECK((predicted->eigenvalues - values).cwiseAbs().maxCoeff() <=
          2 * eigenvalue_error_bound(values.size(), point->hessian_magnitude()));
  }
}

TEST_CASE("one layer has the same spectrum everywhere") {
  const Problem p = random_problem({4, 3}, false, 21);
  check_prediction(p, p.theta);
  check_prediction(p, Vector::Zero(p.theta.size()));
}

TEST_CASE("the origin has the predicted spectrum at every depth with scales and precisions") {
  for (const auto& widths : {std::vector<Index>{4, 3, 2},
                             {3, 2, 5},
                             {4, 3, 3, 2},
                             {2, 3, 4, 2, 3},
                             {1, 1, 1, 1, 1, 1}}) {
    const Problem p = random_problem(widths, false, 22);
    check_prediction(p, Vector::Zero(p.theta.size()));
  }
}

// With a skip on layer 1 or L (equal widths everywhere) the origin is not of rank zero.
TEST_CASE("the origin of residual networks has the predicted spectrum") {
  const Problem p = random_problem({3, 4, 4, 4, 2}, true, 23);
  check_prediction(p, Vector::Zero(p.theta.size()));
}

TEST_CASE("all zero but the penultimate weight has the predicted spectrum") {
  for (const auto& widths :
       {std::vector<Index>{4, 3, 5, 2}, {4, 5, 2, 3}, {3, 4, 2, 3, 2}, {3, 2, 3, 3, 3, 2}}) {
    const Problem p = random_problem(widths, false, 24);
    const Vector theta = zero_rank(p.architecture, p.theta, second_moments(p.data));
    check_prediction(p, theta);
    const auto bound = zero_rank_bound(p.architecture, theta, second_moments(p.data));
    REQUIRE(bound.has_value());
    const auto values = symmetric_eigenvalues(
        equilibrated_energy<double>(p.architecture, data_factor<double>(p.data))
            ->at(theta)
            .point->hessian());
    CHECK(*bound < 0);
    CHECK(values[0] <= *bound * (1 - 100 * kEps));
  }
}

// A middle map with singular values 1 and 1e-6: their squares are 12 digits apart.
TEST_CASE("small singular values of the middle map keep their digits") {
  Problem p = random_problem({3, 2, 2, 2}, false, 26);
  p.theta.setZero();
  weight(p.architecture, p.theta, 1) << 1, 0, 0, 1e-6;
  check_prediction(p, p.theta);
}

TEST_CASE("theory is silent at random points and where the middle maps do not commute") {
  Problem p = random_problem({3, 2, 3, 4, 2}, false, 25);
  const auto moments = second_moments(p.data);
  CHECK_FALSE(
      predicted_spectrum(LinearObjective::kEnergy, p.architecture, p.theta, moments).has_value());
  CHECK_FALSE(zero_rank_bound(p.architecture, p.theta, moments).has_value());
  weight(p.architecture, p.theta, 0).setZero();
  weight(p.architecture, p.theta, 3).setZero();
  CHECK_FALSE(
      predicted_spectrum(LinearObjective::kEnergy, p.architecture, p.theta, moments).has_value());
  CHECK(zero_rank_bound(p.architecture, p.theta, moments).has_value());
}

}  // namespace
}  // namespace saddlescope
