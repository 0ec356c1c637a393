// Runs of saddles-fig5 and their figure. Internal to its study.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/data/dataset.hpp"

namespace saddlescope::analysis {

inline constexpr const char* kEscapeSettings[] = {"matched", "published"};

struct EscapeSizes {
  Index width = 128, samples = 0, seeds = 5, published_seeds = 2, updates = 3000, every = 10;
  std::vector<std::string> activations = {"identity", "tanh", "relu"};
  double sigma = 5e-3;  // deviation of the initial weights
};

struct EscapeJob {
  std::string activation, setting, algorithm;
  std::uint64_t seed = 0;
  StudyRun run;
  std::optional<Index> left;
};

// Share of the initial loss, and gradient norms, by update: a column for each activation.
[[nodiscard]] Figure escape_curves_figure(const std::vector<EscapeJob>& jobs,
                                          const EscapeSizes& sizes, const Dataset& data);

}  // namespace saddlescope::analysis
