#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "saddlescope/analysis/atlas_files.hpp"

namespace saddlescope::analysis {
namespace {

constexpr std::size_t kListed = 8;

std::string census_lines(const Census& census) {
  std::string text = fmt::format("  {:<22}{:>12}{:>12}\n", "", "loss (MSE)", "energy F*");
  const auto line = [&](const std::string& label, const auto& value) {
    text +=
        fmt::format("  {:<22}{:>12}{:>12}\n", label, value(census.all[0]), value(census.all[1]));
  };
  line("critical points", [](const CensusRow& row) { return row.critical; });
  line("  orbits of symmetry", [](const CensusRow& row) { return row.orbits; });
  for (std::size_t k = 0; k < kAtlasClasses; ++k)
    line("  " + name(static_cast<AtlasClass>(k)),
         [k](const CensusRow& row) { return row.classes[k]; });
  line("certificates", [](const CensusRow& row) { return row.certificates; });
  return text;
}

// "L = 3: order 3 (88 points), 2 .."
std::string order_lines(const AtlasResult& result) {
  std::map<Index, std::map<Index, Index>> orders;  // of the loss: depth -> order -> points
  std::map<Index, std::map<Index, Index>> origins;
  for (const AtlasRecord& record : result.records) {
    const AtlasVerdict& loss = record.under[0];
    if (loss.verdict != PointVerdict::kNonStrictSaddle) continue;
    const AtlasProblem& problem = result.problems[static_cast<std::size_t>(record.problem)];
    ++orders[problem.depth][loss.escape_order];
    if (problem.points[static_cast<std::size_t>(record.point)].built.family == "origin")
      ++origins[problem.depth][loss.escape_order];
  }
  std::string text;
  const auto counts = [](const std::map<Index, Index>& by_order) {
    std::string list;
    for (const auto& [order, n] : by_order)
      list += fmt::format("{}order {}: {}", list.empty() ? "" : ", ", order, n);
    return list;
  };
  for (const auto& [depth, by_order] : orders) {
    text += fmt::format("  L = {}  {}", depth, counts(by_order));
    if (origins.count(depth) > 0) text += fmt::format("   (origins: {})", counts(origins[depth]));
    text += "\n";
  }
  return text;
}

std::string finding_lines(const AtlasResult& result, const char* what,
                          const std::vector<AtlasFinding>& findings) {
  std::string text = fmt::format("\n{}: {}\n", what, findings.size());
  // One of each family first, so that a short list shows the different kinds.
  std::map<std::string, Index> shown;
  for (const AtlasFinding& finding : findings) {
    const AtlasRecord& record = result.records[static_cast<std::size_t>(finding.record)];
    const AtlasProblem& problem = result.problems[static_cast<std::size_t>(record.problem)];
    const std::string key =
        problem.points[static_cast<std::size_t>(record.point)].built.family + problem.kind;
    if (shown[key]++ > 0 || shown.size() > kListed) continue;
    text += fmt::format("  {}\n    {}\n", describe(result, record), finding.text);
  }
  if (findings.size() > shown.size())
    text += "  one of each kind is shown, all are in findings.csv\n";
  return text;
}

}  // namespace

std::string atlas_text(const Atlas& atlas) {
  const AtlasResult& result = atlas.result;
  std::string text = fmt::format(
      "{} critical points on {} problems, classified under loss and energy in {:.1f} s\n\n",
      atlas.census.n_distinct, result.problems.size(), result.seconds);
  text += census_lines(atlas.census);
  text += fmt::format(
      "\nlargest |gradient| {:.1e} of the curvature; at least {} point{} distinct modulo symmetry "
      "per depth, "
      "family and kind of data\n",
      atlas.census.worst_gradient, atlas.census.fewest_orbits,
      atlas.census.fewest_orbits == 1 ? "" : "s");
  if (atlas.check)
    text += fmt::format(
        "certificates replayed from the file: {} of {}; every |gradient| <= {:.1e}, every "
        "lambda_min "
        "<= {:.2e}\n",
        atlas.check->n_certificates - static_cast<Index>(atlas.check->failed.size()),
        atlas.check->n_certificates, atlas.check->largest_gradient_bound,
        atlas.check->weakest_curvature_bound);
  const std::string orders = order_lines(result);
  if (!orders.empty()) text += "\nnon-strict saddles of the loss, by order of escape\n" + orders;
  text += "\ntransition of the bottleneck along its orbit\n";
  for (const OrbitTransition& one : atlas.transitions)
    text += fmt::format("  d_c = {:.12g}, found {:.12g} (+- {:.1e}), off by {:.1e}\n",
                        one.predicted, one.found, one.error, std::abs(one.found - one.predicted));
  const EscapeAgreement escapes = agreement(atlas.escapes);
  text += fmt::format(
      "\nescape along gradient flow: {} strict saddles within {:.2g} % of the linear law, {} "
      "origins of "
      "the loss within {:.2g} % of the law of order L{}; balance laws hold to {:.1e}\n",
      escapes.strict, 100 * escapes.worst_strict, escapes.higher, 100 * escapes.worst_higher,
      escapes.unfinished > 0 ? fmt::format(", {} not timed", escapes.unfinished) : "",
      escapes.worst_balance);
  if (const PowerLaw& law = escapes.strict_law; law.points > 0)
    text +=
        fmt::format("their times grow as |lambda_min|^(-{:.5f} +- {:.5f}) over {} strict saddles\n",
                    law.exponent, (law.high - law.low) / 2, law.points);
  text += finding_lines(result, "contradictions to the theory", result.violations);
  text += finding_lines(
      result, "critical points of F*, not global and not strict, outside the theorem's hypotheses",
      result.counterexamples);
  if (!result.undecided.empty()) text += finding_lines(result, "undecided", result.undecided);
  text += fmt::format("\n{:.1f} s in all\n", atlas.seconds);
  return text;
}

}  // namespace saddlescope::analysis
