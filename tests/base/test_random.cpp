// Random streams: reproducible, independent by purpose, and of the distributions they name.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <Eigen/Dense>
#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"

namespace saddlescope {
namespace {

TEST_CASE("equal seed and purpose give equal numbers") {
  RandomStream a(7, "weights");
  RandomStream b(7, "weights");
  CHECK(a.normal_matrix(5, 4) == b.normal_matrix(5, 4));
  CHECK(a.uniform(-1, 1) == b.uniform(-1, 1));
  CHECK(a.sample(20, 6) == b.sample(20, 6));
  CHECK(a.orthogonal_matrix(6, 3) == b.orthogonal_matrix(6, 3));
}

// Correlation of two independent samples of n pairs has standard deviation 1/sqrt(n); five of them.
TEST_CASE("other seeds and other purposes give uncorrelated numbers") {
  const Index n = 10'000;
  const Vector base = RandomStream(7, "weights").normal_matrix(n, 1);
  const std::uint64_t high_word = std::uint64_t{7} | (std::uint64_t{1} << 32U);
  for (RandomStream other : {RandomStream(7, "data"), RandomStream(7, "weight"),
                             RandomStream(8, "weights"), RandomStream(high_word, "weights")}) {
    const Vector drawn = other.normal_matrix(n, 1);
    CHECK(std::abs(base.dot(drawn)) / (base.norm() * drawn.norm()) < 5 / std::sqrt(double(n)));
  }
}

// Written down on x86-64 with g++ 12, clang 14 and Boost 1.74. They pin the whole path from the
// seed to a number: neither another standard library nor another compiler may change them.
TEST_CASE("the first numbers of a fixed seed stay what they are") {
  RandomStream stream(1, "pinned");
  CHECK(stream.uniform(0, 1) == 0.10967159241959087);
  CHECK(stream.uniform(0, 1) == 0.71315467240237518);
  CHECK(stream.normal() == 0.68345640917485362);
  CHECK(stream.normal() == 0.17771487056737978);
  CHECK(stream.index(1'000'000) == 259'668);
  CHECK(stream.sample(10, 4) == std::vector<Index>{1, 6, 0, 7});
}

// Sampling errors over n draws: of the mean sigma/sqrt(n); of the variance sigma^2 sqrt((k - 1)/n)
// with the kurtosis k = 9/5 (uniform), 3 (normal). Five of each.
TEST_CASE("uniform and normal numbers have their mean and variance") {
  const Index n = 100'000;
  RandomStream stream(3, "moments");
  Vector u(n);
  for (Index i = 0; i < n; ++i) u[i] = stream.uniform(-2, 4);
  CHECK(u.minCoeff() >= -2);
  CHECK(u.maxCoeff() < 4);
  const double root_n = std::sqrt(double(n));
  CHECK(std::abs(u.mean() - 1) < 5 * std::sqrt(3.0) / root_n);
  CHECK(std::abs((u.array() - 1).square().mean() - 3) < 5 * 3 * std::sqrt(0.8) / root_n);
  const Matrix z = stream.normal_matrix(n / 100, 100);
  CHECK(std::abs(z.mean()) < 5 / root_n);
  CHECK(std::abs(z.array().square().mean() - 1) < 5 * std::sqrt(2.0) / root_n);
  // Fourth moment 3, variance of z^4 is 105 - 9.
  CHECK(std::abs(z.array().pow(4).mean() - 3) < 5 * std::sqrt(96.0) / root_n);
}

TEST_CASE("matrices are filled column by column") {
  RandomStream a(5, "fill");
  RandomStream b(5, "fill");
  const Matrix M = a.normal_matrix(3, 2);
  for (Index j = 0; j < 2; ++j)
    for (Index i = 0; i < 3; ++i) CHECK(M(i, j) == b.normal());
}

// Householder QR: |Q'Q - I| is a small multiple of max(rows, cols) eps.
TEST_CASE("orthogonal matrices are orthonormal on their shorter side") {
  RandomStream stream(11, "orthogonal");
  const auto tolerance = 20 * 12 * std::numeric_limits<double>::epsilon();
  for (const auto& shape :
       std::vector<std::pair<Index, Index>>{{12, 5}, {5, 12}, {8, 8}, {1, 1}, {1, 6}}) {
    const Index rows = shape.first;
    const Index cols = shape.second;
    CAPTURE(rows);
    CAPTURE(cols);
    const Matrix Q = stream.orthogonal_matrix(rows, cols);
    REQUIRE(Q.rows() == rows);
    REQUIRE(Q.cols() == cols);
    const Index k = std::min(rows, cols);
    const Matrix gram = rows >= cols ? Matrix(Q.transpose() * Q) : Matrix(Q * Q.transpose());
    CHECK((gram - Matrix::Identity(k, k)).norm() < tolerance);
  }
}

// Under the Haar measure on O(n) an entry has mean 0 and variance 1/n, and the trace has mean 0 and
// variance 1. Without the signs of diag(R) the diagonal would be biased.
TEST_CASE("orthogonal matrices have the moments of the Haar measure") {
  RandomStream stream(12, "haar");
  const int draws = 4000;
  double trace = 0;
  double trace_squared = 0;
  for (int i = 0; i < draws; ++i) {
    const double t = stream.orthogonal_matrix(4, 4).trace();
    trace += t / draws;
    trace_squared += t * t / draws;
  }
  CHECK(std::abs(trace) < 5 / std::sqrt(double(draws)));
  // The fourth moment of the trace is 3 for n >= 4, so its square has variance 2.
  CHECK(std::abs(trace_squared - 1) < 5 * std::sqrt(2.0 / draws));
}

TEST_CASE("a sample holds distinct indices and a shorter one is its prefix") {
  const auto drawn = RandomStream(2, "subset").sample(50, 50);
  CHECK(std::set<Index>(drawn.begin(), drawn.end()).size() == 50);
  CHECK(*std::min_element(drawn.begin(), drawn.end()) == 0);
  CHECK(*std::max_element(drawn.begin(), drawn.end()) == 49);
  const auto shorter = RandomStream(2, "subset").sample(50, 8);
  CHECK(std::equal(shorter.begin(), shorter.end(), drawn.begin()));
  CHECK(RandomStream(2, "subset").sample(3, 0).empty());
}

// Each of n indices is drawn k/n of the time: counts are binomial, five standard deviations.
TEST_CASE("every index is drawn equally often") {
  RandomStream stream(4, "frequency");
  const int draws = 20'000;
  Vector counts = Vector::Zero(8);
  for (int i = 0; i < draws; ++i)
    for (const Index j : stream.sample(8, 2)) counts[j] += 1;
  const double p = 2.0 / 8;
  CHECK((counts.array() - draws * p).abs().maxCoeff() < 5 * std::sqrt(draws * p * (1 - p)));
}

TEST_CASE("an empty interval gives its point and bad bounds are refused") {
  RandomStream stream(6, "bounds");
  CHECK(stream.uniform(0.5, 0.5) == 0.5);
  CHECK(stream.uniform(-0.0, 0.0) == 0);
  CHECK_THROWS_WITH_AS(stream.uniform(1, -1),
                       "random uniform: expected finite bounds low <= high, got [1, -1)",
                       std::invalid_argument);
  CHECK_THROWS_AS(stream.uniform(0, std::numeric_limits<double>::infinity()),
                  std::invalid_argument);
  CHECK_THROWS_WITH_AS(stream.index(0), "random index: expected n >= 1, got 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(stream.sample(3, 4), "random sample: expected 0 <= k <= 3, got 4",
                       std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
