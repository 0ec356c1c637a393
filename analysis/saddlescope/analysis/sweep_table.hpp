// The tables of a sweep: one row per job with a record, in the order of the sweep file.
//
//   results  job, address, status, exit_code, message, the swept options, and every number, text and
//            truth value of the verb's summary by its path ("energy.lambda_min"); lists stay in the
//            records
//   runs     job, address, seconds, peak_memory_bytes, revision, threads, and the summary's timings
//
// What depends on the run, not on the job, is in `runs` alone: `results` has the same bytes for any
// number of workers, shards and ranks.
#pragma once

#include <filesystem>
#include <vector>

#include "saddlescope/analysis/sweep_job.hpp"
#include "saddlescope/io/table.hpp"

namespace saddlescope::analysis {

struct SweepTables {
  Table results, runs;
};

[[nodiscard]] SweepTables sweep_tables(const std::filesystem::path& folder,
                                       const std::vector<SweepJob>& jobs);

// Writes results.csv, runs.csv and results.sqlite, which holds both.
void write_sweep_tables(const std::filesystem::path& folder, const SweepTables& tables);

}  // namespace saddlescope::analysis
