// The record of one job: a JSON file named by the job's address, written at once or not at all.
//
// It carries a checksum of itself, so that damage is known even where the JSON still parses.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/sweep_job.hpp"

namespace saddlescope::analysis {

struct SweepRecord {
  std::string verb;
  nlohmann::ordered_json config;
  std::map<std::string, std::string> inputs;
  bool done = false;               // the verb wrote its summary
  int exit_code = 0;               // of the verb; 128 + signal where a signal ended it
  std::string message;             // why not done, or what the verb warned of
  nlohmann::ordered_json summary;  // the verb's, less options and provenance; null unless done
  double seconds = 0;              // wall time
  double peak_memory = 0;          // bytes of the process
  nlohmann::ordered_json provenance;
};

[[nodiscard]] std::filesystem::path record_file(const std::filesystem::path& folder,
                                                const std::string& address);

// Throws std::runtime_error naming the file where it cannot be written.
void write_record(const std::filesystem::path& folder, const std::string& address,
                  const SweepRecord& record);

struct RecordReading {
  std::optional<SweepRecord> record;
  std::string damage;  // what is wrong with the file that is there; empty: nothing, or no file
};
[[nodiscard]] RecordReading read_record(const std::filesystem::path& folder,
                                        const std::string& address);

// Renames a damaged record to NAME.damaged (a number added where there is one already); returns the
// new name.
std::filesystem::path set_aside(const std::filesystem::path& file);

}  // namespace saddlescope::analysis
