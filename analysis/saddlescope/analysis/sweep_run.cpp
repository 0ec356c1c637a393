#include "saddlescope/analysis/sweep_run.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/provenance.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

SweepRecord empty_record(const std::string& verb, const SweepJob& job) {
  SweepRecord record;
  record.verb = verb;
  record.config = job.config;
  record.inputs = job.inputs;
  record.provenance = provenance();
  return record;
}

JobEnd end_of(const JobResult& result) {
  if (result.done) return JobEnd::kDone;
  if (result.not_written) return JobEnd::kNotWritten;
  return result.no_memory ? JobEnd::kNoMemory : JobEnd::kFailed;
}

// Of a job's files; empty: they are those that its address names.
std::string changed_input_of(const SweepJob& job, FileChecksums& checksums) {
  try {
    return changed_input(job.inputs, input_files(job.config, checksums));
  } catch (const std::exception& error) {
    return error.what();  // it went between two looks
  }
}

// The jobs of one run: who does what, and what waits.
class Dispatch {
 public:
  Dispatch(const SweepState& state, WorkerTeam& team, double memory)
      : team_(team), memory_(memory), queue_(state.to_do.begin(), state.to_do.end()) {
    for (std::size_t worker = team.size(); worker-- > 0;) idle_.push_back(worker);
  }
  [[nodiscard]] bool finished() const { return queue_.empty() && alone_.empty() && running() == 0; }
  [[nodiscard]] std::size_t running() const { return team_.size() - idle_.size(); }
  [[nodiscard]] std::size_t waiting() const { return queue_.size() + alone_.size(); }

  void give_orders() {
    while (!idle_.empty() && !queue_.empty()) {
      start(queue_.front(), memory_ / static_cast<double>(team_.size()));
      queue_.pop_front();
    }
    if (queue_.empty() && running() == 0 && !alone_.empty()) {
      start(alone_.front(), memory_);
      alone_.pop_front();
      last_chance_ = true;
    }
  }
  // Whether the job is put back, to run alone.
  bool take_back(const JobReport& report) {
    idle_.push_back(report.worker);
    const bool again =
        report.end == JobEnd::kNoMemory && !std::exchange(last_chance_, false) && team_.size() > 1;
    if (again) alone_.push_back(report.job);
    return again;
  }

 private:
  void start(std::size_t job, double bytes) {
    team_.start(idle_.back(), {job, bytes});
    idle_.pop_back();
  }

  WorkerTeam& team_;
  double memory_;
  std::deque<std::size_t> queue_, alone_;
  std::vector<std::size_t> idle_;
  bool last_chance_ = false;
};

}  // namespace

DoJob job_in_folder(const fs::path& folder, const fs::path& running, const std::string& verb,
                    const std::vector<SweepJob>& jobs, const RunVerb& run) {
  const auto checksums = std::make_shared<FileChecksums>();  // each worker process has its own
  return [folder, running, verb, &jobs, run, checksums](const JobOrder& order) {
    const SweepJob& job = jobs.at(order.job);
    JobReport report;
    report.end = JobEnd::kChangedInput;
    report.message = changed_input_of(job, *checksums);
    if (!report.message.empty()) return report;
    const fs::path scratch = running / job.address;
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
    fs::create_directories(scratch);
    limit_memory(order.memory);
    reset_peak_memory();
    const Clock::time_point start = Clock::now();
    const JobResult result = run(job, scratch);
    report.seconds = seconds_since(start);
    report.message = changed_input_of(job, *checksums);
    if (report.message.empty()) {
      report.message = result.message;
      report.end = end_of(result);
    }
    if (report.end == JobEnd::kDone || report.end == JobEnd::kFailed) {
      SweepRecord record = empty_record(verb, job);
      record.done = result.done;
      record.exit_code = result.exit_code;
      record.message = result.message;
      record.summary = result.summary;
      record.seconds = report.seconds;
      record.peak_memory = peak_memory();
      try {
        write_record(folder, job.address, record);
      } catch (const std::exception& error) {
        report.end = JobEnd::kNotWritten;
        report.message = error.what();
      }
    }
    fs::remove_all(scratch, ignored);
    return report;
  };
}

SweepState sweep_state(const fs::path& folder, const std::vector<SweepJob>& jobs, bool retry_failed,
                       bool set_damaged_aside) {
  SweepState state;
  std::set<std::string> seen;
  double seconds = 0;
  std::size_t finished = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!seen.insert(jobs[i].address).second) continue;
    const RecordReading reading = read_record(folder, jobs[i].address);
    if (!reading.damage.empty()) {
      const fs::path file = record_file(folder, jobs[i].address);
      state.damaged.push_back(fmt::format(
          "{}: damaged record ({}): {}", file.string(), reading.damage,
          set_damaged_aside
              ? "set aside as " + set_aside(file).filename().string() + ", job run again"
              : "would be set aside, job run again"));
    }
    if (!reading.record || (!reading.record->done && retry_failed)) {
      state.to_do.push_back(i);
      continue;
    }
    ++(reading.record->done ? state.done : state.failed);
    if (!reading.record->done) continue;
    ++finished;
    seconds += reading.record->seconds;
    state.peak_memory = std::max(state.peak_memory, reading.record->peak_memory);
  }
  if (finished > 0) state.seconds = seconds / static_cast<double>(finished);
  return state;
}

SweepRun run_sweep(const fs::path& folder, const std::string& verb,
                   const std::vector<SweepJob>& jobs, const SweepState& state, WorkerTeam& team,
                   double memory, const std::function<void(const SweepProgress&)>& progress) {
  const Clock::time_point start = Clock::now();
  SweepRun run;
  Dispatch dispatch(state, team, memory);
  const auto show = [&] {
    if (!progress) return;
    const std::size_t ended = run.done + run.failed + run.dropped;
    SweepProgress now{state.done + run.done, state.failed + run.failed + run.dropped,
                      dispatch.running(), state.done + state.failed + state.to_do.size(), -1};
    if (ended > 0)
      now.seconds_left = seconds_since(start) / static_cast<double>(ended) *
                         static_cast<double>(dispatch.waiting() + dispatch.running());
    progress(now);
  };
  constexpr double kTick = 1;
  while (!dispatch.finished()) {
    dispatch.give_orders();
    show();
    std::optional<JobReport> report = team.wait(kTick);
    if (!report || dispatch.take_back(*report)) continue;
    // A worker that was killed after its record stood has done its job.
    if (report->end == JobEnd::kDied) {
      const auto record = read_record(folder, jobs.at(report->job).address).record;
      if (record && record->done) report->end = JobEnd::kDone;
    }
    if (report->end == JobEnd::kNotWritten) throw std::runtime_error(report->message);
    run.job_seconds += report->seconds;
    if (report->end == JobEnd::kChangedInput) {
      ++run.dropped;
      run.changed.insert(report->message);
      continue;
    }
    ++(report->end == JobEnd::kDone ? run.done : run.failed);
    if (report->end == JobEnd::kNoMemory || report->end == JobEnd::kDied) {
      constexpr int kBadInput = 2, kSignal = 128;
      const SweepJob& job = jobs.at(report->job);
      SweepRecord record = empty_record(verb, job);
      record.exit_code = report->end == JobEnd::kNoMemory ? kBadInput : kSignal + report->signal;
      record.message = report->message;
      record.seconds = report->seconds;
      write_record(folder, job.address, record);
    }
  }
  run.seconds = seconds_since(start);
  return run;
}

}  // namespace saddlescope::analysis
