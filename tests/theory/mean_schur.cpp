// The mean of S against closed forms, an exhaustive average over signs, and random draws.
#include "saddlescope/theory/mean_schur.hpp"

#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/hessian/descent_directions.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

ArchitectureOptions mupc(Index width, Index depth, bool skips, double gamma) {
  ArchitectureOptions options;
  options.widths.assign(static_cast<std::size_t>(depth + 1), width);
  options.widths.front() = 5;
  options.widths.back() = 3;
  options.parameterisation = Parameterisation::kMupc;
  options.skips = skips;
  options.gamma = gamma;
  return options;
}

double excess(const ArchitectureOptions& options) {
  const Architecture net = make_architecture(options);
  return mean_schur_excess(net, std::vector<double>(net.scales.size(), 1.0));
}

TEST_CASE("muPC has (L-1)/(gamma^2 n) without skips and the compound formula with them") {
  for (const double gamma : {1.0, 2.0}) {
    for (const Index n : {4, 64, 256}) {
      for (const Index L : {1, 2, 3, 9, 33}) {
        const auto l = static_cast<double>(L);
        const double unit = 1 / (gamma * gamma * static_cast<double>(n));
        const double tolerance = 10 * l * kEps;
        CHECK(std::abs(excess(mupc(n, L, false, gamma)) - (l - 1) * unit) <= tolerance * l * unit);
        const double with = l * unit * (std::pow(1 + 1 / l, l - 1) - 1);
        CHECK(std::abs(excess(mupc(n, L, true, gamma)) - with) <= tolerance * 2 * l * unit);
      }
    }
  }
}

// Values computed independently for (n, L) = (64, 4), (64, 16), (256, 8), six digits.
TEST_CASE("agrees with the tabulated values") {
  CHECK(excess(mupc(64, 4, false, 1)) == doctest::Approx(0.046875).epsilon(1e-12));
  CHECK(excess(mupc(64, 16, false, 1)) == doctest::Approx(0.234375).epsilon(1e-12));
  CHECK(excess(mupc(256, 8, false, 1)) == doctest::Approx(0.02734375).epsilon(1e-12));
  CHECK(excess(mupc(64, 4, true, 1)) == doctest::Approx(0.059570).epsilon(1e-5));
  CHECK(excess(mupc(64, 16, true, 1)) == doctest::Approx(0.370689).epsilon(1e-5));
  CHECK(excess(mupc(256, 8, true, 1)) == doctest::Approx(0.040022).epsilon(1e-4));
}

// Weights +-sigma_l with all signs: the average over the 2^p sign patterns is the expectation.
TEST_CASE("equals the average over all signs for any precisions, scales, skips and widths") {
  Architecture net;
  net.widths = {1, 2, 2, 3, 1};
  net.scales = {0.7, 1.3, 0.6, 0.9};
  net.skips = {0, 1, 0, 0};
  net.precisions = {0.5, 2, 1.7, 0.8};
  const std::vector<double> variances = {1, 0.4, 1.5, 0.8};
  const Index p = net.n_parameters();
  REQUIRE(p == 15);
  DataFactor<double> data;
  data.x = Matrix::Ones(1, 1);
  data.y = Matrix::Ones(1, 1);
  double sum = 0;
  for (Index pattern = 0; pattern < (Index{1} << p); ++pattern) {
    Vector theta(p);
    Index k = 0;
    for (Index l = 0; l < net.depth(); ++l)
      for (; k < net.offset(l + 1); ++k)
        theta[k] = std::sqrt(variances[static_cast<std::size_t>(l)]) *
                   (((pattern >> k) & 1) != 0 ? 1 : -1);
    sum += DescentDirections(net, data, theta, {false}).schur_excess()(0, 0);
  }
  const double mean = sum / std::ldexp(1.0, static_cast<int>(p));
  // 2^p positive terms: the recursive sum is off by 2^p eps at most.
  CHECK(std::abs(mean_schur_excess(net, variances) - mean) <= std::ldexp(kEps, 15) * mean);
}

// Mean of tr S/d_y over 2,000 draws; 4 standard errors are passed by chance once in 16,000.
TEST_CASE("is the mean over random draws of every initialisation with independent entries") {
  for (const Parameterisation parameterisation :
       {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc}) {
    for (const Initialisation kind : {Initialisation::kUniform, Initialisation::kNormal}) {
      ArchitectureOptions options = mupc(6, 4, true, 1.5);
      options.parameterisation = parameterisation;
      options.lambda = 3;
      const Architecture net = make_architecture(options);
      InitialiseOptions init;
      init.kind = kind;
      init.parameterisation = parameterisation;
      const double expected = mean_schur_excess(net, *entry_variances(net, init));
      RandomStream stream(3, "weights");
      DataFactor<double> data;
      data.x = Matrix::Ones(5, 1);
      data.y = Matrix::Ones(3, 1);
      constexpr int kDraws = 2000;
      double sum = 0, squares = 0;
      for (int k = 0; k < kDraws; ++k) {
        const double one = DescentDirections(net, data, initialise(net, init, stream), {false})
                               .schur_excess()
                               .trace() /
                           3;
        sum += one;
        squares += one * one;
      }
      const double mean = sum / kDraws;
      const double error = std::sqrt((squares / kDraws - mean * mean) / (kDraws - 1));
      CAPTURE(name(parameterisation));
      CHECK(std::abs(mean - expected) <= 4 * error);
    }
  }
}

TEST_CASE("the mean of S is that of linear networks only") {
  Architecture net = make_architecture(mupc(4, 3, false, 1));
  net.activation = Activation::kTanh;
  CHECK_THROWS_AS(static_cast<void>(mean_schur_excess(net, {1, 1, 1})), std::invalid_argument);
}

TEST_CASE("refuses variances that do not fit") {
  const Architecture net = make_architecture(mupc(4, 3, false, 1));
  CHECK_THROWS_AS(static_cast<void>(mean_schur_excess(net, {1, 1})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(mean_schur_excess(net, {1, -1, 1})), std::invalid_argument);
}

}  // namespace
}  // namespace saddlescope
