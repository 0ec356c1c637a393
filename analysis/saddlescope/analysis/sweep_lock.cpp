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

struct Descriptor {
  explicit Descriptor(const fs::path& file) : number(open_lock(file)) {}
  ~Descriptor() { close(number); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

// Whether the lock is ours; false: another has it. Throws where the system has no locks here.
bool locks(const fs::path& file, int descriptor, int kind, FlockCall call) {
  for (;;) {
    if (call(descriptor, kind) == 0) return true;
    const int reason = errno;
    if (reason == EWOULDBLOCK) return false;
    if (reason == EINTR) continue;
    throw std::runtime_error(fmt::format(
        "{}: cannot be locked: {}; expected a file system with file locks (flock), without which "
        "two sweeps in one folder would not know of each other: give an --out on another one",
        file.string(), std::generic_category().message(reason)));
  }
}

bool locks_within_a_moment(const fs::path& file, int descriptor, int kind, FlockCall call) {
  constexpr std::chrono::milliseconds kMoment{2000}, kPause{5};
  const auto end = std::chrono::steady_clock::now() + kMoment;
  while (!locks(file, descriptor, kind | LOCK_NB, call)) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

// A running shard of another division of the same folder; empty: none.
std::string foreign_shard(const fs::path& folder, const Shard& shard, FlockCall call) {
  const std::string ours = fmt::format("-of-{}", shard.count);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("lock.") || name.find("-of-") == std::string::npos) continue;
    if (name.ends_with(ours)) continue;
    const Descriptor file(entry.path());
    if (!locks(entry.path(), file.number, LOCK_EX | LOCK_NB, call))
      return name.substr(std::string("lock.").size());
  }
  return {};
}

// Half-written files of a record are hidden and begin with its name.
std::string address_of_partial(const fs::path& file) {
  const std::string name = file.filename().string();
  return file.extension() == ".partial" && name.starts_with(".")
             ? name.substr(1, name.find(".json") - 1)
             : "";
}

}  // namespace

std::string shard_name(const Shard& shard) {
  return fmt::format("{}-of-{}", shard.index, shard.count);
}

SweepLock::SweepLock(const fs::path& folder, const Shard& shard)
    : SweepLock(folder, shard, ::flock) {}

SweepLock::SweepLock(const fs::path& folder, const Shard& shard, FlockCall call) {
  const auto take = [&](const fs::path& file, int kind) {
    files_.push_back(open_lock(file));
    return locks_within_a_moment(file, files_.back(), kind, call);
  };
  const bool whole = shard.count == 1;
  try {
    require(take(folder / "lock", whole ? LOCK_EX : LOCK_SH),
            "{}: another sweep is running in this folder; wait for its end, or give another --out",
            folder.string());
    if (whole) return;
    const std::string foreign = foreign_shard(folder, shard, call);
    require(foreign.empty(),
            "{}: shard {} is running in this folder; expected shards of one division, got {}",
            folder.string(), foreign, shard_name(shard));
    require(take(folder / ("lock." + shard_name(shard)), LOCK_EX),
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

void remove_leftovers(const fs::path& folder, const Shard& shard,
                      const std::set<std::string>& addresses) {
  std::error_code ignored;
  const bool whole = shard.count == 1;
  if (whole) fs::remove_all(folder / "running", ignored);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "running", ignored)) {
    const std::string name = entry.path().filename().string();
    const fs::path lock = folder / ("lock." + name);
    if (name == shard_name(shard) || !fs::exists(lock, ignored)) {
      fs::remove_all(entry.path(), ignored);
      continue;
    }
    // Its shard cannot start while its lock is held here.
    const Descriptor file(lock);
    if (locks(lock, file.number, LOCK_EX | LOCK_NB, ::flock)) fs::remove_all(entry.path(), ignored);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "records", ignored)) {
    const std::string address = address_of_partial(entry.path());
    if (!address.empty() && (whole || addresses.contains(address)))
      fs::remove(entry.path(), ignored);
  }
}

TableLock::TableLock(const fs::path& folder) : file_(open_lock(folder / "lock.table")) {
  try {
    static_cast<void>(locks(folder / "lock.table", file_, LOCK_EX, ::flock));
  } catch (...) {
    close(file_);
    throw;
  }
}

TableLock::~TableLock() { close(file_); }

}  // namespace saddlescope::analysis
