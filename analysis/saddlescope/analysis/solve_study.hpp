// The equilibrium of inference for every sample of a problem by one solver or several, each with
// its certificate and its path.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/inference/equilibrium.hpp"

namespace saddlescope::analysis {

struct SolveStudyOptions {
  ProblemOptions problem;  // point: init where nothing else is said
  std::optional<double> activity_decay;
  std::vector<std::string> solvers = {"block"};
  double tolerance = 1e-10;
  Index max_steps = 100000;
  std::optional<double> step;
  std::optional<double> momentum;
  std::string start = "forward";
  int threads = 0;
  std::string out = "out/solve";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(SolveStudyOptions& options);
// Every default spelled out. Throws std::invalid_argument naming the flag where one is out of range
// or has nothing to act on.
[[nodiscard]] SolveStudyOptions effective(SolveStudyOptions options);

struct SolveStudyResult {
  Problem problem;  // with the decay in force
  Conditioning conditioning;
  std::vector<Equilibrium> equilibria;  // of options.solvers, in that order
  double seconds = 0;
};

[[nodiscard]] SolveStudyResult solve_study(
    const SolveStudyOptions& options,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis
