#include "saddlescope/data/draw.hpp"

#include <cmath>

#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

Dataset draw(const Dataset& data, Index n, std::uint64_t seed) {
  require(n >= 1 && n <= data.n_samples(),
          "data {}: number of samples to draw: expected 1 .. {}, got {}", data.name,
          data.n_samples(), n);
  RandomStream random(seed, "samples");
  Dataset out = select(data, random.sample(data.n_samples(), n));
  out.name = fmt::format("{}, {} of {} samples", data.name, n, data.n_samples());
  return out;
}

Split split(const Dataset& data, double train_fraction, std::uint64_t seed) {
  const Index n = data.n_samples();
  require(train_fraction > 0 && train_fraction < 1,
          "data {}: fraction of training samples: expected 0 < fraction < 1, got {}", data.name,
          train_fraction);
  const auto n_train = static_cast<Index>(std::llround(train_fraction * static_cast<double>(n)));
  require(n_train >= 1 && n_train < n,
          "data {}: split: expected a training and a test sample at least, got {} and {} at "
          "fraction {}",
          data.name, n_train, n - n_train, train_fraction);
  RandomStream random(seed, "split");
  const std::vector<Index> order = random.sample(n, n);
  const auto middle = order.begin() + n_train;
  Split out{select(data, {order.begin(), middle}), select(data, {middle, order.end()})};
  out.train.name += ", training part";
  out.test.name += ", test part";
  return out;
}

}  // namespace saddlescope
