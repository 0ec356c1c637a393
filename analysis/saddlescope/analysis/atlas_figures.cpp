// The pictures of an atlas.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "saddlescope/analysis/atlas_files.hpp"

namespace saddlescope::analysis {
namespace {

constexpr const char* kObjectiveTitles[] = {"loss (MSE)", "energy F*"};
constexpr const char* kObjectiveFiles[] = {"loss", "energy"};

// A colour and a mark per class, the same in every picture.
struct ClassStyle {
  const char* colour;
  int point;
};
constexpr ClassStyle kStyles[kAtlasClasses] = {{"#0072B2", 6},  {"#D55E00", 8}, {"#CC79A7", 4},
                                               {"#000000", 12}, {"#009E73", 2}, {"#999999", 3}};

const std::string kAxes = fmt::format(
    "set border 3 lw 0.8 lc rgb '{}'\n"
    "set tics nomirror out textcolor rgb '#000000'\n",
    colour::kMuted);

std::string title_of(const Atlas& atlas, const char* what) {
  return quoted(fmt::format("{}   |   {} critical points", what, atlas.census.n_distinct));
}

// Two panels side by side, loss and energy, whose keys of `rows` rows stand above them.
std::string pair_of_panels(const std::string& title, double bottom, int rows) {
  return kAxes + fmt::format(
                     "set multiplot layout 1,2 margins 0.09,0.97,{:.3f},0.77 spacing 0.095,0 "
                     "title {} noenhanced offset 0,-0.3\n"
                     "set key at graph 0,1.03 left bottom vertical maxrows {} Left reverse samplen "
                     "1.5 width -1 font ',16'\n",
                     bottom, title, rows);
}

// Value over the value at rank zero against the share of negative eigenvalues.
Figure value_index(const Atlas& atlas) {
  Figure figure;
  figure.name = "atlas_value_index";
  figure.title = "Value against index of every critical point of the atlas";
  figure.caption =
      "One mark per critical point, by verdict: its value relative to the value at rank zero "
      "against the share of negative eigenvalues, for loss and energy. The key counts the points.";
  figure.width = 1700;
  figure.height = 800;
  figure.commands = pair_of_panels(title_of(atlas, "Value against index"), 0.15, 3) +
                    "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
                    "set xlabel 'share of negative eigenvalues, n_{−}/p'\n"
                    "set xrange [-0.02:*]\nset yrange [-0.05:1.08]\n";
  for (std::size_t which = 0; which < 2; ++which) {
    CsvTable table;
    table.header = {"share"};
    for (std::size_t k = 0; k < kAtlasClasses; ++k)
      table.header.push_back(name(static_cast<AtlasClass>(k)));
    std::array<Index, kAtlasClasses> seen{};
    for (const AtlasRecord& record : atlas.result.records) {
      const AtlasVerdict& one = record.under[which];
      const AtlasProblem& problem = atlas.result.problems[static_cast<std::size_t>(record.problem)];
      const Index p = problem.network.architecture.n_parameters();
      if (!one.critical() || one.inertia.n_negative < 0) continue;
      const auto k = static_cast<std::size_t>(class_of(one));
      ++seen[k];
      const double zero = problem.data.y.squaredNorm() /
                          (2 * static_cast<double>(problem.data.n_samples())) *
                          (which == 0 ? 1 : problem.network.architecture.lambda());
      std::vector<std::string> row(kAtlasClasses + 1, "NaN");
      row[0] = csv_number(static_cast<double>(one.inertia.n_negative) / static_cast<double>(p));
      row[k + 1] = csv_number(one.value / zero);
      table.rows.push_back(std::move(row));
    }
    const std::string file = fmt::format("atlas_value_index_{}.csv", kObjectiveFiles[which]);
    figure.data.push_back({file, csv_text(table)});
    figure.commands +=
        fmt::format("set ylabel '{}: value / value at rank zero' offset 1,0\nplot NaN notitle",
                    kObjectiveTitles[which]);
    for (std::size_t k = 0; k < kAtlasClasses; ++k)
      if (seen[k] > 0)
        figure.commands += fmt::format(
            ", '{}' skip 1 using 1:{} with points pt {} ps 0.9 lc rgb '{}' title '{} ({})'", file,
            k + 2, kStyles[k].point, kStyles[k].colour, name(static_cast<AtlasClass>(k)), seen[k]);
    figure.commands += "\n";
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

// Verdicts of every family as stacked bars.
Figure verdicts(const Atlas& atlas) {
  std::map<std::string, std::array<std::array<Index, kAtlasClasses>, 2>> families;
  for (const CensusRow& row : atlas.census.rows) {
    if (row.kind == "counterexample") continue;
    auto& counts = families[row.family][row.objective == "loss" ? 0 : 1];
    for (std::size_t k = 0; k < kAtlasClasses; ++k) counts[k] += row.classes[k];
  }
  Figure figure;
  figure.name = "atlas_verdicts";
  figure.title = "Verdicts on the critical points of the atlas, by family";
  figure.caption =
      "How many critical points of each family are strict saddles, non-strict saddles, minima or "
      "undecided, under the loss and under the energy.";
  figure.width = 1700;
  figure.height = 800;
  figure.commands =
      pair_of_panels(title_of(atlas, "Verdicts by family"), 0.2, 3) +
      "set style data histograms\nset style histogram rowstacked\n"
      "set style fill solid 0.85 border rgb '#ffffff'\nset boxwidth 0.75\n"
      "set xtics rotate by -35 scale 0\nset grid ytics lc rgb '#dddddd' lt 1 lw 0.6\n";
  for (std::size_t which = 0; which < 2; ++which) {
    CsvTable table;
    table.header = {"family"};
    std::array<Index, kAtlasClasses> seen{};
    for (std::size_t k = 0; k < kAtlasClasses; ++k)
      table.header.push_back(name(static_cast<AtlasClass>(k)));
    for (const auto& [family, counts] : families) {
      std::vector<std::string> row = {family};
      for (std::size_t k = 0; k < kAtlasClasses; ++k) {
        row.push_back(std::to_string(counts[which][k]));
        seen[k] += counts[which][k];
      }
      table.rows.push_back(std::move(row));
    }
    const std::string file = fmt::format("atlas_verdicts_{}.csv", kObjectiveFiles[which]);
    figure.data.push_back({file, csv_text(table)});
    figure.commands +=
        fmt::format("set ylabel '{}: critical points' offset 1,0\nplot ", kObjectiveTitles[which]);
    bool first = true;
    for (std::size_t k = 0; k < kAtlasClasses; ++k) {
      if (seen[k] == 0) continue;
      figure.commands +=
          fmt::format("{}'{}' skip 1 using {}:xtic(1) lc rgb '{}' title '{}'", first ? "" : ", ",
                      file, k + 2, kStyles[k].colour, name(static_cast<AtlasClass>(k)));
      first = false;
    }
    figure.commands += "\n";
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

// Mean shares of negative, zero (symmetry, excess) and positive eigenvalues by rank.
Figure inertia_by_rank(const Atlas& atlas) {
  struct Shares {
    double negative = 0, symmetry = 0, excess = 0, positive = 0;
    Index n = 0;
  };
  std::array<std::map<Index, Shares>, 2> ranks;
  for (const AtlasRecord& record : atlas.result.records) {
    const auto p =
        static_cast<double>(atlas.result.problems[static_cast<std::size_t>(record.problem)]
                                .network.architecture.n_parameters());
    for (std::size_t which = 0; which < 2; ++which) {
      const AtlasVerdict& one = record.under[which];
      if (!one.critical() || one.excess_nullity < 0) continue;
      Shares& sum = ranks[which][record.rank];
      sum.negative += static_cast<double>(one.inertia.n_negative) / p;
      sum.symmetry += static_cast<double>(one.symmetry_nullity) / p;
      sum.excess += static_cast<double>(one.excess_nullity) / p;
      sum.positive += static_cast<double>(one.inertia.n_positive) / p;
      ++sum.n;
    }
  }
  Figure figure;
  figure.name = "atlas_inertia";
  figure.title = "Signs of the eigenvalues at critical points, by rank";
  figure.caption =
      "Mean shares of negative, zero and positive eigenvalues against the rank of the product of "
      "all maps. Zero eigenvalues that symmetry explains are told from those in excess.";
  figure.width = 1700;
  figure.height = 800;
  figure.commands =
      pair_of_panels(title_of(atlas, "Inertia by rank"), 0.15, 2) +
      "set style data histograms\nset style histogram rowstacked\n"
      "set style fill solid 0.9 border rgb '#ffffff'\nset boxwidth 0.75\nset xtics scale 0\n"
      "set xlabel 'rank of the product of all maps (points)'\nset yrange [0:1]\n";
  for (std::size_t which = 0; which < 2; ++which) {
    CsvTable table;
    table.header = {"rank", "negative", "symmetry", "excess", "positive"};
    for (const auto& [rank, sum] : ranks[which]) {
      std::vector<std::string> row = {fmt::format("{} ({})", rank, sum.n)};
      for (const double share : {sum.negative, sum.symmetry, sum.excess, sum.positive})
        row.push_back(csv_number(share / static_cast<double>(sum.n)));
      table.rows.push_back(std::move(row));
    }
    const std::string file = fmt::format("atlas_inertia_{}.csv", kObjectiveFiles[which]);
    figure.data.push_back({file, csv_text(table)});
    figure.commands += fmt::format(
        "set ylabel '{0}: mean share of the p eigenvalues' offset 1,0\n"
        "plot '{1}' skip 1 using 2:xtic(1) lc rgb '#D55E00' title 'negative', '' skip 1 using 3 lc "
        "rgb '#BBBBBB' title 'zero, symmetry', '' skip 1 using 4 lc rgb '#555555' title 'zero, "
        "excess', '' skip 1 using 5 lc rgb '#56B4E9' title 'positive'\n",
        kObjectiveTitles[which], file);
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

// Orders of escape of the loss's non-strict saddles: discs over depth, by area.
Figure orders(const Atlas& atlas) {
  std::map<std::pair<Index, Index>, Index> counts;
  Index most = 1;
  for (const AtlasRecord& record : atlas.result.records)
    if (record.under[0].verdict == PointVerdict::kNonStrictSaddle)
      most = std::max(
          most, ++counts[{atlas.result.problems[static_cast<std::size_t>(record.problem)].depth,
                          record.under[0].escape_order}]);
  CsvTable table;
  table.header = {"L", "order", "points", "size"};
  for (const auto& [key, n] : counts)
    table.rows.push_back(
        {std::to_string(key.first), std::to_string(key.second), std::to_string(n),
         csv_number(0.36 * std::sqrt(static_cast<double>(n) / static_cast<double>(most)))});
  Figure figure;
  figure.name = "atlas_orders";
  figure.title = "Orders at which non-strict saddles of the loss can be left";
  figure.caption =
      "Lowest order of descent against the number of layers L; areas and numbers count points. The "
      "dashed line is order L, that of the origin.";
  figure.width = 1000;
  figure.height = 800;
  figure.data.push_back({"atlas_orders.csv", csv_text(table)});
  figure.commands =
      kAxes +
      "set title 'Non-strict saddles of the loss' offset 0,0.3\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'layers L'\nset ylabel 'order of escape'\n"
      "set xrange [2.4:6.6]\nset yrange [2.4:*<7.6]\nset xtics 1\nset ytics 1\n"
      "set offsets 0.6,0.6,0.6,0.6\nset style fill transparent solid 0.35 noborder\n"
      "set key top left Left reverse\n"
      "plot x with lines dt 2 lw 1.5 lc rgb '#000000' title 'order L: the origin', "
      "'atlas_orders.csv' skip 1 using 1:2:4 with circles lc rgb '" +
      std::string(colour::kLoss) +
      "' title 'points (area)', '' skip 1 using 1:2:3 with labels font ',14' notitle\n";
  return figure;
}

// Eigenvalues of the Hessian of F* along the bottleneck's orbit.
Figure transition(const Atlas& atlas) {
  Figure figure;
  figure.name = "atlas_transition";
  figure.title = "Spurious minima that become strict saddles along one GL orbit";
  figure.caption =
      "The eigenvalue that changes sign, relative to the largest, against the place d/d_c on the "
      "orbit of a critical point with a bottleneck; left of the predicted transition at 1 lie "
      "local minima, right of it strict saddles.";
  figure.width = 1500;
  figure.height = 800;
  std::string plots;
  constexpr const char* kInks[] = {"#D55E00", "#0072B2", "#009E73", "#CC79A7"};
  for (std::size_t i = 0; i < atlas.transitions.size(); ++i) {
    const OrbitTransition& one = atlas.transitions[i];
    CsvTable table;
    table.header = {"d_over_dc", "lambda_over_largest"};
    for (std::size_t k = 0; k < one.d.size(); ++k) {
      // Of the two eigenvalues nearest to zero one is the symmetry's zero, the other crosses.
      const Vector& values = one.eigenvalues[k];
      const double crossing = std::abs(values[0]) > std::abs(values[1]) ? values[0] : values[1];
      table.rows.push_back(
          {csv_number(one.d[k] / one.predicted), csv_number(crossing / values[values.size() - 1])});
    }
    const std::string file = fmt::format("atlas_transition_{}.csv", i + 1);
    figure.data.push_back({file, csv_text(table)});
    plots += fmt::format(
        "{}'{}' skip 1 using 1:2 with lines lw 2.2 lc rgb '{}' title 'd_c = {:.6f}, found to "
        "{:.0e}'",
        i == 0 ? "plot " : ", ", file, kInks[i % 4], one.predicted,
        std::max(std::abs(one.found - one.predicted), 1e-16));
  }
  figure.commands =
      kAxes +
      fmt::format(
          "set title 'One GL orbit of critical points with a bottleneck: local minima become "
          "strict "
          "saddles at d_c' offset 0,0.3\n"
          "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
          "set logscale x 2\nset xtics (0.25, 0.5, 1, 2, 4)\nset xrange [0.2:5]\n"
          "set xlabel 'd / d_c, place on the orbit'\nset yrange [*:*]\nset offsets 0,0,graph "
          "0.12,0\n"
          "set ylabel 'eigenvalue that changes sign / largest eigenvalue'\n"
          "set arrow from first 1, graph 0 to first 1, graph 1 nohead dt 2 lw 1.2 lc rgb '{0}'\n"
          "set arrow from graph 0, first 0 to graph 1, first 0 nohead lw 1 lc rgb '{0}'\n"
          "set label 'spurious local minima' at graph 0.04, graph 0.95\n"
          "set label 'strict saddles' at graph 0.96, graph 0.95 right\n"
          "set key bottom left Left reverse\n",
          colour::kMuted) +
      plots + "\n";
  return figure;
}

}  // namespace

std::vector<Figure> atlas_figures(const Atlas& atlas) {
  std::vector<Figure> figures = {value_index(atlas), verdicts(atlas), inertia_by_rank(atlas),
                                 transition(atlas)};
  const bool non_strict = std::any_of(
      atlas.result.records.begin(), atlas.result.records.end(), [](const AtlasRecord& record) {
        return record.under[0].verdict == PointVerdict::kNonStrictSaddle;
      });
  if (non_strict) figures.push_back(orders(atlas));
  if (!atlas.escapes.empty()) figures.push_back(escape_time_figure(atlas.escapes));
  return figures;
}

}  // namespace saddlescope::analysis
