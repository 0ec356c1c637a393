// Workers that take one job at a time and report how it ended, wherever they run.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace saddlescope::analysis {

struct JobOrder {
  std::size_t job = 0;  // an index into the list that both sides have
  double memory = 0;    // bytes that it may take
};

// How an order ended: its record says done or failed; the memory of the order did not suffice, and
// there is no record; a file that it reads is not the one that its address names, and there is no
// record; the record could not be written; or the worker itself ended.
enum class JobEnd { kDone, kFailed, kNoMemory, kChangedInput, kNotWritten, kDied };

struct JobReport {
  std::size_t worker = 0;
  std::size_t job = 0;
  JobEnd end = JobEnd::kDied;
  std::string message;  // empty when done
  int signal = 0;       // that ended the worker, 0: none
  double seconds = 0;   // of the job
};

// Runs in the worker.
using DoJob = std::function<JobReport(const JobOrder&)>;

class WorkerTeam {
 public:
  WorkerTeam() = default;
  virtual ~WorkerTeam() = default;
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;

  [[nodiscard]] virtual std::size_t size() const = 0;
  // To a worker without an order.
  virtual void start(std::size_t worker, const JobOrder& order) = 0;
  // The next report; empty if none came within `seconds`. A worker that died has been replaced when
  // its report arrives.
  virtual std::optional<JobReport> wait(double seconds) = 0;
};

// Reports as bytes between processes of one machine and build.
[[nodiscard]] std::string to_bytes(const JobReport& report);
[[nodiscard]] JobReport report_from_bytes(const std::string& bytes);

}  // namespace saddlescope::analysis
