// Workers that are ranks of an MPI run: rank 0 hands out orders, every other rank passes its own to
// one worker process, so that a job that crashes does not take the run along.
#pragma once

#include <memory>

#include "mpi_calls.h"

#include "saddlescope/analysis/worker_team.hpp"

namespace saddlescope::apps {

// Whether an MPI launcher started this process with others (Open MPI, MPICH, Slurm with PMIx).
[[nodiscard]] bool started_by_mpi();
// What the launcher says before MPI starts: this process's rank, and how many ranks there are
// beside rank 0, which hands out the jobs.
[[nodiscard]] int mpi_rank();
[[nodiscard]] std::size_t mpi_workers();

// Loads the module and starts MPI; finished when the object goes. Throws std::invalid_argument
// where the program was built without MPI.
class MpiRun {
 public:
  MpiRun();
  ~MpiRun();
  MpiRun(const MpiRun&) = delete;
  MpiRun& operator=(const MpiRun&) = delete;
  [[nodiscard]] const MpiCalls& calls() const { return *calls_; }

 private:
  const MpiCalls* calls_;
};

// On rank 0. Worker w is rank w + 1; all are told to stop when the object goes.
class MpiTeam : public analysis::WorkerTeam {
 public:
  explicit MpiTeam(const MpiCalls& calls) : calls_(calls) {}
  ~MpiTeam() override;
  [[nodiscard]] std::size_t size() const override {
    return static_cast<std::size_t>(calls_.size - 1);
  }
  void start(std::size_t worker, const analysis::JobOrder& order) override;
  std::optional<analysis::JobReport> wait(double seconds) override;

 private:
  const MpiCalls& calls_;
};

// On the other ranks: passes orders to the first worker of `team` until told to stop.
void serve_rank(const MpiCalls& calls, analysis::WorkerTeam& team);

}  // namespace saddlescope::apps
