// Workers as child processes of this one.
//
// They are forked once, from a process without threads of its own, and take orders through
// sockets: a job then costs two messages of some microseconds, where starting the program anew
// takes longer than small jobs do. A job that crashes or is killed for its
// memory takes its worker along and nothing else; a new one is forked. When this process ends,
// however it ends, its workers are killed (Linux) or end with their job.
#pragma once

#include <vector>

#include <sys/types.h>

#include "saddlescope/analysis/worker_team.hpp"

namespace saddlescope::analysis {

class ProcessTeam : public WorkerTeam {
 public:
  // Throws std::runtime_error if the system gives no process.
  ProcessTeam(std::size_t size, DoJob do_job);
  ~ProcessTeam() override;  // kills workers with an order, ends the others

  [[nodiscard]] std::size_t size() const override { return workers_.size(); }
  void start(std::size_t worker, const JobOrder& order) override;
  std::optional<JobReport> wait(double seconds) override;

 private:
  struct Worker {
    pid_t process = -1;
    int socket = -1;
    std::optional<std::size_t> job;
  };
  void hire(Worker& worker);
  [[noreturn]] void serve(int socket) const;
  JobReport bury(std::size_t index);

  DoJob do_job_;
  std::vector<Worker> workers_;
};

}  // namespace saddlescope::analysis
