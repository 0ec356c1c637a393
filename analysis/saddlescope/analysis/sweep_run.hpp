// Runs the jobs of a sweep that have no record yet, on a team of workers, within a budget of memory.
//
// Each of W workers may take 1/W of the memory. A job whose verb estimates to need more is put back
// and runs at the end, alone, with all of it; what does not fit even then is recorded as failed.
// A record is written when its job ends: whatever stops the sweep costs only what was running.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "saddlescope/analysis/sweep_job.hpp"
#include "saddlescope/analysis/sweep_record.hpp"
#include "saddlescope/analysis/worker_team.hpp"

namespace saddlescope::analysis {

// What a verb did with a job's options; runs in the worker.
struct JobResult {
  bool done = false;
  bool no_memory = false;
  bool not_written = false;  // the system took no more bytes: not the job's failure
  int exit_code = 0;
  std::string message;
  nlohmann::ordered_json summary;  // as the verb wrote it
};
using RunVerb = std::function<JobResult(const SweepJob&, const std::filesystem::path& scratch)>;

// What a worker does with an order: runs the verb in a folder of its own under `running`, writes the
// record, and removes the folder. The address names the contents of the files that the job reads:
// where one of them is another before or after the run, the result is dropped and there is no
// record, as it would be that of another job. `jobs` must outlive it.
[[nodiscard]] DoJob job_in_folder(const std::filesystem::path& folder,
                                  const std::filesystem::path& running, const std::string& verb,
                                  const std::vector<SweepJob>& jobs, const RunVerb& run);

// Which jobs are still to do (indices, each address once), from the records in FOLDER.
struct SweepState {
  std::vector<std::size_t> to_do;
  std::size_t done = 0, failed = 0;  // jobs with such a record that are not to do
  std::vector<std::string> damaged;  // a sentence for each record that is not whole
  double seconds = 0;                // mean over the done records; 0 where there is none
  double peak_memory = 0;            // the largest among them
};
// With `set_damaged_aside` these files are renamed.
[[nodiscard]] SweepState sweep_state(const std::filesystem::path& folder,
                                     const std::vector<SweepJob>& jobs, bool retry_failed,
                                     bool set_damaged_aside);

struct SweepProgress {
  std::size_t done = 0, failed = 0, running = 0, total = 0;
  double seconds_left = -1;  // < 0: not known
};

struct SweepRun {
  std::size_t done = 0, failed = 0;  // of the jobs started here
  std::size_t dropped = 0;           // those whose files changed
  std::set<std::string> changed;     // a sentence for each such file
  double seconds = 0;                // wall time
  double job_seconds = 0;            // sum over the jobs
};
// Throws std::runtime_error naming the file when a record cannot be written; those before are whole.
SweepRun run_sweep(const std::filesystem::path& folder, const std::string& verb,
                   const std::vector<SweepJob>& jobs, const SweepState& state, WorkerTeam& team,
                   double memory, const std::function<void(const SweepProgress&)>& progress);

}  // namespace saddlescope::analysis
