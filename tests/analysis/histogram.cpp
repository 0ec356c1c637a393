#include "saddlescope/analysis/histogram.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

#include "saddlescope/base/random.hpp"

namespace saddlescope::analysis {
namespace {

Bins bins_of(const Vector& values, Index target) {
  const std::array<const Vector*, 1> spectra = {&values};
  return shared_bins(spectra, target);
}

}  // namespace

TEST_CASE("a density has mass one and counts every value") {
  RandomStream stream(1, "histogram");
  for (const Index n : {1, 7, 1000}) {
    const Vector values = stream.normal_matrix(n, 1);
    const Bins bins = bins_of(values, 81);
    CHECK(bins.count >= 2);
    CHECK(bins.count <= 82);
    const std::vector<Index> in_bin = counts(values, bins);
    CHECK(std::accumulate(in_bin.begin(), in_bin.end(), Index{0}) == n);
    // A sum of at most 82 rounded quotients.
    CHECK(std::abs(density(values, bins).sum() * bins.width - 1) <=
          100 * std::numeric_limits<double>::epsilon());
  }
}

TEST_CASE("values land in the bin whose edges hold them and zero has its own") {
  const Vector values{{-3.0, -1e-9, 0.0, 0.0, 1e-9, 1.0}};
  const Bins bins = bins_of(values, 41);  // width 0.1
  const std::vector<Index> in_bin = counts(values, bins);
  CHECK(in_bin[static_cast<std::size_t>(bins.bin_of(0.0))] == 4);
  CHECK(bins.centre(bins.bin_of(0.0)) == 0);
  for (const double value : values) {
    CHECK(std::abs(bins.centre(bins.bin_of(value)) - value) <= 0.5000001 * bins.width);
  }
}

TEST_CASE("a spectrum of zeros is one spike of width one") {
  const Vector zeros = Vector::Zero(9);
  const Bins bins = bins_of(zeros, 81);
  CHECK(bins.count == 1);
  CHECK(bins.width == 1);
  CHECK(density(zeros, bins)[0] == 1);
}

}  // namespace saddlescope::analysis
