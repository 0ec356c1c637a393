#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/escape_files.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"

namespace saddlescope::analysis {
namespace {

std::string way_csv(const ObjectiveEscape& one) {
  CsvTable table;
  table.header = {"time", "radius", "value", "loss"};
  for (const FlowRecord& record : one.way.records)
    table.rows.push_back({csv_number(record.time), csv_number(record.radius),
                          csv_number(record.value), csv_number(record.loss)});
  return csv_text(table);
}

// rho(t) of the law, from epsilon to the radius.
std::string law_csv(const EscapeTime& escape) {
  constexpr int kPoints = 100;
  const auto k = static_cast<double>(escape.ray.order);
  const double c = std::abs(escape.ray.coefficient);
  CsvTable table;
  table.header = {"time", "radius"};
  for (int i = 0; i <= kPoints; ++i) {
    const double rho =
        escape.epsilon * std::pow(escape.radius / escape.epsilon, double(i) / kPoints);
    const double time =
        escape.ray.order == 2
            ? std::log(rho / escape.epsilon) / (2 * c)
            : (std::pow(escape.epsilon, 2 - k) - std::pow(rho, 2 - k)) / ((k - 2) * k * c);
    table.rows.push_back({csv_number(time), csv_number(rho)});
  }
  return csv_text(table);
}

}  // namespace

Figure escape_figure(const EscapeStudyResult& result) {
  Figure figure;
  figure.name = "escape";
  figure.title = "Leaving a saddle along gradient flow";
  figure.caption =
      "Left: distance from the saddle against the time of the flow of loss and energy, the "
      "predicted law dashed and the predicted exit as a dot. Right: the value along each flow.";
  figure.width = 1700;
  figure.height = 800;
  std::string distance, value, marks;
  for (const ObjectiveEscape& one : result.objectives) {
    if (!one.escape) continue;
    const bool loss = is_loss(one.objective);
    const char* ink = loss ? colour::kLoss : colour::kEnergy;
    const std::string label = objective_title(one.objective);
    const std::string way = fmt::format("escape_{}.csv", one.objective);
    const std::string law = fmt::format("escape_{}_law.csv", one.objective);
    figure.data.push_back({way, way_csv(one)});
    figure.data.push_back({law, law_csv(*one.escape)});
    distance += fmt::format(
        "{}'{}' skip 1 using 1:2 with lines lw 2.5 lc rgb '{}' title '{}, gradient flow', "
        "'{}' skip 1 using 1:2 with lines lw 1.6 dt 2 lc rgb '{}' title '{}'",
        distance.empty() ? "plot " : ", ", way, ink, label, law, colour::kTheory,
        one.escape->ray.order == 2
            ? fmt::format("law: ε exp({:.3g} t)", -2 * one.escape->ray.coefficient)
            : fmt::format("law of order {}, c = {:.3g}", one.escape->ray.order,
                          one.escape->ray.coefficient));
    marks += fmt::format(
        "set label point pt 7 ps 1.4 lc rgb '{0}' at first {1:.12g}, first {2:.12g} '' front\n",
        ink, one.escape->predicted, one.escape->radius);
    value += fmt::format(
        "{}'{}' skip 1 using 1:3 with lines lw 2.5 lc rgb '{}' title 'flow of the {}: {}'",
        value.empty() ? "plot " : ", ", way, ink, loss ? "loss" : "energy",
        loss ? "loss" : "energy");
    if (!loss && has_closed_form(result.problem.network))
      value += fmt::format(
          ", '{}' skip 1 using 1:4 with lines lw 1.8 dt 3 lc rgb '{}' title 'flow of the energy: "
          "loss'",
          way, ink);
  }
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.085,0.985,0.14,0.72 spacing 0.075,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'time of gradient flow, t'\nset xrange [0:{:.12g}]\n"
      "set ylabel 'distance |θ(t) − θ_0| (dots: predicted exit)' offset 0.5,0\nset logscale y\nset "
      "format y '10^{{%T}}'\n"
      "set key at graph 0,1.29 left top Left reverse samplen 2\n",
      quoted(data_title(result.problem) + "   |   " + network_title(result.problem)),
      colour::kMuted, result.duration);
  figure.commands += marks + distance + "\n" +
                     "unset label\nunset logscale y\nset format y '%g'\nset yrange [0:*]\n"
                     "set ylabel 'value along the flow' offset 0,0\n"
                     "set key at graph 0,1.29 left top Left reverse samplen 2\n" +
                     value + "\nunset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
