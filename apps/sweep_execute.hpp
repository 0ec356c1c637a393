// One job of a sweep as its worker runs it: the verb itself, in a folder of its own, with its output
// kept from the terminal.
#pragma once

#include "sweep_file.hpp"

#include "saddlescope/analysis/sweep_run.hpp"

namespace saddlescope::apps {

// Runs in a worker process, whose standard output and error it takes over. `sweep` must outlive it.
[[nodiscard]] analysis::RunVerb run_verb_of(const SweepFile& sweep);

// The threads that each job uses: 1 unless [fixed] says otherwise.
[[nodiscard]] int threads_per_job(const SweepFile& sweep);

}  // namespace saddlescope::apps
