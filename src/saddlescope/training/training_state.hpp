// The file that makes training resumable: the runs as they stand, and the log so far.
//
//   /          attributes kind, config, update, log
//   /<run>     datasets theta, first, second; attributes for the rest of RunState
//
// Random streams are functions of seed and epoch (training/batches.hpp), so that the number of
// updates done says where they stand. Written to a temporary name and renamed: a file is whole, and
// the older one stays until it is. What is read is bit for bit what was written.
#pragma once

#include <filesystem>
#include <string>

#include "saddlescope/training/twin_training.hpp"

namespace saddlescope {

struct Checkpoint {
  std::string config;  // all that the numbers depend on
  std::string log;     // the log so far, as the caller keeps it
  TrainingState state;
};

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

// Throws std::invalid_argument naming file, expected and found where there is no checkpoint or not a
// whole one.
[[nodiscard]] Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace saddlescope
