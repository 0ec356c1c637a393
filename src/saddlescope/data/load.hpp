// From the words of a command line or a config file to a dataset.
//
// Order of work: read or generate, normalise, draw. The constants of the normalisation are
// therefore those of the whole source, as in published experiments, whatever the number drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saddlescope/data/dataset.hpp"

namespace saddlescope {

struct DataOptions {
  // digits | toy | teacher | uncorrelated | four-point | mnist-1d | idx:IMAGES,LABELS | csv:FILE | h5:FILE
  std::string source = "digits";
  // Files and digits: a seeded draw of that many, 0 for all in their order. Generators: the number
  // made, 0 for their default.
  Index samples = 0;
  // none | standard | per-feature | minmax; empty: standard for digits and idx, none otherwise.
  std::string normalise;
  std::uint64_t seed = 0;
  // The rest belongs to some sources only and is an error with others. Zero or empty: not given.
  Index input = 0;                      // d_x of toy, teacher, uncorrelated
  Index output = 0;                     // d_y of teacher, uncorrelated
  double noise = 0;                     // teacher
  double input_exponent = 0;            // teacher
  std::vector<double> singular_values;  // teacher
  std::vector<std::string> targets;     // csv: names or numbers of the target columns
  Index classes = 0;                    // idx (10 if not given), csv with labels
};

// The forms `source` may take, for help texts.
[[nodiscard]] const std::vector<std::string>& data_sources();

// The options with the defaults of a known source spelled out; nothing is checked.
[[nodiscard]] DataOptions effective(DataOptions options);

// Throws std::invalid_argument for anything a user may have got wrong.
[[nodiscard]] Dataset load(const DataOptions& options);

}  // namespace saddlescope
