// Which data, which network, which point: the options that every verb about one network shares, and
// the problem they describe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/architecture_flags.hpp"
#include "saddlescope/analysis/options.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/network/network_file.hpp"

namespace saddlescope::analysis {

// Members left empty take the default that describe() states; the architecture's members must be
// empty when a network file is named.
struct ProblemOptions : ArchitectureFlags {
  DataOptions data;  // data.seed is set from `seed`
  std::string network;
  std::optional<std::vector<Index>> hidden;
  // Only for points that draw weights. Default: uniform under sp, normal under ntp and mupc.
  std::optional<std::string> init;
  std::optional<double> init_scale;
  std::optional<std::string> point;
  std::uint64_t seed = 0;
};

// `drawn` is the point of verbs that are given no network file.
void describe(ProblemOptions& options, OptionTable& table, const std::string& drawn = "origin");
// The part of it that says which data, for verbs that make their networks themselves. The default
// number of samples is the one found in `data`.
void describe(DataOptions& data, OptionTable& table);

// The same options with every default spelled out (with a network file the initialiser depends on
// the file's parameterisation and stays empty). Throws std::invalid_argument where two options
// contradict each other or one has nothing to act on, naming both.
[[nodiscard]] ProblemOptions effective(ProblemOptions options);

struct Problem {
  Dataset data;
  Network network;
  std::string point;  // origin | zero-rank | init | network
};

// Loads or generates the data, builds or reads the network and sets its weights to the point. Data
// and weights come from separate random streams. Throws std::invalid_argument with file, field,
// expected and got; also when the weights alone do not fit into memory.
[[nodiscard]] Problem make_problem(const ProblemOptions& options);
// The same where only the closed forms of linear networks will do: refuses all others, and activity
// decay.
[[nodiscard]] Problem make_linear_problem(const ProblemOptions& options);

}  // namespace saddlescope::analysis
