#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/classification_files.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/signed_log.hpp"

namespace saddlescope::analysis {
namespace {

// index, then the eigenvalue in the column of its kind: below zero, zero from symmetry, zero in
// excess, zero unexplained, above zero.
std::string kinds_csv(const Classification& one) {
  CsvTable table;
  table.header = {"index", "negative", "symmetry", "excess", "unexplained", "positive"};
  Index zeros = 0;
  for (Index i = 0; i < one.eigenvalues.size(); ++i) {
    const bool negative = i < one.inertia.n_negative;
    const bool positive = i >= one.eigenvalues.size() - one.inertia.n_positive;
    std::size_t kind = negative ? 1 : 5;
    if (!negative && !positive) {
      const bool split = one.excess_nullity >= 0;
      kind = !split ? 4 : zeros < one.symmetry_nullity ? 2 : 3;
      ++zeros;
    }
    std::vector<std::string> row(6, "NaN");
    row[0] = std::to_string(i + 1);
    row[kind] = csv_number(kind > 1 && kind < 5 ? 0 : one.eigenvalues[i]);
    table.rows.push_back(std::move(row));
  }
  return csv_text(table);
}

std::string panel(const Classification& one, const std::string& file) {
  const char* ink = is_loss(one.objective) ? colour::kLoss : colour::kEnergy;
  const SignedLog axis = signed_log_axis({{&one.eigenvalues, one.zero_threshold}});
  const auto p = static_cast<double>(one.eigenvalues.size());
  struct Kind {
    Index count;
    const char* label;
    const char* point;
    const char* ink;
  };
  const bool split = one.excess_nullity >= 0;
  const Kind kinds[] = {
      {one.inertia.n_negative, "negative", "pt 7 ps 1.2", ink},
      {split ? one.symmetry_nullity : 0, "zero, from symmetry", "pt 6 ps 1.2", colour::kMuted},
      {split ? one.excess_nullity : 0, "zero, in excess", "pt 13 ps 1.6", colour::kTheory},
      {split ? 0 : one.inertia.n_zero, "zero", "pt 6 ps 1.2", colour::kMuted},
      {one.inertia.n_positive, "positive", "pt 6 ps 1.2 lw 1.5", ink}};
  std::string plots;
  for (int k = 0; k < 5; ++k) {
    const Kind& kind = kinds[k];
    if (kind.count <= 0) continue;
    plots += fmt::format(
        "{}'{}' skip 1 using 1:(slog(${})) with points {} lc rgb '{}' title '{} {}'",
        plots.empty() ? "plot " : ", ", file, k + 2, kind.point, kind.ink, kind.count, kind.label);
  }
  return fmt::format(
             "set title {} noenhanced\n"
             "set xrange [{:.6g}:{:.6g}]\n"
             "set xtics {}\n",
             quoted(fmt::format("{}: {}", objective_title(one.objective), name(one.verdict))),
             1 - 0.03 * p, 1 + 1.03 * p, p <= 12 ? "1,1" : "autofreq") +
         signed_log_commands(axis, 'y') + plots + "\n";
}

}  // namespace

Figure classification_figure(const ClassificationResult& result) {
  Figure figure;
  figure.name = "classification";
  figure.title = "Eigenvalues behind the verdict on a point";
  figure.caption =
      "All eigenvalues in ascending order on a logarithmic scale that keeps signs, for each "
      "objective, with the zeros that symmetry explains; the verdict stands above each panel.";
  std::vector<const Classification*> shown;
  for (const Classification& one : result.objectives)
    if (one.examined()) shown.push_back(&one);
  figure.width = static_cast<int>(900 * shown.size());
  figure.height = 800;
  figure.commands = fmt::format(
      "set multiplot layout 1,{} margins {:.3f},0.98,0.16,0.83 spacing {:.3f},0 title {} "
      "noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid ytics lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set key bottom right Left reverse samplen 1 opaque\n"
      // Room below the points for the key.
      "set offsets graph 0,graph 0,graph 0.06,graph 0.42\n"
      "set xlabel 'eigenvalue number, ascending'\n"
      "set ylabel 'eigenvalue λ (signed log scale)' offset 0.5,0\n",
      shown.size(), 0.18 / static_cast<double>(shown.size()),
      0.19 / static_cast<double>(shown.size()),
      quoted(data_title(result.problem) + "   |   " + network_title(result.problem)),
      colour::kMuted);
  for (const Classification* one : shown) {
    const std::string file = fmt::format("classification_{}.csv", one->objective);
    figure.data.push_back({file, kinds_csv(*one)});
    figure.commands += panel(*one, file);
  }
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
