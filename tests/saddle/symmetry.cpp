// The orbit of the layer-wise linear group: tangents, actions, and the zero modes it explains.
#include "saddlescope/saddle/symmetry.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "support/oracles.hpp"
#include "support/random_problem.hpp"

#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/saddle/constructions.hpp"

namespace saddlescope {
namespace {

using testing::Problem;
using testing::random_problem;
using testing::random_problems;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr LinearObjective kBoth[] = {LinearObjective::kMse, LinearObjective::kEnergy};

std::unique_ptr<const Point<double>> point_at(LinearObjective kind, const Problem& p,
                                              const Vector& theta) {
  const auto data = data_factor<double>(p.data);
  return (kind == LinearObjective::kMse ? mse_loss<double>(p.architecture, data)
                                        : equilibrated_energy<double>(p.architecture, data))
      ->at(theta)
      .point;
}

Problem realisable(std::vector<Index> widths, bool skips, std::uint64_t seed) {
  Problem p = random_problem(std::move(widths), skips, seed);
  RandomStream stream(seed, "teacher");
  p.data.x = stream.normal_matrix(p.architecture.input(), 20);
  p.data.y = stream.normal_matrix(p.architecture.output(), p.architecture.input()) * p.data.x;
  return p;
}

Vector rank_r_point(const Problem& p, std::vector<Index> subset, bool random_rows,
                    std::uint64_t seed) {
  RankROptions options;
  options.singular_subset = std::move(subset);
  options.random_rows = random_rows;
  RandomStream stream(seed, "completion");
  return rank_r(p.architecture, second_moments(p.data), options, stream);
}

// One matrix per hidden layer with singular values in [1/2, 2].
std::vector<Matrix> group_element(const Architecture& net, RandomStream& stream, bool orthogonal) {
  std::vector<Matrix> M;
  for (Index l = 0; l + 1 < net.depth(); ++l) {
    const Index n = net.rows(l);
    Vector s = Vector::Ones(n);
    if (!orthogonal)
      for (double& x : s) x = stream.uniform(0.5, 2);
    M.emplace_back(stream.orthogonal_matrix(n, n) * s.asDiagonal() *
                   stream.orthogonal_matrix(n, n));
  }
  return M;
}

// The entries of M_1, M_2, .. one after the other, as the columns of symmetry_directions() expect.
Vector concatenate(const std::vector<Matrix>& M) {
  Vector out(0);
  for (const Matrix& X : M) {
    out.conservativeResize(out.size() + X.size());
    out.tail(X.size()) = X.reshaped();
  }
  return out;
}

// The inertia with the error of the eigenvalues of the computed Hessian as threshold.
Inertia inertia_of(const Point<double>& point) {
  const Vector values = symmetric_eigenvalues(point.hessian());
  const double solver = eigenvalue_error_bound(values.size(), values.cwiseAbs().maxCoeff());
  return inertia_from_eigenvalues(values, solver + point.hessian_error_bound());
}

struct Nullities {
  Index nullity, symmetry, excess;
  friend bool operator==(const Nullities&, const Nullities&) = default;
};

Nullities nullities(LinearObjective kind, const Problem& p, const Vector& theta) {
  const SymmetrySpace space = symmetry_space(p.architecture, theta);
  const auto point = point_at(kind, p, theta);
  const NullityReport report = split_nullity(*point, inertia_of(*point), space);
  REQUIRE_MESSAGE(report.summary.ok(), report.summary.message);
  // By products and by the dense matrix: both round as the tolerance allows.
  const NullityReport dense =
      split_nullity(point->hessian(), point->hessian_error_bound(), inertia_of(*point), space);
  CHECK(dense.summary.ok());
  CHECK(dense.excess == report.excess);
  CHECK(std::abs(dense.residual - report.residual) <= report.tolerance);
  return {report.nullity, report.symmetry, report.excess};
}

// (I + h X) theta differs from exp(h X) theta by terms even in h, which a central difference
// removes: its error against G x is of order h^2.
TEST_CASE("the directions are the derivative of the group action") {
  for (const Problem& p : random_problems()) {
    const Architecture& net = p.architecture;
    RandomStream stream(41, "generators");
    std::vector<Matrix> X;
    for (Index l = 0; l + 1 < net.depth(); ++l)
      X.push_back(stream.normal_matrix(net.rows(l), net.rows(l)));
    const Matrix G = symmetry_directions(net, p.theta);
    CHECK(G.rows() == net.n_parameters());
    CHECK(G.cols() == symmetry_dimension(net));
    const Vector expected = G * concatenate(X);
    const auto moved = [&](double h) {
      std::vector<Matrix> M;
      M.reserve(X.size());
      for (const Matrix& Y : X) M.emplace_back(Matrix::Identity(Y.rows(), Y.cols()) + h * Y);
      return act(net, p.theta, M);
    };
    const auto error = [&](double h) {
      return ((moved(h) - moved(-h)) / (2 * h) - expected).norm();
    };
    if (X.empty()) {
      CHECK(expected.norm() == 0);
      continue;
    }
    CHECK(error(1e-3) <= 1e-2 * (1 + expected.norm()));
    CHECK(error(1e-3) / error(5e-4) >= 3.9);
  }
}

TEST_CASE("the action is that of a group") {
  for (const Problem& p : random_problems()) {
    RandomStream stream(42, "group");
    const Architecture& net = p.architecture;
    const std::vector<Matrix> M = group_element(net, stream, false);
    const std::vector<Matrix> N = group_element(net, stream, false);
    std::vector<Matrix> MN;
    std::vector<Matrix> identity;
    for (std::size_t l = 0; l < M.size(); ++l) {
      MN.emplace_back(M[l] * N[l]);
      identity.emplace_back(Matrix::Identity(M[l].rows(), M[l].cols()));
    }
    // Conditions of at most 4 twice; |W| and I/a of order sqrt(p).
    const double size = p.theta.norm() + 10;
    CHECK((act(net, act(net, p.theta, N), M) - act(net, p.theta, MN)).norm() <= 1e3 * kEps * size);
    CHECK((act(net, p.theta, identity) - p.theta).norm() <= 10 * kEps * size);
  }
}

TEST_CASE("the loss is invariant under the group and the energy under orthogonal elements only") {
  for (const Problem& p : random_problems()) {
    RandomStream stream(43, "group");
    const Architecture& net = p.architecture;
    const Vector any = act(net, p.theta, group_element(net, stream, false));
    const Vector orthogonal = act(net, p.theta, group_element(net, stream, true));
    const double loss = point_at(LinearObjective::kMse, p, p.theta)->value();
    const double energy = point_at(LinearObjective::kEnergy, p, p.theta)->value();
    const double scale = (1 + p.data.y.squaredNorm()) * (1 + net.lambda());
    const auto value = [&](LinearObjective kind, const Vector& theta) {
      return point_at(kind, p, theta)->value();
    };
    // Products of up to 4 maps of conditions below 4: a few hundred roundings.
    CHECK(std::abs(value(LinearObjective::kMse, any) - loss) <= 1e4 * kEps * scale);
    CHECK(std::abs(value(LinearObjective::kMse, orthogonal) - loss) <= 1e4 * kEps * scale);
    CHECK(std::abs(value(LinearObjective::kEnergy, orthogonal) - energy) <= 1e4 * kEps * scale);
    if (net.depth() >= 2)
      CHECK(std::abs(value(LinearObjective::kEnergy, any) - energy) > 1e-6 * energy);
  }
}

// Differentiating the invariances: G' grad = 0 for the loss, and for F* along skew generators.
TEST_CASE("gradients are orthogonal to the orbits that leave the value") {
  for (const Problem& p : random_problems()) {
    const Architecture& net = p.architecture;
    if (net.depth() < 2) continue;
    const Matrix G = symmetry_directions(net, p.theta);
    const auto mse = point_at(LinearObjective::kMse, p, p.theta);
    const auto energy = point_at(LinearObjective::kEnergy, p, p.theta);
    CHECK((G.transpose() * mse->gradient()).norm() <=
          G.norm() * (mse->gradient_error_bound() + 100 * kEps * mse->gradient().norm()));
    const Vector slope = G.transpose() * energy->gradient();
    Index begin = 0;
    for (Index l = 0; l + 1 < net.depth(); ++l) {
      const Index n = net.rows(l);
      const Matrix S = slope.segment(begin, n * n).reshaped(n, n);
      CHECK((S - S.transpose()).norm() <=
            2 * G.norm() * (energy->gradient_error_bound() + 100 * kEps * S.norm()));
      CHECK(S.norm() > 1e-6 * energy->gradient().norm());
      begin += n * n;
    }
  }
}

TEST_CASE("the basis is orthonormal and spans the directions") {
  const Problem p = realisable({5, 4, 4, 3}, false, 44);
  for (const Vector& theta : {p.theta, rank_r_point(p, {0, 1}, true, 45)}) {
    const SymmetrySpace space = symmetry_space(p.architecture, theta);
    REQUIRE(space.summary.ok());
    const Matrix G = symmetry_directions(p.architecture, theta);
    const Matrix& T = space.basis;
    REQUIRE(T.cols() == space.rank);
    CHECK((T.transpose() * T - Matrix::Identity(space.rank, space.rank)).norm() <= 1e3 * kEps);
    CHECK((G - T * (T.transpose() * G)).norm() <= 1e3 * kEps * G.norm());
    CHECK(space.gap > 1e9);
  }
  // At a random point the group acts freely: 4^2 + 4^2.
  CHECK(symmetry_space(p.architecture, p.theta).rank == 32);
}

// Random extra rows in A_1 alone, which the zeros of A_2 = diag(1, .., 1, 0, .., 0) kill; then an
// orthogonal element of the group.
Vector with_random_rows_of_the_first_map(const Problem& p, const Vector& unrotated, Index r,
                                         RandomStream& stream) {
  const Architecture& net = p.architecture;
  Vector theta = unrotated;
  weight<double>(net, theta, 0).bottomRows(net.rows(0) - r) =
      stream.normal_matrix(net.rows(0) - r, net.input());
  return act(net, theta, group_element(net, stream, true));
}

TEST_CASE("nullities of rank two points are those of the theory") {
  const Problem plain = realisable({5, 4, 4, 3}, false, 46);
  const Problem residual = realisable({5, 4, 4, 4, 3}, true, 47);
  const auto energy = LinearObjective::kEnergy;
  CHECK(nullities(energy, plain, rank_r_point(plain, {0, 1}, true, 48)) == Nullities{32, 28, 4});
  CHECK(nullities(energy, plain, rank_r_point(plain, {0, 1}, false, 48)) == Nullities{34, 24, 10});
  RankROptions options;
  options.singular_subset = {0, 1};
  options.rotate = false;
  RandomStream stream(49, "completion");
  const Vector start =
      rank_r(residual.architecture, second_moments(residual.data), options, stream);
  CHECK(
      nullities(energy, residual, with_random_rows_of_the_first_map(residual, start, 2, stream)) ==
      Nullities{50, 40, 10});
}

TEST_CASE("symmetry and excess nullity are the reference's at its critical points") {
  int cases = 0;
  for (const testing::OracleCase& c : testing::oracle_cases()) {
    if (!c.symmetry_nullity) continue;
    CAPTURE(c.name);
    ++cases;
    const Problem p = {c.architecture, c.data, c.theta};
    for (const LinearObjective kind : kBoth) {
      const auto& expected = kind == LinearObjective::kMse ? c.mse : c.energy;
      CHECK(nullities(kind, p, c.theta) ==
            Nullities{expected.n_zero, *c.symmetry_nullity, expected.excess_nullity.value()});
    }
  }
  CHECK(cases == 16);
}

TEST_CASE("at critical points the directions are zero modes of both Hessians") {
  for (const bool skips : {false, true})
    for (const bool random_rows : {false, true})
      for (const std::vector<Index>& subset : {std::vector<Index>{}, {1}, {0, 2}, {0, 1, 2}}) {
        const Problem p = realisable({5, 4, 4, 4, 3}, skips, 50);
        const Vector theta = rank_r_point(p, subset, random_rows, 51);
        const Matrix G = symmetry_directions(p.architecture, theta);
        for (const LinearObjective kind : kBoth) {
          const auto point = point_at(kind, p, theta);
          // Of H and of theta, which moves H about as much.
          CHECK((point->hessian() * G).norm() <= 2 * point->hessian_error_bound() * G.norm());
        }
      }
}

// t = 1000 spreads the singular values of G over six orders of magnitude.
TEST_CASE("nullities do not change along the scale of a rank r point") {
  const Problem p = realisable({5, 4, 4, 3}, false, 60);
  for (const double t : {1e-3, 1.0, 30.0, 1e3}) {
    RankROptions options;
    options.singular_subset = {0, 1};
    options.t = t;
    RandomStream stream(61, "completion");
    const Vector theta = rank_r(p.architecture, second_moments(p.data), options, stream);
    const SymmetrySpace space = symmetry_space(p.architecture, theta);
    CHECK(space.summary.ok());
    CHECK(space.rank == 24);
    for (const LinearObjective kind : kBoth) {
      const auto point = point_at(kind, p, theta);
      const NullityReport report = split_nullity(*point, inertia_of(*point), space);
      CHECK(report.residual <= report.tolerance);
      CHECK(report.symmetry == 24);
    }
  }
}

TEST_CASE("at random points no direction is a zero mode of the energy and the split is refused") {
  for (const Problem& p : random_problems()) {
    if (p.architecture.depth() < 2) continue;
    const auto point = point_at(LinearObjective::kEnergy, p, p.theta);
    const Matrix G = symmetry_directions(p.architecture, p.theta);
    const Matrix HG = point->hessian() * G;
    for (Index k = 0; k < G.cols(); ++k)
      CHECK(HG.col(k).norm() > 1e6 * point->hessian_error_bound() * G.col(k).norm());
    const NullityReport report =
        split_nullity(*point, inertia_of(*point), symmetry_space(p.architecture, p.theta));
    CHECK(report.summary.status == Status::kUndecided);
    CHECK(report.summary.message.find("not a critical point") != std::string::npos);
  }
}

TEST_CASE("the whole orbit of a critical point is critical with the same values") {
  for (const bool skips : {false, true}) {
    const Problem p = realisable({5, 4, 4, 4, 3}, skips, 52);
    const Vector theta = rank_r_point(p, {0, 2}, true, 53);
    RandomStream stream(54, "group");
    for (int element = 0; element < 5; ++element) {
      const Vector moved = act(p.architecture, theta, group_element(p.architecture, stream, false));
      CHECK((moved - theta).norm() > 0.1);
      for (const LinearObjective kind : kBoth) {
        const auto before = point_at(kind, p, theta);
        const auto after = point_at(kind, p, moved);
        // theta holds roundings of the action, of conditions below 4 in every layer.
        CHECK(after->gradient().norm() <= 4 * after->gradient_error_bound());
        CHECK(std::abs(after->value() - before->value()) <= 1e4 * kEps * before->value());
        CHECK(nullities(kind, p, moved).symmetry == nullities(kind, p, theta).symmetry);
      }
    }
  }
}

TEST_CASE("a rank that rounding could change is undecided") {
  const Architecture net = {{1, 1, 1}, {1, 1}, {0, 0}, {1, 1}};
  const auto space = [&](double w, double error) {
    return symmetry_space(net, Vector{{w, 0.0}}, error);
  };
  CHECK(space(1, 0).rank == 1);
  CHECK(space(1, 0).summary.ok());
  CHECK(space(0, 0).rank == 0);
  CHECK(space(0, 0).summary.ok());
  // Known to 1e-8 only, a weight of 1e-9 may be 0, and one of 1e-6 may not.
  CHECK(space(1e-9, 1e-8).rank == 0);
  CHECK(space(1e-6, 1e-8).rank == 1);
  CHECK(space(1e-6, 1e-8).summary.ok());
  // W_1 = diag(1, delta), W_2 = 0: two singular values are 1 and two are delta. 1e-13 could be
  // rounding, 1e-9 could not.
  const Architecture wide = {{2, 2, 2}, {1, 1}, {0, 0}, {1, 1}};
  const auto second = [&](double delta) {
    return symmetry_space(wide, Vector{{1.0, 0.0, 0.0, delta, 0.0, 0.0, 0.0, 0.0}});
  };
  CHECK(second(0).rank == 2);
  CHECK(second(0).summary.ok());
  CHECK(second(1e-17).rank == 2);
  CHECK(second(1e-13).rank == 4);
  CHECK(second(1e-13).summary.status == Status::kUndecided);
  CHECK(second(1e-9).rank == 4);
  CHECK(second(1e-9).summary.ok());
  CHECK(second(1e-9).gap == std::numeric_limits<double>::infinity());
  CHECK(second(0).gap == std::numeric_limits<double>::infinity());
}

TEST_CASE("a nullity below the orbit's dimension is undecided") {
  const Problem p = realisable({5, 4, 4, 3}, false, 55);
  const Vector theta = rank_r_point(p, {0, 1}, true, 56);
  const auto point = point_at(LinearObjective::kEnergy, p, theta);
  const SymmetrySpace space = symmetry_space(p.architecture, theta);
  Inertia inertia = inertia_of(*point);
  CHECK(split_nullity(*point, inertia, space).summary.ok());
  inertia.n_zero = space.rank - 1;
  CHECK(split_nullity(*point, inertia, space).summary.status == Status::kUndecided);
  inertia.n_zero = -1;
  CHECK(split_nullity(*point, inertia, space).summary.status == Status::kUndecided);
}

TEST_CASE("group elements of wrong shape or without inverse and zero scales are refused") {
  const Problem p = random_problem({3, 2, 4, 2}, false, 57);
  const auto apply = [&](const std::vector<Matrix>& M) {
    static_cast<void>(act(p.architecture, p.theta, M));
  };
  const Matrix two = Matrix::Identity(2, 2);
  const Matrix four = Matrix::Identity(4, 4);
  CHECK_NOTHROW(apply({two, four}));
  CHECK_THROWS_WITH_AS(apply({two}), doctest::Contains("expected 2 matrices"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(apply({two, two}), doctest::Contains("M_2: expected 4 x 4, got 2 x 2"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(apply({Matrix::Ones(2, 2), four}), doctest::Contains("invertible"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(apply({Matrix::Zero(2, 2), four}), doctest::Contains("invertible"),
                       std::invalid_argument);
  CHECK_THROWS_AS(apply({std::numeric_limits<double>::quiet_NaN() * two, four}),
                  std::invalid_argument);
  Architecture zero = p.architecture;
  zero.scales[1] = 0;
  CHECK_THROWS_WITH_AS(static_cast<void>(symmetry_directions(zero, p.theta)),
                       doctest::Contains("scale a_2"), std::invalid_argument);
}

TEST_CASE("one layer has no symmetry and a point that is not finite is said to be so") {
  const Problem p = random_problem({4, 3}, false, 58);
  const SymmetrySpace space = symmetry_space(p.architecture, p.theta);
  CHECK(space.summary.ok());
  CHECK(space.rank == 0);
  CHECK(space.basis.rows() == 12);
  Problem deep = random_problem({3, 2, 2}, false, 59);
  deep.theta[1] = std::numeric_limits<double>::infinity();
  CHECK(symmetry_space(deep.architecture, deep.theta).summary.status == Status::kNotFinite);
}

}  // namespace
}  // namespace saddlescope
