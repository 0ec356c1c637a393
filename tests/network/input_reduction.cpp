// The reductions change no number: value, gradient, Hessian products and spectrum of loss and
// equilibrated energy are those of the unreduced problem, whichever reductions are on.
#include "saddlescope/network/input_reduction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>
#include <doctest/doctest.h>

#include "support/oracles.hpp"
#include "support/random_problem.hpp"
#include "support/temporary_folder.hpp"

#include "saddlescope/base/quad.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope {
namespace {

using test::message_of;
using testing::Problem;
using testing::random_problem;

constexpr ReductionOptions kNone{.compress = false, .input_span = false};
constexpr ReductionOptions kAll[] = {kNone,
                                     {.compress = true, .input_span = false},
                                     {.compress = false, .input_span = true},
                                     {.compress = true, .input_span = true}};

// Few and many samples, inputs that span all and part of their space, dead pixels, skips on hidden
// layers and on layer 1.
std::vector<Problem> problems() {
  std::vector<Problem> out{random_problem({12, 3, 2}, false, 1),     // 7 samples span 7 inputs
                           random_problem({9, 4, 4, 2}, true, 2),    // a skip on layer 2
                           random_problem({4, 4, 2}, true, 3),       // a skip on layer 1
                           random_problem({9, 2}, false, 4),         // one layer
                           random_problem({6, 3, 3, 2}, false, 5),   // many samples, all inputs
                           random_problem({7, 3, 3, 2}, false, 6)};  // many samples, rank 3
  RandomStream stream(9, "samples");
  for (const std::size_t many : {4UL, 5UL}) {
    Dataset& data = out[many].data;
    data.x = stream.normal_matrix(data.x.rows(), 50);
    data.y = stream.normal_matrix(data.y.rows(), 50);
  }
  Matrix& x = out[5].data.x;
  x.row(0).setZero();
  x.row(6).setZero();
  x.row(3) = x.row(1) - 2 * x.row(2);
  x.row(4) = x.row(5);
  return out;
}

template <class T>
std::vector<std::unique_ptr<const Point<T>>> points(const ReducedProblem<T>& problem,
                                                    const VectorOf<T>& theta) {
  std::vector<std::unique_ptr<const Point<T>>> out;
  const VectorOf<T> reduced = problem.reduce(theta);
  out.push_back(mse_loss<T>(problem.architecture(), problem.factor())->at(reduced).point);
  out.push_back(
      equilibrated_energy<T>(problem.architecture(), problem.factor())->at(reduced).point);
  return out;
}

// The second moments are right to a few (N + d) eps relative, and everything is a sum of products
// of them with matrices of norms below about 10 here: constant 1000, as seen by its scale (the
// Hessian's magnitude, which bounds its terms before they cancel).
template <class T>
void check_same_numbers(const Problem& problem, const VectorOf<T>& theta) {
  using std::abs;
  const ReducedProblem<T> whole(problem.architecture, problem.data, kNone);
  const auto expected = points<T>(whole, theta);
  const MatrixOf<T> V =
      RandomStream(3, "directions").normal_matrix(theta.size(), 3).template cast<T>();
  for (const ReductionOptions& options : kAll) {
    CAPTURE(options.compress);
    CAPTURE(options.input_span);
    const ReducedProblem<T> reduced(problem.architecture, problem.data, options);
    const auto got = points<T>(reduced, theta);
    for (std::size_t k = 0; k < got.size(); ++k) {
      const T tolerance = T(1000 * std::max(1.0, expected[k]->hessian_magnitude())) *
                          std::numeric_limits<T>::epsilon();
      CHECK(abs(got[k]->value() - expected[k]->value()) <= tolerance);
      CHECK((reduced.lift(got[k]->gradient()) - expected[k]->gradient()).norm() <= tolerance);
      MatrixOf<T> HV(V.rows(), V.cols());
      expected[k]->hessian_times(V, HV);
      const MatrixOf<T> U = reduced.reduce(V);
      MatrixOf<T> HU(U.rows(), U.cols());
      got[k]->hessian_times(U, HU);
      CHECK((reduced.lift(HU) - HV).norm() <= tolerance * V.norm());
    }
  }
}

TEST_CASE("value and gradient and Hessian products do not depend on the reductions") {
  for (const Problem& problem : problems()) {
    check_same_numbers<double>(problem, problem.theta);
    check_same_numbers<double>(problem, Vector::Zero(problem.theta.size()));
    check_same_numbers<double>(problem, 1e-8 * problem.theta);
  }
}

TEST_CASE("the reductions hold to quad rounding in quad") {
  for (const Problem& problem : problems())
    check_same_numbers<Quad>(problem, problem.theta.cast<Quad>());
}

TEST_CASE("the Hessian's spectrum is the reduced one and the removed zeros") {
  for (const Problem& problem : problems()) {
    const Index p = problem.theta.size();
    const ReducedProblem<double> whole(problem.architecture, problem.data, kNone);
    const auto expected = points<double>(whole, problem.theta);
    for (const ReductionOptions& options : kAll) {
      const ReducedProblem<double> reduced(problem.architecture, problem.data, options);
      const auto got = points<double>(reduced, problem.theta);
      for (std::size_t k = 0; k < got.size(); ++k) {
        const Eigen::SelfAdjointEigenSolver<Matrix> all(expected[k]->hessian(),
                                                        Eigen::EigenvaluesOnly);
        const Eigen::SelfAdjointEigenSolver<Matrix> few(got[k]->hessian(), Eigen::EigenvaluesOnly);
        Vector values(p);
        values << few.eigenvalues(), Vector::Zero(reduced.n_removed());
        std::sort(values.begin(), values.end());
        // The eigen-solver adds p eps |H| to the Hessian's own rounding.
        const double tolerance =
            1000 * expected[k]->hessian_magnitude() * std::numeric_limits<double>::epsilon();
        CHECK((values - all.eigenvalues()).cwiseAbs().maxCoeff() <= tolerance);
      }
    }
  }
}

TEST_CASE("the reductions leave the stated inputs and columns") {
  const auto sizes = [](const Problem& problem, const ReductionOptions& options) {
    const ReducedProblem<double> reduced(problem.architecture, problem.data, options);
    CHECK(reduced.full() == problem.architecture);
    CHECK(reduced.factor().x.rows() == reduced.architecture().input());
    CHECK(reduced.n_removed() == problem.architecture.rows(0) * (problem.architecture.input() -
                                                                 reduced.architecture().input()));
    return std::pair(reduced.architecture().input(), reduced.factor().x.cols());
  };
  using Sizes = std::pair<Index, Index>;
  const std::vector<Problem> all = problems();
  CHECK(sizes(all[0], kAll[3]) == Sizes(7, 7));   // 12 inputs, 7 samples
  CHECK(sizes(all[2], kAll[3]) == Sizes(4, 6));   // a skip keeps the inputs; 7 samples, 4 + 2 rows
  CHECK(sizes(all[4], kAll[3]) == Sizes(6, 8));   // all inputs are needed
  CHECK(sizes(all[5], kAll[0]) == Sizes(7, 50));  // nothing
  CHECK(sizes(all[5], kAll[1]) == Sizes(7, 9));   // d_x + d_y columns
  CHECK(sizes(all[5], kAll[2]) == Sizes(3, 50));  // 3 independent inputs
  CHECK(sizes(all[5], kAll[3]) == Sizes(3, 5));   // r + d_y columns
}

TEST_CASE("reduction undoes lifting and lifting is an isometry") {
  RandomStream stream(4, "directions");
  for (const Problem& problem : problems())
    for (const ReductionOptions& options : kAll) {
      const ReducedProblem<double> reduced(problem.architecture, problem.data, options);
      const Matrix U = stream.normal_matrix(reduced.architecture().n_parameters(), 4);
      const Matrix V = reduced.lift(U);
      // Products with Q of at most 12 rows, orthonormal to a few 12 eps.
      const double tolerance = 10 * 12 * std::numeric_limits<double>::epsilon() * U.norm();
      CHECK(V.rows() == problem.architecture.n_parameters());
      CHECK((reduced.reduce(V) - U).norm() <= tolerance);
      CHECK((V.transpose() * V - U.transpose() * U).norm() <= tolerance * U.norm());
    }
}

TEST_CASE("inputs that are all zero leave a network with one input") {
  Problem problem = random_problem({5, 3, 2}, false, 7);
  problem.data.x.setZero();
  const ReducedProblem<double> reduced(problem.architecture, problem.data, {});
  CHECK(reduced.architecture().input() == 1);
  CHECK(reduced.n_removed() == 3 * 4);
  check_same_numbers<double>(problem, problem.theta);
}

TEST_CASE("data that do not fit the network are refused with their name") {
  const auto message = [](auto&& break_it) {
    Problem problem = random_problem({5, 3, 2}, false, 8);
    break_it(problem);
    return message_of<std::invalid_argument>(
        [&] { const ReducedProblem<double> reduced(problem.architecture, problem.data, {}); });
  };
  CHECK(message([](Problem& p) { p.data.x = Matrix::Zero(4, 7); }) ==
        "inputs of Gaussian: expected d_x = n_0 = 5 rows, got 4");
  CHECK(message([](Problem& p) { p.data.y = Matrix::Zero(3, 7); }) ==
        "targets of Gaussian: expected d_y = n_L = 2 rows, got 3");
  CHECK(message([](Problem& p) { p.architecture.precisions[1] = 0; }) ==
        "precision pi_2: expected a finite number > 0, got 0");

  const Problem problem = random_problem({12, 3, 2}, false, 1);
  const ReducedProblem<double> reduced(problem.architecture, problem.data, {});
  CHECK(message_of<std::invalid_argument>([&] { (void)reduced.reduce(Matrix::Zero(27, 1)); }) ==
        "parameters to reduce: expected 42 rows, got 27");
  CHECK(message_of<std::invalid_argument>([&] { (void)reduced.lift(Matrix::Zero(42, 1)); }) ==
        "reduced parameters to lift: expected 27 rows, got 42");
}

}  // namespace
}  // namespace saddlescope
