// Searches end in critical points, say so where they do not, and are repeatable.
#include "saddlescope/saddle/critical_search.hpp"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "support/formula_objective.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/saddle/landscape.hpp"

namespace saddlescope {
namespace {

using testing::FormulaObjective;
using testing::quadratic;

// y = B x with the singular values s of B, or with noise added.
LinearLandscape landscape(LinearObjective which, std::vector<Index> widths,
                          std::vector<double> singular_values, double noise = 0) {
  TeacherOptions teacher;
  teacher.input = widths.front();
  teacher.output = widths.back();
  teacher.singular_values = std::move(singular_values);
  teacher.noise = noise;
  teacher.seed = 1;
  ArchitectureOptions options;
  options.widths = std::move(widths);
  return {which, make_architecture(options), linear_teacher(teacher)};
}

Vector start(const LinearLandscape& place, double sigma, std::uint64_t seed) {
  RandomStream stream(seed, "start");
  return initialise(place.reduced().architecture(),
                    {Initialisation::kNormal, sigma, Parameterisation::kSp}, stream);
}

TEST_CASE("the saddle of a quadratic is found whatever its index and null space") {
  Matrix H = Matrix::Zero(4, 4);
  H.diagonal() << -2, 1, 0, 5;
  H(0, 1) = H(1, 0) = 0.5;
  const Vector center = Vector::LinSpaced(4, 0.01, 0.02);
  const FormulaObjective f = quadratic(H, center);
  const Vector from = center + Vector::Constant(4, 0.004);
  for (const SearchMethod method : {SearchMethod::kNewtonMr, SearchMethod::kGradientNorm,
                                    SearchMethod::kEigenvectorFollowing}) {
    SearchOptions options;
    options.method = method;
    options.index = 1;
    const CriticalPointSearch found = search_critical_point(f, from, options);
    CAPTURE(name(method));
    CHECK(found.end == SearchEnd::kCritical);
    CHECK(found.summary.ok());
    CHECK(found.n_negative == 1);
    CHECK((H * (found.theta - center)).norm() <= found.gradient_bound);
    // The null direction is not moved along.
    CHECK(std::abs(found.theta[2] - from[2]) <= 1e-15);
    if (method == SearchMethod::kNewtonMr) CHECK(found.iterations == 1);
  }
}

// F*-identity: at a critical point the hidden errors vanish and F* is lambda times the loss.
TEST_CASE("Newton-MR finds critical points of the energy and they satisfy its identity") {
  const LinearLandscape place = landscape(LinearObjective::kEnergy, {5, 4, 4, 3}, {3, 2, 1});
  const LinearLandscape loss = landscape(LinearObjective::kMse, {5, 4, 4, 3}, {3, 2, 1});
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const CriticalPointSearch end =
        search_critical_point(place.objective(), start(place, 0.3, seed));
    CHECK(end.evaluations > 0);
    if (end.end != SearchEnd::kCritical) {
      CHECK_FALSE(end.summary.ok());
      continue;
    }
    ++found;
    CHECK(end.gradient_norm <= end.gradient_bound);
    CHECK(end.gradient_norm <= 1e-12 * end.hessian_norm);
    const LinearState<double> state(LinearObjective::kEnergy, place.reduced().architecture(),
                                    place.reduced().factor(), end.theta);
    // <e_l e_l'>/pi_l = A_{l+1}'G_{l+1} - G_l A_l' is of the size of the gradient, e_l of its root.
    for (Index l = 0; l + 1 < state.depth(); ++l)
      CHECK(state.e(l).squaredNorm() <=
            10 * end.gradient_bound * (1 + end.theta.norm()) + 1e-26 * state.e(2).squaredNorm());
    const double loss_value = loss.objective().at(end.theta).point->value();
    CHECK(end.value == doctest::Approx(loss_value).epsilon(1e-10));  // lambda = 1
  }
  CHECK(found >= 12);  // of 20
}

// Where every noise direction is present no critical point has A_L != 0.
TEST_CASE("no critical point of the energy of noisy data has a last layer other than zero") {
  const LinearLandscape place = landscape(LinearObjective::kEnergy, {5, 4, 4, 3}, {3, 2, 1}, 0.5);
  int found = 0;
  for (const double sigma : {0.3, 1.0})
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const CriticalPointSearch end =
          search_critical_point(place.objective(), start(place, sigma, seed));
      if (end.end != SearchEnd::kCritical) continue;
      ++found;
      const Architecture& net = place.reduced().architecture();
      CHECK(weight(net, end.theta, 2).norm() <= 1e-7);
      CHECK(end.n_negative >= 1);
    }
  CHECK(found >= 6);
}

