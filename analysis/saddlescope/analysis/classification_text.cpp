#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/classification_files.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"

namespace saddlescope::analysis {
namespace {

constexpr int kLabelWidth = 24;
constexpr int kColumnWidth = 22;

std::string count_text(Index n) {
  return n < 0 ? std::string("not determined") : std::to_string(n);
}

template <class Cell>
std::string row(const std::string& label, const ClassificationResult& result, const Cell& cell) {
  std::string text = fmt::format("  {:<{}}", label, kLabelWidth);
  for (const Classification& one : result.objectives)
    text += fmt::format("{:>{}}", cell(one), kColumnWidth);
  return text + "\n";
}

// A row about curvature: a dash where the point was not looked into.
template <class Cell>
std::string curvature_row(const std::string& label, const ClassificationResult& result,
                          const Cell& cell) {
  return row(label, result,
             [&](const Classification& one) { return one.examined() ? cell(one) : "-"; });
}

}  // namespace

std::string classification_text(const ClassificationResult& result) {
  using One = Classification;
  const Problem& problem = result.problem;
  std::string text =
      fmt::format("data     {}\nnetwork  {}, {}\n\n", data_title(problem), network_title(problem),
                  precisions_title(problem.network.architecture));
  text += row("", result, [](const One& o) { return objective_title(o.objective); });
  text += row("value", result, [](const One& o) { return fmt::format("{:.10g}", o.value); });
  text += row("  proved lower bound", result,
              [](const One& o) { return fmt::format("{:.10g}", o.lower_bound); });
  text += row("|gradient|", result,
              [](const One& o) { return fmt::format("{:.3g}", o.gradient_norm); });
  text += row("  its rounding up to", result,
              [](const One& o) { return fmt::format("{:.1e}", o.gradient_bound); });
  text += curvature_row("  relative to |H|", result, [](const One& o) {
    return o.hessian_norm > 0 ? fmt::format("{:.1e}", o.gradient_norm / o.hessian_norm)
                              : std::string("H = 0");
  });
  text += curvature_row("smallest eigenvalue", result,
                        [](const One& o) { return fmt::format("{:.10g}", o.lambda_min); });
  text += curvature_row("negative (n-)", result,
                        [](const One& o) { return count_text(o.inertia.n_negative); });
  text +=
      curvature_row("zero (n0)", result, [](const One& o) { return count_text(o.inertia.n_zero); });
  text += curvature_row("  from symmetry", result,
                        [](const One& o) { return count_text(o.symmetry_nullity); });
  text += curvature_row("  in excess", result,
                        [](const One& o) { return count_text(o.excess_nullity); });
  text += curvature_row("positive (n+)", result,
                        [](const One& o) { return count_text(o.inertia.n_positive); });
  text += curvature_row("zero threshold", result,
                        [](const One& o) { return fmt::format("{:.2g}", o.zero_threshold); });
  text += curvature_row("signs counted again", result, [](const One& o) {
    return o.independent ? fmt::format("{} {} {}", o.independent->n_negative, o.independent->n_zero,
                                       o.independent->n_positive)
                         : std::string("-");
  });
  text += curvature_row("order of escape", result, [](const One& o) {
    return o.escape_order > 0 ? std::to_string(o.escape_order) : std::string("-");
  });
  text += row("global minimum", result,
              [](const One& o) { return std::string(o.is_global ? "yes" : "no"); });
  text += row("VERDICT", result, [](const One& o) { return name(o.verdict); });
  text += "\n";
  for (const One& one : result.objectives) {
    text += fmt::format("  {:<8}{}{}\n", is_loss(one.objective) ? "loss" : "energy", one.reason,
                        one.decided_in_quad ? " (decided in quad precision)" : "");
    if (one.certificate)
      text += fmt::format(
          "          certificate: |gradient| <= {:.3g} and lambda_min <= {:.6g} along the {}\n",
          one.certificate->gradient_bound, one.certificate->curvature_bound,
          one.certificate->direction_kind == DirectionKind::kProof
              ? "direction of the strictness proof"
              : "eigenvector");
    if (!result.polished.empty()) {
      const PolishResult& polished =
          result.polished[static_cast<std::size_t>(&one - result.objectives.data())];
      text += fmt::format(
          "          polished: {} Newton step{}, moved by {:.3g}, |gradient| {:.3g} -> {:.3g}\n",
          polished.steps, polished.steps == 1 ? "" : "s", polished.distance,
          polished.gradient_before, polished.gradient_after);
      if (!polished.summary.ok()) text += fmt::format("          {}\n", polished.summary.message);
      if (polished.summary.status == Status::kNotConverged)
        text +=
            "          from here Newton steps find no critical point; saddle search tries other "
            "starts\n";
    }
    for (const std::string& note : one.notes) text += fmt::format("          {}\n", note);
    if (one.verdict == PointVerdict::kNotCritical && !one.examined() && result.polished.empty())
      text +=
          "          --polish looks for a critical point nearby, --any-point counts the signs of "
          "curvature here\n";
  }
  return text;
}

}  // namespace saddlescope::analysis
