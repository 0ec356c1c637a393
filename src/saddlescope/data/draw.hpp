// Seeded draws from a dataset. The same seed gives the same samples on every machine.
#pragma once

#include <cstdint>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

// n distinct samples in random order, from the stream (seed, "samples"). The first n of a larger
// draw with the same seed are the same samples. Requires 1 <= n <= N.
[[nodiscard]] Dataset draw(const Dataset& data, Index n, std::uint64_t seed);

struct Split {
  Dataset train;
  Dataset test;
};

// A random partition, from the stream (seed, "split"), with round(train_fraction N) samples in
// `train`. Requires that both parts hold a sample.
[[nodiscard]] Split split(const Dataset& data, double train_fraction, std::uint64_t seed);

}  // namespace saddlescope
