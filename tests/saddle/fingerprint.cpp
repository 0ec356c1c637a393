#include "saddlescope/saddle/fingerprint.hpp"

#include <cmath>
#include <set>

#include <Eigen/SVD>
#include <doctest/doctest.h>

#include "support/random_problem.hpp"

#include "saddlescope/saddle/constructions.hpp"
#include "saddlescope/saddle/orbit.hpp"
#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;

constexpr auto kSame = OrbitComparison::kNotDistinguished;
constexpr auto kDifferent = OrbitComparison::kDifferent;

Vector rank_point(const Problem& p, std::vector<Index> subset, double t, bool extra,
                  std::uint64_t seed) {
  RankROptions options;
  options.singular_subset = std::move(subset);
  options.t = t;
  options.random_rows = extra;
  RandomStream stream(seed, "completion");
  return rank_r(p.architecture, second_moments(p.data), options, stream);
}

Problem realisable(bool skips) {
  Problem p = random_problem({5, 4, 4, 3}, skips, 101);
  RandomStream stream(102, "teacher");
  p.data.x = stream.normal_matrix(5, 20);
  p.data.y = stream.normal_matrix(3, 5) * p.data.x;
  return p;
}

OrbitComparison orthogonal(const Problem& p, const Vector& a, const Vector& b, double error = 0) {
  return same_orbit(orthogonal_fingerprint(p.architecture, a, error),
                    orthogonal_fingerprint(p.architecture, b, error));
}

OrbitComparison general(const Problem& p, const Vector& a, const Vector& b, double error = 0) {
  return same_orbit(general_linear_fingerprint(p.architecture, a, error),
                    general_linear_fingerprint(p.architecture, b, error));
}

TEST_CASE("orthogonal fingerprints do not change under random orthogonal elements") {
  for (const Problem& p : testing::random_problems()) {
    RandomStream stream(103, "element");
    const Vector moved = random_orbit_point(p.architecture, p.theta, 1, stream);
    CHECK(orthogonal(p, p.theta, moved) == kSame);
  }
  const Problem p = realisable(true);
  RandomStream stream(104, "element");
  for (const Vector& theta :
       {origin(p.architecture), rank_point(p, {1}, 2, true, 1), rank_point(p, {0, 2}, 1, false, 1)})
    CHECK(orthogonal(p, theta, random_orbit_point(p.architecture, theta, 1, stream)) == kSame);
}

TEST_CASE("GL fingerprints do not change under random elements of the group") {
  for (const bool skips : {false, true}) {
    const Problem p = realisable(skips);
    RandomStream stream(105, "element");
    for (const Vector& theta :
         {p.theta, rank_point(p, {1}, 2, true, 1), rank_point(p, {0, 2}, 1, false, 1)}) {
      const Vector moved = random_orbit_point(p.architecture, theta, 20, stream);
      // act() is off by n eps cond in each map.
      CHECK(general(p, theta, moved, 1e-13) == kSame);
      CHECK(orthogonal(p, theta, moved, 1e-13) == kDifferent);
    }
  }
}

TEST_CASE("another scale t is another orthogonal orbit but the same GL orbit") {
  const Problem p = realisable(false);
  const Vector a = rank_point(p, {0, 1}, 1, false, 1);
  const Vector b = rank_point(p, {0, 1}, 1.001, false, 2);
  CHECK(orthogonal(p, a, b) == kDifferent);
  CHECK(general(p, a, b, 1e-13) == kSame);
}

TEST_CASE("other subsets and other random rows are other orbits under both groups") {
  const Problem p = realisable(false);
  const Vector a = rank_point(p, {0}, 1, true, 1);
  for (const Vector& b : {rank_point(p, {1}, 1, true, 1), rank_point(p, {0}, 1, false, 1),
                          rank_point(p, {0, 1}, 1, true, 1)}) {
    CHECK(orthogonal(p, a, b) == kDifferent);
    CHECK(general(p, a, b) == kDifferent);
  }
  // Rows in the kernel of the next layer change ker A_1.
  const Vector rows = rank_point(p, {0}, 1, true, 2);
  CHECK(orthogonal(p, a, rows) == kDifferent);
  CHECK(general(p, a, rows) == kDifferent);
}

TEST_CASE("an error of theta as large as the difference makes points undecided or the same") {
  const Problem p = realisable(false);
  const Vector other = p.theta + Vector::Constant(p.theta.size(), 1e-8);
  CHECK(orthogonal(p, p.theta, other) == kDifferent);
  const double error = (other - p.theta).norm();
  CHECK(orthogonal(p, p.theta, other, error) == kSame);
  CHECK(general(p, p.theta, other, error) != kDifferent);
  CHECK(orthogonal(p, p.theta, other, 1e3) == OrbitComparison::kUndecided);
}

// One hidden layer: (A_1, A_2) and (A_1', A_2') share an orthogonal orbit exactly if the stacked
// n_1 x (d_x + d_y) matrices [A_1, A_2'] have the same Gram matrix.
TEST_CASE("for one hidden layer fingerprints decide as orthogonal Procrustes does") {
  RandomStream stream(106, "points");
  Problem p = random_problem({2, 2, 2}, false, 107);
  p.architecture.scales = {1, 1};
  const auto stacked = [&](const Vector& theta) {
    Matrix out(2, 4);
    out << Matrix(weight(p.architecture, theta, 0)),
        Matrix(weight(p.architecture, theta, 1)).transpose();
    return out;
  };
  std::vector<Vector> points;
  for (int k = 0; k < 40; ++k) {
    // Small integers, so that many coincide modulo the group.
    Vector theta(8);
    for (double& entry : theta) entry = static_cast<double>(stream.index(2));
    points.push_back(theta);
    points.push_back(random_orbit_point(p.architecture, theta, 1, stream));
  }
  Index n_same = 0;
  std::vector<Fingerprint> prints;
  prints.reserve(points.size());
  for (const Vector& theta : points)
    prints.push_back(orthogonal_fingerprint(p.architecture, theta));
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Matrix X = stacked(points[i]);
      const Matrix Y = stacked(points[j]);
      // min over O of |O X - Y| is attained at U V' of the SVD of Y X'.
      const auto svd =
          Matrix(Y * X.transpose()).jacobiSvd(Eigen::ComputeFullU | Eigen::ComputeFullV);
      const double distance = (svd.matrixU() * svd.matrixV().transpose() * X - Y).norm();
      const bool same = distance < 1e-12;
      n_same += same ? 1 : 0;
      CHECK((same_orbit(prints[i], prints[j]) == kSame) == same);
    }
  CHECK(n_same >= 40);
}

TEST_CASE("grouping gives the classes of pairwise comparison in order of appearance") {
  const Problem p = realisable(false);
  RandomStream stream(108, "element");
  std::vector<Fingerprint> prints;
  std::vector<Index> expected;
  const std::vector<Vector> kinds = {rank_point(p, {0}, 1, false, 1), p.theta,
                                     rank_point(p, {0}, 1.5, false, 1), origin(p.architecture),
                                     rank_point(p, {2}, 1, false, 1)};
  for (int k = 0; k < 50; ++k) {
    const Index kind = k < 5 ? k : stream.index(5);
    expected.push_back(kind);
    const Vector& theta = kinds[static_cast<std::size_t>(kind)];
    prints.push_back(orthogonal_fingerprint(p.architecture,
                                            random_orbit_point(p.architecture, theta, 1, stream)));
  }
  CHECK(group_by_orbit(prints) == expected);
  CHECK(group_by_orbit({}).empty());
}

}  // namespace
}  // namespace saddlescope
