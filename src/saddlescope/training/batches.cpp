#include "saddlescope/training/batches.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

BatchSequence::BatchSequence(Index samples, Index batch, std::uint64_t seed)
    : samples_(samples), batch_(batch), seed_(seed) {
  require(batch >= 1 && batch <= samples, "batch size: expected 1 .. {} (the samples), got {}",
          samples, batch);
}

std::span<const Index> BatchSequence::at(Index k) {
  const Index epoch = k / per_epoch();
  if (epoch != epoch_) {
    RandomStream stream(seed_, fmt::format("batches of epoch {}", epoch));
    order_ = stream.sample(samples_, samples_);
    epoch_ = epoch;
  }
  const Index begin = k % per_epoch() * batch_;
  const Index size = std::min(batch_, samples_ - begin);
  return {order_.data() + begin, static_cast<std::size_t>(size)};
}

}  // namespace saddlescope
