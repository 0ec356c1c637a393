// One sweep per folder: file locks (flock) that the system releases when their process ends, also
// when it is killed.
//
// A sweep holds FOLDER/lock alone. Shard i of n shares it with the other shards of n, and holds
// FOLDER/lock.i-of-n alone. Worker processes inherit the locks: they are free only once the last
// worker is gone.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace saddlescope::analysis {

struct Shard {
  std::size_t index = 1, count = 1;  // 1 <= index <= count
};

class SweepLock {
 public:
  // Waits a moment, as a killed sweep's workers may take one to end. Throws std::invalid_argument
  // naming the folder if another sweep holds it, std::runtime_error if there can be no lock.
  SweepLock(const std::filesystem::path& folder, const Shard& shard);
  ~SweepLock();
  SweepLock(const SweepLock&) = delete;
  SweepLock& operator=(const SweepLock&) = delete;

 private:
  std::vector<int> files_;
};

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
