#include <cmath>

#include <doctest/doctest.h>

#include "saddlescope/data/load.hpp"
#include "saddlescope/data/mnist1d.hpp"

namespace saddlescope {
namespace {

TEST_CASE("MNIST-1D's templates start and end at 0 and have the variance 1/36") {
  for (Index k = 0; k < 10; ++k) {
    const Vector x = mnist1d_template(k);
    CAPTURE(k);
    CHECK(x.size() == 12);
    CHECK(x[0] == 0);
    CHECK(std::abs(x[11]) < 1e-15);
    CHECK(std::abs((x.array() - x.mean()).square().mean() - 1.0 / 36) < 1e-15);
  }
}

TEST_CASE("MNIST-1D is a seeded sequence of samples, class i mod 10, and load finds it") {
  const Dataset large = mnist1d({40, 3});
  const Dataset small = mnist1d({25, 3});
  CHECK(large.x.rows() == 40);
  CHECK(large.x.leftCols(25) == small.x);
  CHECK(mnist1d({25, 4}).x != small.x);
  for (Index i = 0; i < 25; ++i) {
    CHECK(small.y(i % 10, i) == 1);
    CHECK(small.y.col(i).sum() == 1);
  }
  DataOptions options;
  options.source = "mnist-1d";
  options.samples = 25;
  options.seed = 3;
  CHECK(load(options).x == small.x);
}

// Shifts keep the sum of a stroke, shear and noise have mean 0, and stretching multiplies the sum by
// 71/(11 + p), so that the mean over the points is sum(template) E[1/(11 + p)], p = 36 .. 60, up to
// points at the seam. 400 samples a class: the smoothed noise leaves 0.002 of it, the scale 0.3 % of
// the mean, the seam of the last resampling (one point of 40 in some samples) a tenth of it.
TEST_CASE("MNIST-1D's classes have the means of their templates") {
  const Dataset data = mnist1d({4000, 0});
  double stretch = 0;
  for (int p = 36; p <= 60; ++p) stretch += 1.0 / (11 + p) / 25;
  for (Index k = 0; k < 10; ++k) {
    double mean = 0;
    for (Index i = k; i < data.n_samples(); i += 10) mean += data.x.col(i).mean() / 400;
    const double expected = mnist1d_template(k).sum() * stretch;
    CAPTURE(k);
    CAPTURE(mean);
    CAPTURE(expected);
    CHECK(std::abs(mean - expected) < 5 * 0.002 + 0.1 * std::abs(expected));
  }
}

}  // namespace
}  // namespace saddlescope
