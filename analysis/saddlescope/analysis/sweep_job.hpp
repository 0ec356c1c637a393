// One computation of a sweep, named by what it computes.
//
// Its address is a checksum of the verb, the effective options (every default spelled out, keys
// sorted, folder and threads left out) and the contents of the files that they name. Equal
// computations have equal addresses however they were written down, so a finished one is known
// again in another sweep file or on another machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/sweep_grid.hpp"

namespace saddlescope::analysis {

struct SweepJob {
  std::size_t number = 0;                     // 1-based, in the order of the sweep file
  std::vector<SweepSetting> settings;         // what the sweep moves
  nlohmann::ordered_json config;              // effective options
  std::map<std::string, std::string> inputs;  // file: checksum of its bytes
  std::string address;                        // 32 hexadecimal digits
};

// "width=64 seed=3"
[[nodiscard]] std::string settings_text(const std::vector<SweepSetting>& settings);

// Checksums of files. One is read again only where its size, its times or its place on the disk
// have changed since, or where it was so young when it was read that a later change might show the
// same times (two seconds, the coarsest clock among file systems).
class FileChecksums {
 public:
  // Throws std::invalid_argument naming the file where it cannot be read.
  [[nodiscard]] const std::string& of(const std::string& file);

 private:
  struct Known {
    std::array<std::int64_t, 7> stamp = {};
    bool settled = false;
    std::string checksum;
  };
  std::map<std::string, Known> known_;
};

// The readable files that texts of `config` name, alone or as in "idx:IMAGES,LABELS", with their
// checksums.
[[nodiscard]] std::map<std::string, std::string> input_files(const nlohmann::ordered_json& config,
                                                             FileChecksums& checksums);

// "FILE: changed since the sweep was planned" for the first file that is not as in `planned`; empty
// where all are.
[[nodiscard]] std::string changed_input(const std::map<std::string, std::string>& planned,
                                        const std::map<std::string, std::string>& now);

[[nodiscard]] std::string address_of(const std::string& verb, const nlohmann::ordered_json& config,
                                     const std::map<std::string, std::string>& inputs);

}  // namespace saddlescope::analysis
