// Families of critical points hold what they predict: gradient, value, signs and bounds.
#include <algorithm>
#include <cmath>

#include <Eigen/SVD>
#include <doctest/doctest.h>

#include "predictions.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/saddle/counterexamples.hpp"
#include "saddlescope/saddle/orbit.hpp"
#include "saddlescope/saddle/rank_r_family.hpp"
#include "saddlescope/saddle/symmetry.hpp"
#include "saddlescope/saddle/zero_rank_family.hpp"

namespace saddlescope {
namespace {

using testing::check_predictions;
using testing::measured_spectrum;
using testing::Problem;
using testing::random_problem;

Dataset noisy(Index d_x, Index d_y, std::uint64_t seed) {
  TeacherOptions options;
  options.input = d_x;
  options.output = d_y;
  options.samples = 20;
  options.noise = 0.5;
  options.seed = seed;
  return linear_teacher(options);
}

Dataset realisable(Index d_x, Index d_y, std::uint64_t seed) {
  RandomStream stream(seed, "teacher");
  Dataset data;
  data.name = "realisable";
  data.x = stream.normal_matrix(d_x, 20);
  data.y = stream.normal_matrix(d_y, d_x) * data.x;
  return data;
}

Dataset uncorrelated_data(Index d_x, Index d_y, std::uint64_t seed) {
  UncorrelatedOptions options;
  options.input = d_x;
  options.output = d_y;
  options.samples = 20;
  options.seed = seed;
  return uncorrelated(options);
}

ConstructedPoint zero_rank_point(const Problem& p, const Dataset& data,
                                 const ZeroRankOptions& options) {
  RandomStream stream(7, "kernel");
  return zero_rank_family(p.architecture, second_moments(data), p.theta, options, stream);
}

Matrix hidden_product(const Architecture& net, const Vector& theta) {
  const std::vector<Matrix> A = effective_maps<double>(net, theta);
  Matrix product = A.front();
  for (std::size_t l = 1; l + 1 < A.size(); ++l) product = Matrix(A[l] * product);
  return product;
}

TEST_CASE("every kind of zero rank point holds its predictions with skips scales and precisions") {
  for (const bool skips : {false, true})
    for (const auto& widths : {std::vector<Index>{6, 4, 2}, {6, 3, 3, 2}, {6, 4, 4, 4, 2}}) {
      const Problem p = random_problem(widths, skips, 51);
      const auto L = static_cast<Index>(widths.size()) - 1;
      const Dataset data = noisy(6, 2, 52);
      std::vector<ZeroRankOptions> all = {{ZeroRankKind::kPenultimate, {}},
                                          {ZeroRankKind::kMoments, {}}};
      for (Index k = 0; k + 1 < L; ++k) all.push_back({ZeroRankKind::kVanishing, {k}});
      for (Index k = 0; k + 2 < L; ++k) all.push_back({ZeroRankKind::kKernel, {k}});
      for (const ZeroRankOptions& options : all) {
        const ConstructedPoint point = zero_rank_point(p, data, options);
        check_predictions(p.architecture, data, point);
        // (B) holds or A_{L-1:1} = 0: strict always.
        if (options.kind != ZeroRankKind::kMoments)
          CHECK(point.energy.lambda_min_at_most.has_value());
        const double product = hidden_product(p.architecture, point.theta).norm();
        CHECK((product > 1e-3) == (options.kind == ZeroRankKind::kMoments ||
                                   (L == 2 && options.kind == ZeroRankKind::kPenultimate)));
      }
    }
}

TEST_CASE("zero rank points of uncorrelated data need nothing of the hidden maps") {
  for (const bool skips : {false, true}) {
    const Problem p = random_problem({4, 5, 5, 3}, skips, 53);
    const Dataset data = uncorrelated_data(4, 3, 54);
    const ConstructedPoint point = zero_rank_point(p, data, {ZeroRankKind::kUncorrelated, {}});
    CHECK(hidden_product(p.architecture, point.theta).norm() > 1e-3);
    CHECK(point.mse.is_global == true);
    // n_{L-1} = 5 > d_x = 4.
    CHECK(point.energy.negative_curvature == true);
    check_predictions(p.architecture, data, point);
  }
}

TEST_CASE("a residual layer of minus the identity makes a saddle of rank zero") {
  Problem p = random_problem({4, 3, 3, 2}, true, 55);
  REQUIRE(p.architecture.skips[1] == 1);
  const Dataset data = noisy(4, 2, 56);
  p.architecture.scales[1] = 1;
  const ConstructedPoint point = zero_rank_point(p, data, {ZeroRankKind::kVanishing, {1}});
  CHECK(weight(p.architecture, point.theta, 1) == -Matrix::Identity(3, 3));
  CHECK(weight(p.architecture, point.theta, 0).norm() > 0.1);
  // k = 2 has A_{L-1:3} = I and A_1 Sigma_xy != 0: the loss is strict too.
  CHECK(point.mse.negative_curvature == true);
  check_predictions(p.architecture, data, point);
}

TEST_CASE("the loss is strict at zero rank exactly where one layer reaches the moments") {
  const Problem p = random_problem({4, 3, 3, 2}, false, 57);
  const Dataset data = noisy(4, 2, 58);
  // A_1 = A_3 = 0 with A_2 != 0: k = 1 sees A_2 and Sigma_xy. A_1 = A_2 = A_3 = 0: nothing does.
  CHECK(zero_rank_point(p, data, {ZeroRankKind::kVanishing, {0}}).mse.negative_curvature == true);
  const auto flat = zero_rank_point(p, data, {ZeroRankKind::kVanishing, {0, 1}});
  CHECK(flat.mse.negative_curvature == false);
  check_predictions(p.architecture, data, flat);
}

TEST_CASE("rank r points hold their predictions for every subset and data kind") {
  for (const bool skips : {false, true})
    for (const std::vector<Index>& subset :
         {std::vector<Index>{}, {0}, {1}, {2}, {0, 1}, {1, 2}, {0, 1, 2}})
      for (const Dataset& data : {realisable(5, 3, 61), noisy(5, 3, 62)}) {
        const Problem p = random_problem({5, 4, 4, 4, 3}, skips, 63);
        RankROptions options;
        options.singular_subset = subset;
        options.t = -0.7;
        options.random_rows = true;
        RandomStream stream(64, "completion");
        const ConstructedPoint point = rank_r_family(p.architecture, data, options, stream);
        CHECK(point.rank == static_cast<Index>(subset.size()));
        CHECK(point.energy.critical == (subset.empty() || data.name == "realisable"));
        // Under (A) what is critical and not global is strict.
        if (point.energy.critical)
          CHECK(point.energy.negative_curvature ==
                (subset.size() < 3 || data.name != "realisable"));
        check_predictions(p.architecture, data, point, 10);
      }
}

TEST_CASE("rank r points hold under NTP and muPC scales") {
  for (const Parameterisation kind : {Parameterisation::kNtp, Parameterisation::kMupc}) {
    ArchitectureOptions shape;
    shape.widths = {5, 4, 4, 3};
    shape.parameterisation = kind;
    shape.skips = true;
    shape.lambda = 3;
    const Architecture net = make_architecture(shape);
    const Dataset data = realisable(5, 3, 65);
    RankROptions options;
    options.singular_subset = {0, 2};
    RandomStream stream(66, "completion");
    check_predictions(net, data, rank_r_family(net, data, options, stream), 10);
  }
}

TEST_CASE("the optimum of a bottleneck has no negative curvature and is the infimum") {
  const Problem p = random_problem({5, 4, 2, 3}, false, 67);
  const Dataset data = realisable(5, 3, 68);
  RandomStream stream(69, "completion");
  const ConstructedPoint point = bottleneck_optimum(p.architecture, data, stream);
  CHECK(point.rank == 2);
  CHECK(point.energy.is_global == true);
  check_predictions(p.architecture, data, point, 10);
  const Vector targets = symmetric_eigenvalues(second_moments(data).yy);
  CHECK(*point.energy.value ==
        doctest::Approx(p.architecture.lambda() * targets[0] / 2).epsilon(1e-10));
}

TEST_CASE("the bottleneck family has its stated spectrum and changes type at its transition") {
  const Construction published = bottleneck({});
  CHECK(bottleneck_transition({}) == doctest::Approx(1).epsilon(1e-15));
  const auto spectrum = measured_spectrum(LinearObjective::kEnergy, published.architecture,
                                          published.data, published.point.theta);
  const Vector expected = (Vector(4) << 0, 0, 0.75, 1).finished();
  CHECK((spectrum.eigenvalues - expected).lpNorm<Eigen::Infinity>() <= spectrum.error);
  const SecondMoments moments = second_moments(published.data);
  CHECK((moments.xx - Matrix::Identity(2, 2)).norm() <= 1e-15);
  CHECK((moments.yy - Matrix(Eigen::Vector2d(1, 1.5).asDiagonal())).norm() <= 2e-15);
  CHECK((moments.xy - Matrix(Eigen::Vector2d(1, std::sqrt(0.5)).asDiagonal())).norm() <= 1e-15);

  for (const double lambda : {0.5, 1.0, 2.5})
    for (const double precision : {0.6, 1.0})
      for (const double factor : {0.5, 0.99, 1.0, 1.01, -2.0}) {
        BottleneckOptions options{1.3, 0.4, 2.1, lambda, precision, 1};
        options.d = factor * bottleneck_transition(options);
        const Construction built = bottleneck(options);
        if (factor != 1.0) CHECK(built.point.energy.negative_curvature == (std::abs(factor) > 1));
        check_predictions(built.architecture, built.data, built.point);
        const auto at = measured_spectrum(LinearObjective::kEnergy, built.architecture, built.data,
                                          built.point.theta);
        // One zero is the orbit's; at d_c there is a second one.
        const Index zeros = (at.eigenvalues.array().abs() <= at.error).count();
        CHECK(zeros == (factor == 1.0 ? 2 : 1));
      }
}

TEST_CASE("uncorrelated scalar points have the eigenvalues zero and lambda times a difference") {
  for (const double lambda : {0.5, 1.0, 3.0})
    for (const double precision : {0.7, 1.0})
      for (const double w : {0.0, 0.3, -0.9, 1.1, 2.0}) {
        const Construction built = uncorrelated_scalar({w, lambda, precision});
        check_predictions(built.architecture, built.data, built.point);
        const auto at = measured_spectrum(LinearObjective::kEnergy, built.architecture, built.data,
                                          built.point.theta);
        Vector expected(2);
        expected << 0, lambda * (w * w - lambda / precision);
        std::sort(expected.begin(), expected.end());
        CHECK((at.eigenvalues - expected).lpNorm<Eigen::Infinity>() <= at.error);
      }
}

TEST_CASE("one uncorrelated target suffices for a critical point that is not strict") {
  for (const double lambda : {0.5, 1.0, 3.0})
    for (const double t : {-0.3, 1.0, 4.0})
      for (const double w : {0.1, 2.0}) {
        const Construction built = uncorrelated_target({t, w, 0.8, lambda, 1});
        CHECK(built.point.energy.negative_curvature == (w < 1));
        check_predictions(built.architecture, built.data, built.point);
      }
}

TEST_CASE("the whole GL orbit of a critical point is critical with the same value") {
  for (const bool skips : {false, true}) {
    const Problem p = random_problem({5, 4, 4, 3}, skips, 71);
    const Dataset data = realisable(5, 3, 72);
    RankROptions options;
    options.singular_subset = {1};
    options.random_rows = true;
    RandomStream stream(73, "orbit");
    ConstructedPoint point = rank_r_family(p.architecture, data, options, stream);
    const Vector start = point.theta;
    for (const double condition : {1.0, 100.0}) {
      point.theta = random_orbit_point(p.architecture, start, condition, stream);
      CHECK((point.theta - start).norm() > 0.1);
      check_predictions(p.architecture, data, point, 10 * condition * condition);
    }
    for (const Matrix& M : random_group_element(p.architecture, 100, stream)) {
      const Vector sigma = M.jacobiSvd().singularValues();
      CHECK(sigma[0] / sigma[3] <= 100 * (1 + 1e-12));
    }
  }
}

TEST_CASE("the tangent of an orbit path is the symmetry direction of its generator") {
  const Problem p = random_problem({4, 3, 3, 2}, true, 74);
  RandomStream stream(75, "generators");
  const std::vector<Matrix> X = {stream.normal_matrix(3, 3), stream.normal_matrix(3, 3)};
  Vector x(18);
  x << X[0].reshaped(), X[1].reshaped();
  const Vector tangent = symmetry_directions(p.architecture, p.theta) * x;
  // Central differences are off by h^2/6 times the third derivative: 100 times less at h/10.
  const auto error = [&](double h) {
    return ((orbit_path(p.architecture, p.theta, X, h) -
             orbit_path(p.architecture, p.theta, X, -h)) /
                (2 * h) -
            tangent)
        .norm();
  };
  CHECK(error(1e-2) / error(1e-3) == doctest::Approx(100).epsilon(0.05));
}

// Generators of such points have many zeros and repeated singular values.
TEST_CASE("the orbit's dimension comes out the same at every draw of a family") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Problem p = random_problem({5, 4, 4, 4, 3}, true, seed);
    RankROptions options;
    options.singular_subset = {0, 1};
    options.rotate = seed % 2 == 0;
    RandomStream stream(seed, "completion");
    const SecondMoments moments = second_moments(realisable(5, 3, seed));
    const Vector theta = rank_r(p.architecture, moments, options, stream);
    const SymmetrySpace space = symmetry_space(p.architecture, theta);
    CHECK(space.summary.ok());
    CHECK(space.rank == 36);
  }
}

