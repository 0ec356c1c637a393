// Compiled only where the configuration names a folder with the MNIST test set.
#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

#include "saddlescope/data/idx.hpp"

namespace saddlescope {
namespace {

TEST_CASE("The MNIST test set has 10000 images with its known mean and class counts") {
  const std::filesystem::path folder = SADDLESCOPE_MNIST_DIR;
  const Dataset data =
      read_idx(folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz");
  CHECK(data.x.rows() == 784);
  CHECK(data.x.cols() == 10000);
  CHECK(data.x.maxCoeff() == 1.0);
  CHECK(std::abs(data.x.mean() - 0.1325) < 1e-4);
  // Counts of the test set's digits 0 .. 9.
  CHECK(data.y.rowwise().sum() == Vector{{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}});
}

}  // namespace
}  // namespace saddlescope
