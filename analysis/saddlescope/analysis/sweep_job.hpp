// One computation of a sweep, named by what it computes.
//
// Its address is a checksum of the verb, the effective options (every default spelled out, keys
// sorted, folder and threads left out) and the contents of the files that they name. Equal
// computations have equal addresses however they were written down, so a finished one is known
// again in another sweep file or on another machine.
#pragma once

#include <cstddef>
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

// The readable files that texts of `config` name, alone or as in "idx:IMAGES,LABELS". Each is read
// once per `known`.
[[nodiscard]] std::map<std::string, std::string> input_files(
    const nlohmann::ordered_json& config, std::map<std::string, std::string>& known);

[[nodiscard]] std::string address_of(const std::string& verb, const nlohmann::ordered_json& config,
                                     const std::map<std::string, std::string>& inputs);

}  // namespace saddlescope::analysis
