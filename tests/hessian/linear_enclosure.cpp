// Enclosures contain what the quad type computes, are as narrow as rounding allows, and admit what
// they do not know.
#include "saddlescope/hessian/linear_enclosure.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/hessian/linear_hessian.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr LinearObjective kObjectives[] = {LinearObjective::kMse, LinearObjective::kEnergy};

// Quad numbers err by 2^-112 times the terms: a bound widened by 1e-28 of them still tells an
// enclosure from a miss by one step of a double.
bool contains(const Interval& x, const Quad& truth, const Quad& scale) {
  const Quad slack = scale * Quad(1e-28);
  return Quad(x.lower()) - slack <= truth && truth <= Quad(x.upper()) + slack;
}

struct Truth {
  Quad value, gradient_norm, second_derivative, rayleigh_quotient, scale;
};

Truth truth(LinearObjective objective, const Problem& problem, const Vector& theta,
            const Vector& direction) {
  const LinearState<Quad> state(objective, problem.architecture, data_factor<Quad>(problem.data),
                                theta.cast<Quad>());
  const VectorOf<Quad> v = direction.cast<Quad>();
  MatrixOf<Quad> Hv(v.size(), 1);
  linear_hessian_times<Quad>(state, v, Hv);
  Truth out;
  out.value = state.value();
  out.gradient_norm = state.gradient().norm();
  out.second_derivative = v.dot(VectorOf<Quad>(Hv.col(0)));
  out.rayleigh_quotient = out.second_derivative / v.squaredNorm();
  out.scale = Quad(linear_hessian_magnitude(state)) * (Quad(1) + v.squaredNorm()) + abs(out.value) +
              out.gradient_norm;
  return out;
}

Dataset gaussian(Index d_x, Index d_y, Index N, std::uint64_t seed) {
  RandomStream stream(seed, "enclosed data");
  return {stream.normal_matrix(d_x, N), stream.normal_matrix(d_y, N), "Gaussian"};
}

// The problems with fewer samples than inputs and outputs, and with more.
std::vector<Problem> problems_of_both_kinds() {
  std::vector<Problem> out;
  for (const Problem& problem : random_problems())
    for (const Index N : {Index{2}, Index{23}}) {
      out.push_back(problem);
      out.back().data =
          gaussian(problem.architecture.input(), problem.architecture.output(), N, 17);
    }
  return out;
}

TEST_CASE("the enclosures contain the quad numbers at random points and at and near the origin") {
  RandomStream stream(5, "enclosures");
  for (const Problem& problem : problems_of_both_kinds())
    for (const LinearObjective objective : kObjectives)
      for (const double size : {0.0, 1e-8, 1.0}) {
        const Index p = problem.architecture.n_parameters();
        const Vector theta = size * problem.theta;
        const EnclosedData data = enclose_data(problem.data);
        const LinearEnclosure enclosure(objective, problem.architecture, data, theta);
        REQUIRE(enclosure.summary().ok());
        for (int k = 0; k < 3; ++k) {
          Vector V = stream.normal_matrix(p, 1);
          if (k == 0) V = Vector::Unit(p, p - 1);
          const LinearEnclosure::Curvature curvature = enclosure.along(V);
          const Truth exact = truth(objective, problem, theta, V);
          CAPTURE(size);
          CAPTURE(p);
          CHECK(contains(enclosure.value(), exact.value, exact.scale));
          CHECK(contains(enclosure.gradient_norm(), exact.gradient_norm, exact.scale));
          CHECK(contains(curvature.second_derivative, exact.second_derivative, exact.scale));
          CHECK(contains(curvature.rayleigh_quotient, exact.rayleigh_quotient, exact.scale));
        }
      }
}

// The last roundings are those of the result; before, terms of the size of the Hessian's magnitude
// carry eps^2, times the norms of the maps that lie between: 1e6 here is far above both.
TEST_CASE("the enclosures are a few steps of double wide unless the terms cancel sixteen digits") {
  RandomStream stream(6, "widths of enclosures");
  const auto narrow = [](const Interval& x, double scale) {
    return x.radius() <= 8 * kEps * x.magnitude() + 1e6 * kEps * kEps * scale;
  };
  for (const Problem& problem : problems_of_both_kinds())
    for (const LinearObjective objective : kObjectives) {
      const EnclosedData data = enclose_data(problem.data);
      const LinearEnclosure enclosure(objective, problem.architecture, data, problem.theta);
      const Vector V = stream.normal_matrix(problem.theta.size(), 1);
      const double scale = static_cast<double>(truth(objective, problem, problem.theta, V).scale);
      CHECK(narrow(enclosure.value(), scale));
      // Its squares are summed in plain intervals: p more roundings.
      CHECK(enclosure.gradient_norm().radius() <=
            (8 + static_cast<double>(V.size())) * kEps * enclosure.gradient_norm().upper());
      CHECK(narrow(enclosure.along(V).second_derivative, scale));
      CHECK(enclosure.along(V).second_derivative.radius() > 0);
    }
}

TEST_CASE("what is exactly zero at the origin is enclosed by zero alone") {
  for (Problem problem : random_problems()) {
    if (problem.architecture.depth() < 3) continue;
    for (auto& skip : problem.architecture.skips) skip = 0;
    const Index p = problem.architecture.n_parameters();
    const EnclosedData data = enclose_data(problem.data);
    for (const LinearObjective objective : kObjectives) {
      const LinearEnclosure enclosure(objective, problem.architecture, data, Vector::Zero(p));
      CHECK(enclosure.gradient_norm() == Interval(0.0));
      // The Hessian of F* is -(a_L^2 lambda^2/pi_{L-1}) I (x) Sigma_yy in layer L and zero beside.
      const Interval last = enclosure.along(Vector::Unit(p, p - 1)).second_derivative;
      CHECK(enclosure.along(Vector::Unit(p, 0)).second_derivative == Interval(0.0));
      CHECK(certainly_negative(last) == (objective == LinearObjective::kEnergy));
    }
  }
}

TEST_CASE("a residual layer whose map vanishes exactly is a zero map") {
  Problem problem = random_problem({2, 3, 3, 2}, true, 9);
  problem.architecture.scales = {1, 1, 1};
  weight(problem.architecture, problem.theta, 1) = -Matrix::Identity(3, 3);
  weight(problem.architecture, problem.theta, 2).setZero();
  const EnclosedData data = enclose_data(problem.data);
  const LinearEnclosure enclosure(LinearObjective::kEnergy, problem.architecture, data,
                                  problem.theta);
  CHECK(enclosure.gradient_norm() == Interval(0.0));
}

TEST_CASE("data known less exactly give enclosures that contain the others") {
  for (const Problem& problem : problems_of_both_kinds())
    for (const LinearObjective objective : kObjectives) {
      const EnclosedData exact = enclose_data(problem.data);
      EnclosedData wider = exact;
      for (Index j = 0; j < wider.x.cols(); ++j) wider.x(0, j) += Interval(-1e-9, 1e-9);
      wider.y(0, 0) += Interval(0, 1e-10);
      if (wider.moments.rows() > 0) wider.moments(0, 1) += Interval(-1e-10, 0);
      const LinearEnclosure narrow(objective, problem.architecture, exact, problem.theta);
      const LinearEnclosure wide(objective, problem.architecture, wider, problem.theta);
      REQUIRE(wide.summary().ok());
      const Vector V = Vector::Ones(problem.theta.size());
      CHECK(wide.value().contains(narrow.value()));
      CHECK(wide.gradient_norm().contains(narrow.gradient_norm()));
      CHECK(wide.along(V).second_derivative.contains(narrow.along(V).second_derivative));
    }
}

TEST_CASE("what is not finite is said in the summary and bounds nothing") {
  const Problem problem = random_problem({3, 2, 2}, false, 8);
  const EnclosedData data = enclose_data(problem.data);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), 1e200}) {
    Vector theta = problem.theta;
    theta(0) = theta(7) = bad;  // W_1 and W_2: the product overflows
    for (const LinearObjective objective : kObjectives) {
      const LinearEnclosure enclosure(objective, problem.architecture, data, theta);
      CHECK(!enclosure.summary().ok());
      CHECK(enclosure.value().is_entire());
      CHECK(enclosure.gradient_norm().is_entire());
      CHECK(!enclosure.along(problem.theta).summary.ok());
      CHECK(enclosure.along(problem.theta).rayleigh_quotient.is_entire());
    }
  }
  const LinearEnclosure good(LinearObjective::kEnergy, problem.architecture, data, problem.theta);
  Vector direction = problem.theta;
  direction(1) = std::nan("");
  CHECK(good.along(direction).summary.status == Status::kNotFinite);
  CHECK(good.along(Vector::Zero(direction.size())).summary.status == Status::kNotFinite);
  CHECK(good.along(1e-200 * problem.theta).rayleigh_quotient.is_entire());
}

TEST_CASE("an enclosure refuses sizes that do not fit") {
  const Problem problem = random_problem({3, 2, 2}, false, 8);
  const EnclosedData data = enclose_data(problem.data);
  const EnclosedData other = enclose_data(gaussian(2, 2, 5, 1));
  const auto at = [&](const EnclosedData& given, const Vector& theta) {
    return LinearEnclosure(LinearObjective::kMse, problem.architecture, given, theta);
  };
  CHECK_THROWS_AS(at(other, problem.theta), std::invalid_argument);
  CHECK_THROWS_AS(at(data, Vector::Zero(3)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(at(data, problem.theta).along(Vector::Zero(3))),
                  std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
