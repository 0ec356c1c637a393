// The benchmarks: each runs one kernel at a problem's point against its floor (contest.hpp says
// which counters it sets).
#pragma once

#include <benchmark/benchmark.h>

#include "floors.hpp"
#include "problem.hpp"

namespace saddlescope::bench {

// Evaluating the objective at theta, and its gradient.
void gradient(benchmark::State& state, const Problem& problem, Kind kind);
// The Hessian times a block of k directions.
void product(benchmark::State& state, const Problem& problem, Kind kind, Index k);
// The dense Hessian.
void assembly(benchmark::State& state, const Problem& problem, Kind kind);
// All eigenvalues of the Hessian; the floor is the LAPACK routine alone on the same matrix.
void spectrum(benchmark::State& state, const Problem& problem, Kind kind);
// The dense Hessian, with all its eigenvalues for a floor.
void assembly_to_spectrum(benchmark::State& state, const Problem& problem, Kind kind);

}  // namespace saddlescope::bench