TEST_CASE("infeasible families are refused with what was expected and got") {
  const auto contains = [](const char* text) { return doctest::Contains(text); };
  const Problem p = random_problem({3, 4, 1, 3}, false, 81);
  const Dataset data = noisy(3, 3, 82);
  const auto zero = [&](const ZeroRankOptions& options) {
    static_cast<void>(zero_rank_point(p, data, options));
  };
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kMoments, {}}), contains("below d_x = 3, got 3"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kVanishing, {}}), contains("at least one"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kVanishing, {2}}), contains("1 .. 2, got 3"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kVanishing, {1, 1}}), contains("distinct"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kKernel, {1}}), contains("1 .. 1, got 2"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kUncorrelated, {}}), contains("Sigma_xy = 0"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(zero({ZeroRankKind::kPenultimate, {0}}), contains("takes no layers"),
                       std::invalid_argument);

  const Problem wide = random_problem({5, 4, 4, 3}, false, 83);
  const auto rank = [&](const RankROptions& options, const Dataset& on) {
    RandomStream stream(84, "completion");
    static_cast<void>(rank_r_family(wide.architecture, on, options, stream));
  };
  const Dataset full = realisable(5, 3, 85);
  const double nan = std::nan("");
  CHECK_THROWS_WITH_AS(rank({{0}, 0, false, true}, full), contains("got 0"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(rank({{0}, nan, false, true}, full), contains("got nan"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(rank({{0, 0}, 1, false, true}, full), contains("distinct"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(rank({{3}, 1, false, true}, full), contains("1 .. 3, got 4"),
                       std::invalid_argument);
  Dataset deficient = full;
  deficient.y.row(2) = deficient.y.row(0) + deficient.y.row(1);
  CHECK_THROWS_WITH_AS(rank({{2}, 1, false, true}, deficient), contains("0 to rounding"),
                       std::invalid_argument);

  CHECK_THROWS_WITH_AS(static_cast<void>(bottleneck({1, 0.5, 0.9, 1, 1, 1})), contains("mu"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(static_cast<void>(bottleneck({1, 1, 2, 1, 1, 1})), contains("lambda_u"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(static_cast<void>(bottleneck({1, 0.5, 1.5, 1, 1, 0})), contains("d:"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(static_cast<void>(uncorrelated_target({0, 2, 0.8, 1, 1})), contains("t:"),
                       std::invalid_argument);
  RandomStream stream(86, "orbit");
  CHECK_THROWS_WITH_AS(static_cast<void>(random_group_element(p.architecture, 0.5, stream)),
                       contains(">= 1, got 0.5"), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
