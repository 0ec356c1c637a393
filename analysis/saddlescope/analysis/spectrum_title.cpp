#include "saddlescope/analysis/spectrum_title.hpp"

#include <fmt/format.h>

namespace saddlescope::analysis {

std::string data_title(const SpectrumResult& result) {
  const Dataset& data = result.problem.data;
  // The name of a draw says already how many of how many.
  if (data.name.find(" samples") != std::string::npos) return data.name;
  return fmt::format("{}, {} samples", data.name, data.n_samples());
}

std::string network_title(const SpectrumResult& result) {
  const Network& network = result.problem.network;
  std::string text;
  for (const Index width : network.architecture.widths) {
    text += fmt::format("{}{}", text.empty() ? "" : "-", width);
  }
  if (!network.parameterisation.empty()) text += fmt::format(", {}", network.parameterisation);
  return fmt::format("{}, {}", text, result.problem.point);
}

}  // namespace saddlescope::analysis
