// Benchmarks of inference.
#pragma once

#include <benchmark/benchmark.h>

#include "saddlescope/network/architecture.hpp"

namespace saddlescope::bench {

// Equilibrium activities of a batch by blocks: assembling H_z, factoring it, solving for every
// sample. The floor is the inverse of the same matrix by dpotrf and dpotri, from which a dense code
// would take them; its assembly and its products with the samples are not even counted.
void block_solve(benchmark::State& state, Index width, Index hidden_layers, Index samples);

// One training step by predictive coding of 784-300-300-300-10 on a batch of 64: 20 steps of
// descent
// from the forward pass, the certificate and the weight gradient, on threads() threads. The floor
// is
// inference/gemm_floor.hpp's.
template <class T>
void training_step(benchmark::State& state, Activation activation, Placement placement);

}  // namespace saddlescope::bench
