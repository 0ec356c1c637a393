#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/search_files.hpp"

namespace saddlescope::analysis {
namespace {

// Critical points: share of negative eigenvalues, value, rank.
std::string scatter_csv(const ObjectiveSearch& search) {
  CsvTable table;
  table.header = {"share", "value", "rank"};
  for (const SearchRecord& record : search.records) {
    if (!record.verdict || !record.verdict->examined()) continue;
    const Inertia& inertia = record.verdict->inertia;
    const auto p = static_cast<double>(record.verdict->eigenvalues.size());
    table.rows.push_back({csv_number(static_cast<double>(inertia.n_negative) / p),
                          csv_number(record.search.value), std::to_string(record.rank)});
  }
  return csv_text(table);
}

}  // namespace

Figure search_figure(const SearchStudyResult& result) {
  constexpr SearchEnd kEnds[] = {SearchEnd::kCritical, SearchEnd::kGradientFlat,
                                 SearchEnd::kRunaway, SearchEnd::kNotConverged};
  Figure figure;
  figure.name = "search";
  figure.title = "Critical points found from random starts";
  figure.caption =
      "Value against the share of negative eigenvalues of each critical point found, for loss and "
      "energy; right, how the searches ended.";
  const std::size_t panels = result.objectives.size() + 1;
  figure.width = static_cast<int>(650 * panels);
  figure.height = 720;
  figure.commands = fmt::format(
      "set multiplot layout 1,{} margins {:.3f},0.985,0.15,0.82 spacing {:.3f},0 title {} "
      "noenhanced offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'share of negative eigenvalues, n_{{−}}/p'\n"
      "set ylabel 'value at the critical point' offset 1,0\n"
      "set xrange [-0.02:*]\n",
      panels, 0.2 / static_cast<double>(panels), 0.22 / static_cast<double>(panels),
      quoted(data_title(result.problem) + "   |   " + network_title(result.problem)),
      colour::kMuted);
  CsvTable census;
  census.header = {"end"};
  for (const ObjectiveSearch& search : result.objectives) census.header.push_back(search.objective);
  for (const SearchEnd end : kEnds) {
    std::vector<std::string> row = {name(end)};
    for (const ObjectiveSearch& search : result.objectives)
      row.push_back(std::to_string(count(search, end)));
    census.rows.push_back(std::move(row));
  }
  std::string bars;
  for (std::size_t i = 0; i < result.objectives.size(); ++i) {
    const ObjectiveSearch& search = result.objectives[i];
    const bool loss = is_loss(search.objective);
    const char* ink = loss ? colour::kLoss : colour::kEnergy;
    const std::string file = fmt::format("search_{}.csv", search.objective);
    const std::string content = scatter_csv(search);
    const auto rows = std::count(content.begin(), content.end(), '\n') - 1;
    figure.data.push_back({file, content});
    double highest = 0;
    for (const SearchRecord& record : search.records)
      if (record.verdict) highest = std::max(highest, record.search.value);
    figure.commands += fmt::format(
        "set title '{}: {} critical points'\nset yrange [{:.6g}:{:.6g}]\n",
        objective_title(search.objective), rows, -0.04 * highest, highest > 0 ? 1.1 * highest : 1);
    figure.commands +=
        rows > 0 ? fmt::format(
                       "plot '{}' skip 1 using 1:2 with points pt 6 ps 1.3 lw 1.6 lc rgb "
                       "'{}' notitle\n",
                       file, ink)
                 : std::string("set xrange [-0.02:1]\nplot NaN notitle\nset xrange [-0.02:*]\n");
    bars += fmt::format("{}'search_ends.csv' skip 1 using {} lc rgb '{}' title '{}'",
                        bars.empty() ? "plot " : ", ", i + 2, ink, loss ? "loss" : "energy");
  }
  figure.data.push_back({"search_ends.csv", csv_text(census)});
  figure.commands +=
      "set title 'how the searches ended'\n"
      "set style data histograms\nset style histogram clustered gap 1\n"
      "set style fill solid 0.85 border rgb '#ffffff'\nset boxwidth 0.9\n"
      "unset xlabel\nset ylabel 'starts'\nset xrange [-0.6:3.6]\nset yrange [0:*]\n"
      "set xtics scale 0 ('critical' 0, \"gradient-\\nflat\" 1, 'run-away' 2, "
      "\"not\\nconverged\" 3)\nset key top right\n" +
      bars + "\nunset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