// 2-1-2 on white inputs with singular values 2 and 1: the rank-one points miss one value each, and
// the origin has a negative eigenvalue for each.
TEST_CASE("eigenvector following finds the point of the index asked for") {
  Dataset data;
  data.x = Matrix::Identity(2, 2) * std::sqrt(2.0);
  data.y = data.x;
  data.y.row(0) *= 2;
  ArchitectureOptions options;
  options.widths = {2, 1, 2};
  const LinearLandscape place(LinearObjective::kMse, make_architecture(options), data);
  const double values[] = {0.5, 2.0, 2.5};
  for (Index index = 0; index <= 2; ++index) {
    int found = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      SearchOptions search;
      search.method = SearchMethod::kEigenvectorFollowing;
      search.index = index;
      const CriticalPointSearch end =
          search_critical_point(place.objective(), start(place, 0.5, seed), search);
      if (end.end != SearchEnd::kCritical || end.n_negative != index) continue;
      ++found;
      CHECK(end.value == doctest::Approx(values[index]).epsilon(1e-12));
    }
    CAPTURE(index);
    CHECK(found >= 3);  // of 10
  }
}

// f = x^3/3 + x + y^2/2: f' in x is x^2 + 1 > 0, so there is no critical point,
// and H g = 0 at x = 0.
FormulaObjective inflection() {
  return FormulaObjective(
      {2, [](const Vector& t) { return t[0] * t[0] * t[0] / 3 + t[0] + t[1] * t[1] / 2; },
       [](const Vector& t) -> Vector {
         Vector g(2);
         g << t[0] * t[0] + 1, t[1];
         return g;
       },
       [](const Vector& t) -> Matrix {
         Matrix H = Matrix::Zero(2, 2);
         H(0, 0) = 2 * t[0];
         H(1, 1) = 1;
         return H;
       }});
}

TEST_CASE("a minimum of the gradient norm that is no critical point is called gradient-flat") {
  const FormulaObjective f = inflection();
  Vector from(2);
  from << 0.3, 0.4;
  for (const SearchMethod method : {SearchMethod::kNewtonMr, SearchMethod::kGradientNorm}) {
    SearchOptions options;
    options.method = method;
    const CriticalPointSearch end = search_critical_point(f, from, options);
    CAPTURE(name(method));
    CHECK(end.end == SearchEnd::kGradientFlat);
    CHECK(end.flatness <= 1e-6);
    CHECK(end.gradient_norm == doctest::Approx(1).epsilon(1e-6));
    CHECK_FALSE(end.summary.ok());
  }
}

// f = log(1 + x^2) for x > 1: its gradient decays as 2/x and vanishes nowhere.
TEST_CASE("a search that follows a decaying gradient outwards is called a run-away") {
  const FormulaObjective f(
      {1, [](const Vector& t) { return std::log1p(t[0] * t[0]); },
       [](const Vector& t) -> Vector { return Vector::Constant(1, 2 * t[0] / (1 + t[0] * t[0])); },
       [](const Vector& t) -> Matrix {
         const double s = 1 + t[0] * t[0];
         return Matrix::Constant(1, 1, 2 * (1 - t[0] * t[0]) / (s * s));
       }});
  const CriticalPointSearch end = search_critical_point(f, Vector::Constant(1, 1.5));
  CHECK(end.end == SearchEnd::kRunaway);
  CHECK(end.theta[0] > 30);
}

// The Hessian has the wrong sign, so no step along its Newton direction or steepest descent lowers
// the gradient.
TEST_CASE("a failed line search leaves the point where it was") {
  const FormulaObjective f({2, [](const Vector& t) { return t.squaredNorm() / 2; },
                            [](const Vector& t) -> Vector { return t; },
                            [](const Vector& /*t*/) -> Matrix { return -Matrix::Identity(2, 2); }});
  const Vector from = Vector::Constant(2, 0.7);
  for (const SearchMethod method : {SearchMethod::kNewtonMr, SearchMethod::kGradientNorm}) {
    SearchOptions options;
    options.method = method;
    const CriticalPointSearch end = search_critical_point(f, from, options);
    CHECK(end.end == SearchEnd::kNotConverged);
    CHECK((end.theta.array() == from.array()).all());
  }
}

TEST_CASE("a search gives the same bits twice and refuses what it cannot use") {
  const LinearLandscape place = landscape(LinearObjective::kMse, {5, 4, 4, 3}, {3, 2, 1});
  const Vector from = start(place, 0.5, 3);
  const CriticalPointSearch a = search_critical_point(place.objective(), from);
  const CriticalPointSearch b = search_critical_point(place.objective(), from);
  CHECK(a.end == SearchEnd::kCritical);
  CHECK((a.theta.array() == b.theta.array()).all());
  CHECK(a.products == b.products);
  CHECK_THROWS_AS((void)search_critical_point(place.objective(), Vector::Zero(3)),
                  std::invalid_argument);
  SearchOptions options;
  options.index = from.size() + 1;
  CHECK_THROWS_AS((void)search_critical_point(place.objective(), from, options),
                  std::invalid_argument);
  CHECK(parse_search_method("gradient-norm") == SearchMethod::kGradientNorm);
  CHECK_THROWS_AS((void)parse_search_method("newton"), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
