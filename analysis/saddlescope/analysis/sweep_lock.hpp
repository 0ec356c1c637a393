// One sweep per folder: file locks (flock) that the system releases when their process ends, also
// when it is killed.
//
// A sweep holds FOLDER/lock alone. Shard i of n shares it with the other shards of n, and holds
// FOLDER/lock.i-of-n alone; what it runs lives in FOLDER/running/i-of-n. Worker processes inherit the locks: they are free only once the last
// worker is gone.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace saddlescope::analysis {

struct Shard {
  std::size_t index = 1, count = 1;  // 1 <= index <= count
};

// "2-of-3".
[[nodiscard]] std::string shard_name(const Shard& shard);

// flock(), or what stands in for a file system without locks in tests.
using FlockCall = int (*)(int descriptor, int operation);

class SweepLock {
 public:
  // Waits a moment, as a killed sweep's workers may take one to end. Throws std::invalid_argument
  // naming the folder if another sweep holds it, std::runtime_error with the system's reason if
  // there can be no lock, as on some network file systems.
  SweepLock(const std::filesystem::path& folder, const Shard& shard);
  SweepLock(const std::filesystem::path& folder, const Shard& shard, FlockCall call);
  ~SweepLock();
  SweepLock(const SweepLock&) = delete;
  SweepLock& operator=(const SweepLock&) = delete;

 private:
  std::vector<int> files_;
};

// Removes what killed sweeps left in FOLDER/running and half-written in FOLDER/records. While
// `shard`, whose lock the caller holds, is the whole sweep: everything. Else the folders of shards
// that nobody runs, and half-written records of `addresses`, which are this shard's own.
void remove_leftovers(const std::filesystem::path& folder, const Shard& shard,
                      const std::set<std::string>& addresses);

// Waits for FOLDER/lock.table: shards that end together write the tables one after the other.
class TableLock {
 public:
  explicit TableLock(const std::filesystem::path& folder);
  ~TableLock();
  TableLock(const TableLock&) = delete;
  TableLock& operator=(const TableLock&) = delete;

 private:
  int file_;
};

}  // namespace saddlescope::analysis
