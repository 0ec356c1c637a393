#include "saddlescope/analysis/sweep_lock.hpp"

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;

int open_lock(const fs::path& file) {
  constexpr mode_t kMode = 0644;
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor < 0)
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", file.string(),
                                         std::generic_category().message(errno)));
  return descriptor;
}

bool locks_within_a_moment(int descriptor, int kind) {
  constexpr std::chrono::milliseconds kMoment{2000}, kPause{5};
  const auto end = std::chrono::steady_clock::now() + kMoment;
  while (flock(descriptor, kind | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

// A running shard of another division of the same folder; empty: none.
std::string foreign_shard(const fs::path& folder, const Shard& shard) {
  const std::string ours = fmt::format("-of-{}", shard.count);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("lock.") || name.find("-of-") == std::string::npos) continue;
    if (name.ends_with(ours)) continue;
    const int descriptor = open_lock(entry.path());
    const bool taken = flock(descriptor, LOCK_EX | LOCK_NB) != 0;
    close(descriptor);
    if (taken) return name.substr(std::string("lock.").size());
  }
  return {};
}

}  // namespace

SweepLock::SweepLock(const fs::path& folder, const Shard& shard) {
  const auto take = [&](const fs::path& file, int kind) {
    files_.push_back(open_lock(file));
    return locks_within_a_moment(files_.back(), kind);
  };
  const bool whole = shard.count == 1;
  try {
    require(take(folder / "lock", whole ? LOCK_EX : LOCK_SH),
            "{}: another sweep is running in this folder; wait for its end, or give another --out",
            folder.string());
    if (whole) return;
    const std::string foreign = foreign_shard(folder, shard);
    require(foreign.empty(),
            "{}: shard {} is running in this folder; expected shards of one division, got {}-of-{}",
            folder.string(), foreign, shard.index, shard.count);
    require(take(folder / fmt::format("lock.{}-of-{}", shard.index, shard.count), LOCK_EX),
            "{}: shard {}/{} is running in this folder already", folder.string(), shard.index,
            shard.count);
  } catch (...) {
    for (const int file : files_) close(file);
    throw;
  }
}

SweepLock::~SweepLock() {
  for (const int file : files_) close(file);
}

TableLock::TableLock(const fs::path& folder) : file_(open_lock(folder / "lock.table")) {
  while (flock(file_, LOCK_EX) != 0 && errno == EINTR) {
  }
}

TableLock::~TableLock() { close(file_); }

}  // namespace saddlescope::analysis
