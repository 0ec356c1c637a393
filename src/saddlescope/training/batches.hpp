// Mini-batches: every epoch goes through all samples once, in an order drawn for it.
//
// The order of epoch e comes from the stream (seed, "batches of epoch e") and from nothing else, so
// that twins see the same batches, and a run that is resumed draws none again. Where the batch size
// does not divide the number of samples the last batch of an epoch is the short rest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

class BatchSequence {
 public:
  // Throws std::invalid_argument unless 1 <= batch <= samples.
  BatchSequence(Index samples, Index batch, std::uint64_t seed);

  [[nodiscard]] Index samples() const { return samples_; }
  [[nodiscard]] Index batch() const { return batch_; }
  [[nodiscard]] Index per_epoch() const { return (samples_ + batch_ - 1) / batch_; }
  // The samples of batch k = 0, 1, .., k counted over all epochs. Valid until the next call.
  [[nodiscard]] std::span<const Index> at(Index k);

 private:
  Index samples_, batch_;
  std::uint64_t seed_;
  Index epoch_ = -1;  // the one `order_` belongs to
  std::vector<Index> order_;
};

}  // namespace saddlescope
