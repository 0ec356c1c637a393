// The file of a sweep (TOML):
//
//   verb = "inference condition"     # any verb that writes a summary
//   seeds = 5                        # seed = 1 .. 5; or a list
//
//   [fixed]                          # options of the verb, as its flags are called
//   input = 64
//
//   [grid]                           # every combination; the first key the slowest
//   width = {powers-of-two = [16, 64]}
//   hidden-layers = [1, 3, 7]
//   lambda = {log = [0.1, 10, 5]}    # first, last, how many; also linear = [..]
//
//   [zip]                            # lists of one length that move together
//   input = [4, 8]
//   output = [2, 4]
//
//   [[exclude]]                      # drops the jobs for which all of it holds
//   width = 64                       # a value, a list of values,
//   hidden-layers = {at-least = 5}   # or bounds: at-least, at-most
//
//   [plot]                           # figures of columns of the table against a swept option
//   x = "width"
//   y = ["condition_number", ["lambda_min", "lambda_max"]]   # an inner list shares one figure
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "verb.hpp"

#include "saddlescope/analysis/sweep_figure.hpp"
#include "saddlescope/analysis/sweep_grid.hpp"
#include "saddlescope/analysis/sweep_job.hpp"

namespace saddlescope::apps {

struct SweepFile {
  const Verb* verb = nullptr;  // one of those given
  std::string verb_name;
  std::vector<analysis::SweepSetting> fixed;
  analysis::SweepGrid grid;
  std::vector<std::string> remarks;  // what is written there and does nothing, with its line
  std::optional<analysis::SweepPlot> plot;
};

// Throws std::invalid_argument with file, line, key, expected and found; for an unknown key with
// the nearest known one.
[[nodiscard]] SweepFile read_sweep_file(const std::filesystem::path& file,
                                        const std::vector<Verb>& verbs);

// The options of one job, assigned.
[[nodiscard]] VerbInstance instance_of(const SweepFile& sweep,
                                       const std::vector<analysis::SweepSetting>& settings);

// One job per combination. Throws std::invalid_argument naming the job whose options contradict each
// other, and where no job is left.
[[nodiscard]] std::vector<analysis::SweepJob> sweep_jobs(const std::filesystem::path& file,
                                                         const SweepFile& sweep);

}  // namespace saddlescope::apps
