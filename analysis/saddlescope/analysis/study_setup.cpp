#include "saddlescope/analysis/study_setup.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/base/random.hpp"
#include "saddlescope/data/load.hpp"

namespace saddlescope::analysis {
namespace {

Vector drawn(const Architecture& architecture, const InitialiseOptions& options,
             std::uint64_t seed) {
  RandomStream stream(seed, "weights");
  return initialise(architecture, options, stream);
}

}  // namespace

Dataset study_images(const StudyContext& context, Index samples) {
  DataOptions source;
  if (!context.data.empty()) source.source = context.data;
  source.samples = samples;
  return load(source);
}

std::vector<Index> study_widths(const Dataset& data, Index width, Index hidden_layers) {
  std::vector<Index> out(static_cast<std::size_t>(hidden_layers) + 2, width);
  out.front() = data.x.rows();
  out.back() = data.y.rows();
  return out;
}

KeptRun kept_run(const StudyContext& context, const std::string& run) {
  if (context.runs.empty()) return {};
  return {context.runs / (run + ".h5"), fmt::format("{} of {}", run, name(context.scale))};
}

Vector study_weights(const Architecture& architecture, Parameterisation parameterisation,
                     std::uint64_t seed) {
  InitialiseOptions options;
  options.parameterisation = parameterisation;
  options.kind = parameterisation == Parameterisation::kSp ? Initialisation::kUniform
                                                           : Initialisation::kNormal;
  return drawn(architecture, options, seed);
}

Vector small_weights(const Architecture& architecture, double sigma, std::uint64_t seed) {
  // What the rule of NTP draws.
  return drawn(
      architecture,
      {.kind = Initialisation::kNormal, .sigma = sigma, .parameterisation = Parameterisation::kNtp},
      seed);
}

Agreement agreement_of(const std::vector<StudyRule>& rules) {
  const auto met = [](const StudyRule& rule) { return rule.met; };
  if (std::all_of(rules.begin(), rules.end(), met)) return Agreement::kAgrees;
  return std::none_of(rules.begin(), rules.end(), met) ? Agreement::kDiffers
                                                       : Agreement::kUndecided;
}

std::string short_number(double value) { return fmt::format("{:.3g}", value); }

}  // namespace saddlescope::analysis
