// The one level of threads: parallel_for over tasks whose partition never depends on their number.
//
// Inside a task BLAS runs on one thread (OpenBLAS gives other bits on two), and a nested
// parallel_for runs serially. Results are therefore bitwise equal for any number of threads.
#pragma once

#include <functional>
#include <string>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

// The number of threads parallel_for may use, >= 1. Set once at program start; default 1.
// set_threads returns the number in force: 1, with a reason in threads_note(), where the installed
// OpenBLAS is its serial build, which is not safe to call from several threads.
int set_threads(int threads);
int threads();
std::string threads_note();

// Runs task(i) for i = 0 .. n-1, each once, in any order. The first exception thrown is rethrown.
void parallel_for(Index n, const std::function<void(Index)>& task);

}  // namespace saddlescope
