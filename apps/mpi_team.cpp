#include "mpi_team.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <dlfcn.h>
#include <fmt/format.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope::apps {
namespace {

namespace fs = std::filesystem;
constexpr double kTick = 1;  // seconds

int number_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

// Beside the program in the build, under lib/ of the same prefix once installed.
fs::path module_file() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& folder :
       {program.parent_path(), program.parent_path().parent_path() / SADDLESCOPE_MODULE_FOLDER})
    if (fs::exists(folder / "saddlescope_mpi.so", ignored)) return folder / "saddlescope_mpi.so";
  return {};
}

}  // namespace

bool started_by_mpi() {
  return number_of("OMPI_COMM_WORLD_SIZE") > 1 || number_of("PMI_SIZE") > 1 ||
         (std::getenv("PMIX_RANK") != nullptr && number_of("SLURM_NTASKS") > 1);
}

int mpi_rank() {
  return std::max(
      {number_of("OMPI_COMM_WORLD_RANK"), number_of("PMI_RANK"), number_of("PMIX_RANK")});
}

std::size_t mpi_workers() {
  const bool slurm = std::getenv("PMIX_RANK") != nullptr;
  const int ranks = std::max({number_of("OMPI_COMM_WORLD_SIZE"), number_of("PMI_SIZE"),
                              slurm ? number_of("SLURM_NTASKS") : 0});
  return static_cast<std::size_t>(std::max(1, ranks - 1));
}

MpiRun::MpiRun() {
  const fs::path module = module_file();
  require(!module.empty(),
          "started by an MPI launcher, but this build is without MPI: expected saddlescope_mpi.so "
          "(configure with libopenmpi-dev installed), or one process with --workers");
  // Open MPI loads parts of itself, which look for its symbols among the global ones.
  void* handle = dlopen(module.c_str(), RTLD_NOW | RTLD_GLOBAL);
  require(handle != nullptr, "{}: cannot be loaded: {}", module.string(),
          handle == nullptr ? dlerror() : "");
  using Start = const MpiCalls* (*)();
  const auto start = reinterpret_cast<Start>(dlsym(handle, SADDLESCOPE_MPI_START));
  require(start != nullptr, "{}: expected the function {}", module.string(), SADDLESCOPE_MPI_START);
  calls_ = start();
  require(calls_ != nullptr, "MPI could not be started");
}

MpiRun::~MpiRun() { calls_->finish(); }

// Ranks answer with nothing once they have read the stop. Reports that nobody waits for any more
// are received all the same: a rank that sends a long one would not get to the end of MPI.
MpiTeam::~MpiTeam() {
  for (int rank = 1; rank < calls_.size; ++rank) calls_.send(rank, nullptr, 0);
  for (int left = calls_.size - 1; left > 0;) {
    int from = 0;
    const int size = calls_.wait(&from, kTick);
    if (size < 0) continue;
    std::string bytes(static_cast<std::size_t>(size), '\0');
    calls_.receive(from, bytes.data(), size);
    if (size == 0) --left;
  }
}

void MpiTeam::start(std::size_t worker, const analysis::JobOrder& order) {
  calls_.send(static_cast<int>(worker) + 1, &order, sizeof(order));
}

std::optional<analysis::JobReport> MpiTeam::wait(double seconds) {
  int from = 0;
  const int size = calls_.wait(&from, seconds);
  if (size < 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  calls_.receive(from, bytes.data(), size);
  analysis::JobReport report = analysis::report_from_bytes(bytes);
  report.worker = static_cast<std::size_t>(from) - 1;
  return report;
}

void serve_rank(const MpiCalls& calls, analysis::WorkerTeam& team) {
  for (;;) {
    int from = 0;
    const int size = calls.wait(&from, kTick);
    if (size < 0) continue;
    analysis::JobOrder order;
    calls.receive(from, &order, size);
    if (size == 0) {
      calls.send(0, nullptr, 0);
      return;
    }
    team.start(0, order);
    std::optional<analysis::JobReport> report;
    while (!report) report = team.wait(kTick);
    const std::string bytes = analysis::to_bytes(*report);
    calls.send(0, bytes.data(), static_cast<int>(bytes.size()));
  }
}

}  // namespace saddlescope::apps
