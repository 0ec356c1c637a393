#include "sweep_probe.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "sweep_execute.hpp"

#include "saddlescope/analysis/process_team.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::apps {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMost = 24;  // jobs tried

class Scratch {
 public:
  Scratch() : folder_(fs::temp_directory_path() / "saddlescope-dry-run-XXXXXX") {
    std::string name = folder_.string();
    require(mkdtemp(name.data()) != nullptr, "{}: no folder for the jobs of a dry run",
            fs::temp_directory_path().string());
    folder_ = name;
    fs::create_directory(folder_ / "records");
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

// The jobs to try: of all by size, every so many.
std::vector<analysis::SweepJob> some_of(const std::vector<analysis::SweepJob>& jobs) {
  const std::vector<std::size_t> order = analysis::by_size(jobs);
  const std::size_t n = std::min(kMost, order.size());
  std::vector<analysis::SweepJob> out;
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i)
    out.push_back(jobs[order[n == 1 ? 0 : i * (order.size() - 1) / (n - 1)]]);
  return out;
}

}  // namespace

SweepProbe probe_sweep(const Sweep& sweep, double seconds) {
  const Scratch scratch;
  const std::vector<analysis::SweepJob> jobs = some_of(sweep.shares);
  const Clock::time_point begin = Clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  SweepProbe out;
  {
    // Ends the job that is running where the time is over.
    analysis::ProcessTeam team(
        1, analysis::job_in_folder(scratch.folder(), scratch.folder() / "running",
                                   sweep.file.verb_name, jobs, run_verb_of(sweep.file)));
    for (std::size_t i = 0; i < jobs.size() && !out.out_of_time; ++i) {
      team.start(0, {i, sweep.memory});
      out.out_of_time = !team.wait(std::max(0.0, seconds - spent()));
    }
  }
  out.estimate = estimate_sweep(scratch.folder(), jobs, sweep.shares);
  out.seconds = spent();
  return out;
}

}  // namespace saddlescope::apps
