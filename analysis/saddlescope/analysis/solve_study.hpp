// The equilibrium of inference for every sample of a problem: of linear networks by one solver or
// several, each with its certificate and its path, of nonlinear ones by Newton's method.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/inference/conjugate_gradient_path.hpp"
#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/inference/network_equilibrium.hpp"

namespace saddlescope::analysis {

struct SolveStudyOptions {
  ProblemOptions problem;            // point: init where nothing else is said
  std::vector<std::string> solvers;  // empty: block, newton for nonlinear networks
  std::optional<double> tolerance;
  std::optional<Index> max_steps;
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
  Problem problem;
  std::vector<std::string> solvers;
  // Of linear networks:
  Conditioning conditioning;
  std::vector<Equilibrium> equilibria;  // of the solvers, in that order
  // Of cg, for the sample it traced; then its rates, predicted and measured, are the mean factors
  // along this path. Without it the prediction is the Chebyshev bound.
  std::optional<ConjugateGradientPath> cg_path;
  // Of nonlinear ones:
  std::optional<NetworkEquilibrium> newton;
  double seconds = 0;
};

[[nodiscard]] SolveStudyResult solve_study(
    const SolveStudyOptions& options, const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis
