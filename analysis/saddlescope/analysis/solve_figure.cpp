#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/solve_files.hpp"

namespace saddlescope::analysis {
namespace {

// One colour per solver, the rest of Okabe and Ito's palette.
const char* ink_of(const std::string& solver) {
  if (solver == "descent") return colour::kEnergy;
  if (solver == "momentum") return colour::kLoss;
  if (solver == "cg") return "#009E73";
  if (solver == "euler") return "#E69F00";
  if (solver == "heun") return "#56B4E9";
  return "#CC79A7";
}

std::string path_csv(const Equilibrium& one) {
  CsvTable table;
  table.header = {"step", "gradient_norm", "energy_gap"};
  for (const EquilibriumTrace& row : one.trace)
    if (row.gradient_norm > 0)
      table.rows.push_back(
          {std::to_string(row.step), csv_number(row.gradient_norm), csv_number(row.energy_gap)});
  return csv_text(table);
}

// The predicted slope: of the gradient rate^k and of the gap rate^2k (of dopri5 rate^t), through
// the point where two thirds of the fall, in logarithms, are done; drawn from half the way to it.
// For cg the whole path, or without it the bound of the gap, 4 rate^2k times the first one.
std::string slope_csv(const Equilibrium& one, const std::string& solver,
                      const std::optional<ConjugateGradientPath>& path) {
  CsvTable table;
  table.header = {"step", "gradient_norm", "energy_gap"};
  if (!one.predicted_rate) return csv_text(table);
  if (solver == "cg" && path) {
    for (std::size_t k = 0; k < path->gradient_norms.size(); ++k)
      table.rows.push_back({std::to_string(k), csv_number(path->gradient_norms[k]),
                            csv_number(path->energy_gaps[k])});
    return csv_text(table);
  }
  const std::vector<EquilibriumTrace>& trace = one.trace;
  const double rate = std::log(*one.predicted_rate);
  const auto time = [&](const EquilibriumTrace& row) {
    return solver == "dopri5" ? row.time : static_cast<double>(row.step);
  };
  const bool bound = solver == "cg";
  double least = trace.front().gradient_norm;
  for (const EquilibriumTrace& row : trace)
    if (row.gradient_norm > 0) least = std::min(least, row.gradient_norm);
  const double level = std::log(trace.front().gradient_norm) / 3 + std::log(least) * 2 / 3;
  const auto anchor =
      bound ? trace.begin() : std::find_if(trace.begin(), trace.end(), [&](const auto& row) {
        return std::log(row.gradient_norm) <= level;
      });
  if (anchor == trace.end()) return csv_text(table);
  for (const EquilibriumTrace& row : trace) {
    const double passed = time(row) - time(*anchor);
    if (2 * time(row) < time(*anchor)) continue;
    const double gradient = anchor->gradient_norm * std::exp(rate * passed);
    const double gap = (bound ? 4 : 1) * anchor->energy_gap * std::exp(2 * rate * passed);
    if (gradient < least / 10) break;
    table.rows.push_back({std::to_string(row.step), csv_number(gradient), csv_number(gap)});
  }
  return csv_text(table);
}

}  // namespace

Figure solve_figure(const SolveStudyResult& result) {
  Figure figure;
  figure.name = "solve";
  figure.title = "Convergence of inference";
  figure.caption =
      "Norm of the gradient in the activities and energy above the equilibrium against the step of "
      "each solver; rates that theory predicts are dashed.";
  figure.width = 1700;
  figure.height = 860;
  std::string gradient, gap;
  Index longest = 0, shortest = 0;
  for (std::size_t i = 0; i < result.equilibria.size(); ++i) {
    const Equilibrium& one = result.equilibria[i];
    const std::string& solver = result.solvers[i];
    if (one.trace.size() < 2) continue;
    const Index steps = one.trace.back().step;
    longest = std::max(longest, steps);
    shortest = shortest == 0 ? steps : std::min(shortest, steps);
    const std::string path = fmt::format("solve_{}.csv", solver);
    const std::string slope = fmt::format("solve_{}_slope.csv", solver);
    figure.data.push_back({path, path_csv(one)});
    const char* lead = gradient.empty() ? "plot " : ", ";
    const bool bound = solver == "cg" && !result.cg_path;
    std::string label = fmt::format("{}, {}", solver, name(one.verdict));
    if (one.predicted_rate)
      label +=
          fmt::format(": {} {:.6f}{}, measured {}", bound ? "Chebyshev bound" : "rate predicted",
                      *one.predicted_rate, solver == "dopri5" ? " per unit of time" : "",
                      one.measured_rate ? fmt::format("{:.6f}", *one.measured_rate)
                                        : std::string("in too few steps"));
    gradient += fmt::format("{}'{}' skip 1 using 1:2 with lines lw 3 lc rgb '{}' title '{}'", lead,
                            path, ink_of(solver), label);
    gap += fmt::format("{}'{}' skip 1 using 1:3 with lines lw 3 lc rgb '{}' notitle", lead, path,
                       ink_of(solver));
    if (!one.predicted_rate) continue;
    figure.data.push_back({slope, slope_csv(one, solver, result.cg_path)});
    const std::string style =
        fmt::format("with lines lw 1.6 dt 2 lc rgb '{}' notitle", colour::kTheory);
    if (!bound) gradient += fmt::format(", '{}' skip 1 using 1:2 {}", slope, style);
    gap += fmt::format(", '{}' skip 1 using 1:3 {}", slope, style);
  }
  const bool log_steps = longest > 10 * shortest;
  const Conditioning& c = result.conditioning;
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.1,0.97,0.15,0.62 spacing 0.105,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'step (dashed: predicted)'\n{}"
      "set logscale y\nset format y '10^{{%T}}'\n"
      "set key at graph 0,1.64 left top Left reverse samplen 2 spacing 1.15\n"
      "set ylabel 'gradient |∂F/∂z|' offset 0.5,0\n",
      quoted(fmt::format("{}   |   {}, κ = {:.4g}", data_title(result.problem),
                         network_title(result.problem), c.condition_number)),
      colour::kMuted,
      log_steps ? "set logscale x\nset xrange [1:*]\n"
                : fmt::format("set xrange [0:{}]\n", longest));
  figure.commands +=
      gradient + "\nset ylabel 'energy F − F*' offset 0.5,0\n" + gap + "\nunset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
