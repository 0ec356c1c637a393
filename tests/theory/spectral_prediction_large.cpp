// Predicted spectra against drawn matrices of dimension 2,000 and above.
#include <algorithm>

#include <doctest/doctest.h>

#include "theory/dyson_cases.hpp"

#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/theory/dyson_branch.hpp"
#include "saddlescope/theory/spectral_prediction.hpp"

namespace saddlescope {
namespace {

using testing::random_network;
using testing::RandomNetwork;

// At dimension 2,000 a Kolmogorov distance of 0.01 is 20 eigenvalues.
TEST_CASE("the Kolmogorov distance is below a hundredth at dimension 2,000") {
  std::vector<RandomNetwork> cases;
  for (const bool skips : {false, true})
    for (const auto kind : {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc})
      for (const auto init : {Initialisation::kNormal, Initialisation::kUniform})
        cases.push_back(random_network({784, 500, 500, 500, 500, 10}, kind, skips, 1, init));
  cases.push_back(random_network({784, 500, 500, 500, 500, 100}, Parameterisation::kSp, false, 4));
  cases.push_back(random_network({784, 900, 600, 300, 200, 50}, Parameterisation::kSp, false, 0.3));
  cases.push_back(
      random_network({784, 500, 200, 800, 300, 200, 10}, Parameterisation::kMupc, false));
  for (const RandomNetwork& c : cases) {
    const SpectralPrediction p = predict_activity_spectrum(c.architecture, c.variances);
    REQUIRE_MESSAGE(p.summary.ok(), p.summary.message);
    const Vector values = c.draw(7);
    REQUIRE(values.size() >= 2000);
    const double threshold = eigenvalue_error_bound(values.size(), p.lambda_max);
    CHECK(kolmogorov_distance(p, values, threshold) <= 0.01);
    for (const SpectralAtom& atom : p.atoms)
      CHECK(((values.array() - atom.x).abs() <= threshold).count() == atom.multiplicity);
  }
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + 2, values.end());
  return values[2];
}

TEST_CASE("edges are the medians of five draws at width 512, within 2 and 5 percent") {
  for (const bool skips : {false, true}) {
    for (const auto kind :
         {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc}) {
      const RandomNetwork c = random_network({784, 512, 512, 512, 512, 10}, kind, skips);
      const SpectralPrediction p = predict_activity_spectrum(c.architecture, c.variances);
      std::vector<double> least, greatest;
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Vector values = c.draw(seed);
        least.push_back(values[0]);
        greatest.push_back(values[values.size() - 1]);
      }
      CHECK(std::abs(median(least) / p.lambda_min - 1) <= 0.05);
      CHECK(std::abs(median(greatest) / p.lambda_max - 1) <= 0.02);
    }
  }
}

// The same at L = 9, against the medians at finite width.
TEST_CASE("deeper extremes are the predicted medians, within 5 and 2 percent") {
  for (const bool skips : {false, true}) {
    for (const auto kind :
         {Parameterisation::kSp, Parameterisation::kNtp, Parameterisation::kMupc}) {
      std::vector<Index> widths(10, 512);
      widths.back() = 10;
      const RandomNetwork c = random_network(widths, kind, skips);
      const auto p = predicted_condition_number(c.architecture, c.variances);
      std::vector<double> least, greatest;
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        RandomStream stream(seed, "weights");
        const Conditioning one = activity_conditioning(
            c.architecture, initialise(c.architecture, c.init, stream), {.tolerance = 1e-3});
        least.push_back(one.lambda_min);
        greatest.push_back(one.lambda_max);
      }
      CHECK(std::abs(median(least) / p.lambda_min_median - 1) <= 0.05);
      CHECK(std::abs(median(greatest) / p.lambda_max_median - 1) <= 0.02);
    }
  }
}

}  // namespace
}  // namespace saddlescope
