// The verdict on one point under each objective, with the evidence for it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/saddle/classification.hpp"
#include "saddlescope/saddle/polish.hpp"

namespace saddlescope::analysis {

struct ClassificationOptions {
  ProblemOptions problem;
  std::vector<std::string> objectives = {"mse", "energy"};
  bool any_point = false;
  bool polish = false;
  Index max_order = 8;
  bool no_quad = false;
  int threads = 0;  // 0: as many as the hardware runs
  std::string out = "out/classification";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(ClassificationOptions& options);
// With every default spelled out. Throws std::invalid_argument naming what contradicts what.
[[nodiscard]] ClassificationOptions effective(ClassificationOptions options);

struct ClassificationResult {
  Problem problem;
  std::string data_checksum;
  std::string network_checksum;
  std::vector<Classification> objectives;
  // With `polish`: for each objective the point that was classified, in its `theta`, and how far it
  // is from the one given. Otherwise empty.
  std::vector<PolishResult> polished;
  double seconds = 0;
};

// Options -> numbers. Throws std::invalid_argument where memory does not suffice for a dense
// eigen-decomposition.
[[nodiscard]] ClassificationResult classification_study(
    const ClassificationOptions& options,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis
