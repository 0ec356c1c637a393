// Benchmarks of inference.
#pragma once

#include <benchmark/benchmark.h>

#include "saddlescope/base/types.hpp"

namespace saddlescope::bench {

// Equilibrium activities of a batch by blocks: assembling H_z, factoring it, solving for every
// sample. The floor is the inverse of the same matrix by dpotrf and dpotri, from which a dense code
// would take them; its assembly and its products with the samples are not even counted.
void block_solve(benchmark::State& state, Index width, Index hidden_layers, Index samples);

}  // namespace saddlescope::bench
