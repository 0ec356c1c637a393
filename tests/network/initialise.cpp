// The distributions of the initial weights.
#include "saddlescope/network/initialise.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/temporary_folder.hpp"

namespace saddlescope {
namespace {

using test::message_of;

constexpr double kEps = std::numeric_limits<double>::epsilon();
constexpr Initialisation kAll[] = {Initialisation::kUniform, Initialisation::kNormal,
                                   Initialisation::kOrthogonal, Initialisation::kZero};

Vector draw(const Architecture& net, const InitialiseOptions& options, std::uint64_t seed) {
  RandomStream stream(seed, "weights");
  return initialise(net, options, stream);
}

Architecture plain(const std::vector<Index>& widths) {
  return make_architecture({.widths = widths});
}

// The mean square of n iid entries of variance v and kurtosis k scatters by v sqrt((k - 1)/n);
// five such deviations, and v/sqrt(n) five times for the mean.
void check_moments(const Eigen::Ref<const Vector>& entries, double variance, double kurtosis) {
  const auto n = static_cast<double>(entries.size());
  CHECK(std::abs(entries.squaredNorm() / n - variance) <=
        5 * variance * std::sqrt((kurtosis - 1) / n));
  CHECK(std::abs(entries.mean()) <= 5 * std::sqrt(variance / n));
}

// With the same stream, weights without biases are drawn before and after alike.
TEST_CASE("biases are uniform as their layer's weights under SP and zero elsewhere") {
  Architecture net = plain({40, 3000, 2});
  net.biases = true;
  const Vector theta = draw(net, {Initialisation::kUniform, 0.5}, 4);
  const double s = 0.5 / std::sqrt(40.0);
  const Vector b = bias(net, theta, 0);
  CHECK(b.cwiseAbs().maxCoeff() <= s);
  check_moments(b, s * s / 3, 1.8);
  CHECK(bias(net, theta, 1).cwiseAbs().minCoeff() > 0);
  Architecture without = net;
  without.biases = false;
  CHECK(weight(net, theta, 0) ==
        weight(without, draw(without, {Initialisation::kUniform, 0.5}, 4), 0));
  for (const Initialisation kind : {Initialisation::kNormal, Initialisation::kOrthogonal})
    CHECK(bias(net, draw(net, {kind, 0.5}, 4), 1).isZero(0));
  CHECK(bias(net, draw(net, {Initialisation::kUniform, 0.5, Parameterisation::kNtp}, 4), 1)
            .isZero(0));
}

TEST_CASE("normal weights have variance 1 over fan-in under SP and 1 under NTP and muPC") {
  const Architecture net = plain({50, 120, 80});
  for (const double sigma : {1.0, 0.3}) {
    for (const auto kind :
         {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc}) {
      const Vector theta =
          draw(net, {.kind = Initialisation::kNormal, .sigma = sigma, .parameterisation = kind}, 1);
      const bool sp = kind == Parameterisation::kSp;
      check_moments(theta.head(6000), sigma * sigma / (sp ? 50 : 1), 3);
      check_moments(theta.tail(9600), sigma * sigma / (sp ? 120 : 1), 3);
    }
  }
}

TEST_CASE("uniform weights fill plus and minus sigma over the root of fan-in") {
  const Architecture net = plain({50, 120, 80});
  const double sigma = 0.7;
  const Vector theta = draw(net, {.sigma = sigma}, 2);
  for (Index l = 0; l < 2; ++l) {
    const double s = sigma / std::sqrt(static_cast<double>(net.cols(l)));
    const Vector entries = weight(net, theta, l).reshaped();
    check_moments(entries, s * s / 3, 9.0 / 5);
    CHECK(entries.maxCoeff() <= s);
    CHECK(entries.minCoeff() >= -s);
    // The largest of n misses s by s/n on average in each tail; 20 times that has odds e^-10.
    const auto n = static_cast<double>(entries.size());
    CHECK(entries.maxCoeff() >= s * (1 - 20 / n));
    CHECK(entries.minCoeff() <= -s * (1 - 20 / n));
  }
}

TEST_CASE("orthogonal weights have orthonormal rows or columns times sigma") {
  const Architecture net = plain({7, 12, 12, 3});
  const double sigma = 1.05;
  const Vector theta = draw(net, {.kind = Initialisation::kOrthogonal, .sigma = sigma}, 3);
  for (Index l = 0; l < net.depth(); ++l) {
    const Matrix W = weight(net, theta, l);
    const Matrix tall = W.rows() >= W.cols() ? W : Matrix(W.transpose());
    const Matrix gram = tall.transpose() * tall;
    const Matrix identity = Matrix::Identity(gram.rows(), gram.cols());
    // Householder products are orthogonal to a small multiple of n eps.
    CHECK((gram / (sigma * sigma) - identity).norm() <= 10 * 12 * kEps);
  }
}

TEST_CASE("the entry variances are those of the draws under every parameterisation") {
  const Architecture net = plain({50, 120, 80});
  const double sigma = 0.7;
  for (const auto parameterisation :
       {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc}) {
    for (const Initialisation kind :
         {Initialisation::kUniform, Initialisation::kNormal, Initialisation::kZero}) {
      const InitialiseOptions options{kind, sigma, parameterisation};
      const auto variances = entry_variances(net, options);
      REQUIRE(variances.has_value());
      const Vector theta = draw(net, options, 8);
      const double kurtosis = kind == Initialisation::kUniform ? 9.0 / 5 : 3;
      for (Index l = 0; l < 2; ++l)
        check_moments(weight(net, theta, l).reshaped(), variances->at(static_cast<std::size_t>(l)),
                      kurtosis);
    }
    CHECK(!entry_variances(net, {Initialisation::kOrthogonal, sigma, parameterisation}));
  }
}

// The squares of the entries of an m x n matrix with orthonormal columns add up to n.
TEST_CASE("orthogonal weights have entries of mean square sigma^2 under NTP and muPC") {
  const Architecture net = plain({7, 12, 12, 3});
  for (const auto parameterisation : {Parameterisation::kNtp, Parameterisation::kMupc}) {
    const Vector theta = draw(net, {Initialisation::kOrthogonal, 1.05, parameterisation}, 3);
    for (Index l = 0; l < net.depth(); ++l) {
      const Matrix W = weight(net, theta, l);
      const double mean_square = W.squaredNorm() / static_cast<double>(W.size());
      CHECK(std::abs(mean_square / (1.05 * 1.05) - 1) <= 10 * 12 * kEps);
    }
  }
}

TEST_CASE("zero weights are the origin") {
  const Vector theta = draw(plain({4, 3, 2}), {.kind = Initialisation::kZero}, 4);
  CHECK(theta == Vector::Zero(18));
}

TEST_CASE("sigma scales the same draw and the seed decides it") {
  const Architecture net = plain({4, 6, 6, 2});
  for (const Initialisation kind : kAll) {
    const Vector once = draw(net, {.kind = kind}, 5);
    CHECK(draw(net, {.kind = kind}, 5) == once);
    CHECK(draw(net, {.kind = kind, .sigma = 2}, 5) == 2 * once);  // exact: a power of two
    CHECK(draw(net, {.kind = kind, .sigma = 0}, 5) == Vector::Zero(once.size()));
    CHECK((draw(net, {.kind = kind}, 6) == once) == (kind == Initialisation::kZero));
  }
}

TEST_CASE("layers are drawn in order so that a later layer never changes an earlier one") {
  const Architecture shallow = plain({4, 6, 2});
  const Architecture deep = plain({4, 6, 5, 2});
  for (const Initialisation kind : kAll)
    CHECK(draw(shallow, {.kind = kind}, 7).head(24) == draw(deep, {.kind = kind}, 7).head(24));
}

TEST_CASE("initial scales and names out of range are refused") {
  const Architecture net = plain({2, 2});
  CHECK(message_of<std::invalid_argument>([&] { (void)draw(net, {.sigma = -1}, 1); }) ==
        "init scale sigma: expected a finite number >= 0, got -1");
  CHECK(message_of<std::invalid_argument>([] { (void)parse_initialisation("gaussian"); }) ==
        "initialisation: expected uniform, normal, orthogonal or zero, got 'gaussian'");
  for (const Initialisation kind : kAll) CHECK(parse_initialisation(name(kind)) == kind);
}

}  // namespace
}  // namespace saddlescope
