#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/spectrum_files.hpp"

namespace saddlescope::analysis {
namespace {

constexpr int kLabelWidth = 24;
constexpr int kColumnWidth = 22;

std::string count_text(Index count) {
  return count < 0 ? std::string("not determined") : std::to_string(count);
}

std::string seconds_text(double seconds) {
  return seconds < 0.0995 ? fmt::format("{:.1f} ms", 1e3 * seconds)
                          : fmt::format("{:.2f} s", seconds);
}

// A line: the label, then one right-aligned cell per objective.
template <class Cell>
std::string row(const std::string& label, const SpectrumResult& result, const Cell& cell) {
  std::string text = fmt::format("  {:<{}}", label, kLabelWidth);
  for (const ObjectiveSpectrum& objective : result.objectives) {
    text += fmt::format("{:>{}}", cell(objective), kColumnWidth);
  }
  return text + "\n";
}

}  // namespace

std::string spectrum_text(const SpectrumResult& result) {
  using Objective = ObjectiveSpectrum;
  std::string text =
      fmt::format("data     {}, normalisation {}\nnetwork  {}, {}\n\n", data_title(result.problem),
                  result.problem.data.normalisation, network_title(result.problem),
                  precisions_title(result.problem.network.architecture));
  text += row("", result, [](const Objective& o) { return objective_title(o.name); });
  text += row("value", result, [](const Objective& o) { return fmt::format("{:.10g}", o.value); });
  const auto n_layers = static_cast<Index>(result.layers.size());
  const bool all_layers = n_layers == result.problem.network.architecture.depth();
  text += row(all_layers ? "|gradient|" : "|gradient| of all layers", result,
              [](const Objective& o) { return fmt::format("{:.4g}", o.gradient_norm); });
  text += row("  its rounding up to", result,
              [](const Objective& o) { return fmt::format("{:.1e}", o.gradient_bound); });
  text += row("parameters p", result, [&](const Objective&) { return std::to_string(result.p); });
  text += row("p after reduction", result,
              [&](const Objective&) { return std::to_string(result.p_reduced); });
  text += row("smallest eigenvalue", result,
              [](const Objective& o) { return fmt::format("{:.10g}", o.lambda_min); });
  text += row("largest eigenvalue", result,
              [](const Objective& o) { return fmt::format("{:.10g}", o.lambda_max); });
  text += row("negative (n-)", result,
              [](const Objective& o) { return count_text(o.inertia.n_negative); });
  text += row("zero (n0)", result, [](const Objective& o) { return count_text(o.inertia.n_zero); });
  text += row("positive (n+)", result,
              [](const Objective& o) { return count_text(o.inertia.n_positive); });
  text += row("zero threshold", result,
              [](const Objective& o) { return fmt::format("{:.2g}", o.zero_threshold); });
  const auto& objectives = result.objectives;
  if (std::any_of(objectives.begin(), objectives.end(),
                  [](const Objective& o) { return o.independent_inertia.has_value(); })) {
    text += row("signs counted again", result, [](const Objective& o) {
      if (!o.independent_inertia) return std::string("-");
      const Inertia& inertia = *o.independent_inertia;
      return fmt::format("{} {} {}", inertia.n_negative, inertia.n_zero, inertia.n_positive);
    });
    text += row("  zero threshold then", result, [](const Objective& o) {
      return o.independent_inertia ? fmt::format("{:.2g}", o.independent_threshold)
                                   : std::string("-");
    });
  }
  text += row("distance to theory", result, [](const Objective& o) {
    return o.theory_distance ? fmt::format("{:.1e}", *o.theory_distance)
                             : std::string(o.theory ? "not all computed" : "no closed form");
  });
  if (std::any_of(objectives.begin(), objectives.end(),
                  [](const Objective& o) { return o.zero_rank_bound.has_value(); })) {
    text += row("zero-rank bound", result, [](const Objective& o) {
      return o.zero_rank_bound ? fmt::format("{:.6g}", *o.zero_rank_bound) : std::string("-");
    });
  }
  text += row("time", result, [](const Objective& o) { return seconds_text(o.seconds); });
  text += "\n";
  for (const Objective& objective : objectives) {
    const char* label = is_loss(objective.name) ? "loss" : "energy";
    text += fmt::format("  {:<8}{}\n", label, saddlescope::text(objective.judgement));
    for (const std::string& note : objective.notes) text += fmt::format("          {}\n", note);
  }
  return text;
}

}  // namespace saddlescope::analysis
