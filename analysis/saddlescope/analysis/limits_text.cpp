#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "saddlescope/analysis/limits_files.hpp"
#include "saddlescope/analysis/limits_law.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/statistics.hpp"

namespace saddlescope::analysis {
namespace {

std::string cell_text(double value, const char* format) {
  return std::isfinite(value) ? fmt::format(fmt::runtime(format), value)
                              : fmt::format("{:>9}", "-");
}

// One table: hidden layers down, widths across.
std::string map_table(const LimitsResult& result, const std::string& parameterisation,
                      const std::string& title,
                      const std::function<double(const MapCell&)>& value) {
  std::string text = fmt::format("\n  {}, {}\n  {:>13} |", parameterisation, title, "H \\ width");
  for (const Index n : *result.options.widths) text += fmt::format("{:>9}", n);
  text += "\n";
  for (const Index H : *result.options.hidden_layers) {
    text += fmt::format("  {:>13} |", H);
    for (const Index n : *result.options.widths)
      text += cell_text(seed_median(result.map, parameterisation, n, H, value), "{:>9.1e}");
    text += "\n";
  }
  return text;
}

std::string law_text(const LimitLaw& law) {
  const char* verdict = law.vanishes == Verdict::kHolds   ? "vanishes with width"
                        : law.vanishes == Verdict::kFails ? "does not vanish with width"
                                                          : "undecided";
  std::string text = fmt::format("  {:<5} {:<16} ", law.parameterisation, law.quantity);
  if (!std::isfinite(law.width_exponent))
    return text +
           fmt::format("undecided: {} places with n >= 4 L, expected 6 or more\n", law.n_points);
  text += fmt::format("~ n^({:.2f} +- {:.2f})", law.width_exponent, law.width_error);
  if (std::isfinite(law.depth_exponent))
    text += fmt::format(" L^({:.2f} +- {:.2f})", law.depth_exponent, law.depth_error);
  return text + fmt::format(", at most {:.2g} at the largest width: {}\n", law.at_widest, verdict);
}

std::string map_text(const LimitsResult& result) {
  std::string text;
  for (const std::string& one : result.options.parameterisations) {
    text += map_table(result, one, "1 - cos(PC, BP), median over seeds",
                      [](const MapCell& cell) { return 1 - cell.point.cosine[0]; });
    text += map_table(result, one, "lambda L/F* - 1, median over seeds",
                      [](const MapCell& cell) { return cell.point.ratio - 1; });
  }
  text += "\nwhere width outgrows depth (n >= 4 L)\n";
  for (const LimitLaw& law : limit_laws(result.options, result.map)) text += law_text(law);
  double error = 0;
  for (const MapCell& cell : result.map)
    if (std::isfinite(cell.point.cosine_error[0]))
      error = std::max(error, cell.point.cosine_error[0]);
  text += fmt::format("  rounding error of a cosine: at most {:.1e}\n", error);
  // PC's output error is S^{-1} r, so a multiple of the identity turns no direction.
  text +=
      "  At random weights S gathers about its mean, a multiple of I, at any scale: directions "
      "come\n"
      "  to agree wherever width grows, sizes only where S -> I/lambda. Training may move S off "
      "it.\n";
  for (const MapCell& cell : result.map)
    if (!cell.point.summary.ok())
      text += fmt::format("  {}: {}\n", cell_name(cell.cell), cell.point.summary.message);
  return text;
}

std::string expectation_text(const LimitsResult& result) {
  const auto n = static_cast<Index>(result.expectation.size());
  double trace = 0, entry = 0;
  Index entries = 0;
  for (const MeanSchurResult& one : result.expectation) {
    trace = std::max(trace, std::abs(one.z));
    entry = std::max(entry, one.entry_z);
    entries += one.n_entries;
  }
  return fmt::format(
      "\nmean of S, exact against {} draws, {} cases (sp uniform and normal, ntp, mupc; skips; "
      "gamma)\n"
      "  tr S/d_y: largest deviation {:.2f} standard errors (beyond 3 by chance: {:.1f} %)\n"
      "  entries:  largest deviation {:.2f} standard errors of {} (beyond {:.2f} by chance: 0.3 "
      "%)\n",
      result.options.draws, n, trace, 100 * false_alarm(n), entry, entries,
      three_sigma_of_many(entries));
}

std::string training_text(const LimitsResult& result) {
  std::string text = fmt::format(
      "\nalong {} steps of {}, base rate {:g}: medians over seeds at the end, deepest networks\n"
      "  {:<6}{:>7}{:>4}{:>11}{:>11}{:>13}{:>16}{:>15}\n",
      result.options.steps, result.options.optimiser, *result.options.learning_rate, "", "width",
      "H", "L of BP", "L of PC", "1-cos PC-BP", "lambda L/F* - 1", "twins apart");
  const auto middle = [](const std::vector<double>& values) {
    return values.empty() ? std::nan("") : median(values);
  };
  for (const std::string& one : result.options.parameterisations) {
    for (const Index n : *result.options.training_widths) {
      std::vector<double> bp, pc, cosine, ratio, apart;
      for (const TwinRun& run : result.training) {
        if (run.cell.parameterisation != one || run.cell.width != n ||
            run.cell.hidden_layers != result.options.hidden_layers->back() || !run.summary.ok())
          continue;
        const TwinRecord& last = run.records.back();
        bp.push_back(last.bp_loss);
        pc.push_back(last.at_pc.loss);
        cosine.push_back(1 - last.at_pc.cosine[0]);
        ratio.push_back(last.at_pc.ratio - 1);
        apart.push_back(last.distance / last.bp_path);
      }
      text += fmt::format("  {:<6}{:>7}{:>4}{:>11.4g}{:>11.4g}{:>13.2e}{:>16.2e}{:>15.2e}\n", one,
                          n, result.options.hidden_layers->back(), middle(bp), middle(pc),
                          middle(cosine), middle(ratio), middle(apart));
    }
  }
  text += "  twins apart: |theta_PC - theta_BP| / |theta_BP - theta_0|\n";
  text +=
      fmt::format("\nafter step {} where width outgrows depth (n >= 4 L)\n", result.options.steps);
  for (const LimitLaw& law : training_laws(result.options, result.training)) text += law_text(law);
  for (const TwinRun& run : result.training)
    if (!run.summary.ok())
      text += fmt::format("  {}: {}\n", cell_name(run.cell), run.summary.message);
  return text;
}

}  // namespace

std::string limits_text(const LimitsResult& result) {
  const LimitsOptions& o = result.options;
  std::string text = fmt::format("{} (d_x = {}, d_y = {})   |   {}, {}, lambda {:g}, gamma {:g}\n",
                                 data_title(result.data), result.data.x.rows(),
                                 result.data.y.rows(), fmt::join(o.parameterisations, ", "),
                                 o.no_skips ? "no skips" : "skips", o.lambda, o.gamma);
  if (!result.expectation.empty()) text += expectation_text(result);
  if (!result.map.empty()) text += map_text(result);
  if (!result.training.empty()) text += training_text(result);
  text += fmt::format("\nseconds:");
  if (!result.expectation.empty())
    text += fmt::format(" mean of S {:.1f}", result.expectation_seconds);
  if (!result.map.empty()) text += fmt::format(" maps {:.1f}", result.map_seconds);
  if (!result.training.empty()) text += fmt::format(" training {:.1f}", result.training_seconds);
  return text + "\n";
}

}  // namespace saddlescope::analysis
