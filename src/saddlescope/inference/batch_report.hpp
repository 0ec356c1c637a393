// The report of a mini-batch from those of its blocks. Internal to inference/.
#pragma once

#include <memory>
#include <vector>

#include "saddlescope/inference/batch_inference.hpp"
#include "saddlescope/inference/batch_loop.hpp"

namespace saddlescope {

// Of the first n_blocks loops; step, active_set and on_kinks are the caller's.
template <class T>
void fill_report(const BatchInferenceOptions& options,
                 const std::vector<std::unique_ptr<BatchLoop<T>>>& loops, Index n_blocks,
                 BatchInferenceReport& report);

}  // namespace saddlescope
