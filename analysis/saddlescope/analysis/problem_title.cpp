#include "saddlescope/analysis/problem_title.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace saddlescope::analysis {

std::string data_title(const Problem& problem) { return data_title(problem.data); }

std::string data_title(const Dataset& data) {
  // The name of a draw says already how many of how many.
  if (data.name.find(" samples") != std::string::npos) return data.name;
  return fmt::format("{}, {} samples", data.name, data.n_samples());
}

std::string network_title(const Problem& problem) {
  const Network& network = problem.network;
  std::string text = fmt::format("{}", fmt::join(network.architecture.widths, "-"));
  if (!network.parameterisation.empty()) text += fmt::format(", {}", network.parameterisation);
  const std::vector<int>& skips = network.architecture.skips;
  if (std::any_of(skips.begin(), skips.end(), [](int skip) { return skip != 0; }))
    text += ", skips";
  return fmt::format("{}{}, {}", text, activation_title(network), problem.point);
}

std::string precisions_title(const Architecture& architecture) {
  std::string text = fmt::format("lambda {:g}", architecture.lambda());
  const auto hidden_end = architecture.precisions.end() - 1;
  if (std::any_of(architecture.precisions.begin(), hidden_end, [](double p) { return p != 1; })) {
    text = fmt::format("precisions {:g}", fmt::join(architecture.precisions, ","));
  }
  return text;
}

}  // namespace saddlescope::analysis
