// The escape of gradient flow from one point under each objective: predicted and measured times,
// and the way on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/saddle/classification.hpp"
#include "saddlescope/saddle/escape.hpp"

namespace saddlescope::analysis {

struct EscapeStudyOptions {
  ProblemOptions problem;
  std::vector<std::string> objectives = {"mse", "energy"};
  std::string direction = "auto";
  std::optional<double> epsilon;
  std::optional<double> radius;
  std::optional<double> duration;
  double tolerance = 1e-10;
  int threads = 0;
  std::string out = "out/escape";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(EscapeStudyOptions& options);
[[nodiscard]] EscapeStudyOptions effective(EscapeStudyOptions options);

struct ObjectiveEscape {
  std::string objective;
  Classification classification;
  std::string direction;             // eigenvector | order | none
  std::optional<EscapeTime> escape;  // empty: no descending direction of the kind asked for
  FlowResult way;                    // from the same start with a tenth of noise, beyond the radius
  Summary summary;                   // why there is no escape
};

struct EscapeStudyResult {
  Problem problem;
  std::vector<ObjectiveEscape> objectives;
  double duration = 0;  // of the ways
  double seconds = 0;
};

[[nodiscard]] EscapeStudyResult escape_study(
    const EscapeStudyOptions& options,
    const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis
