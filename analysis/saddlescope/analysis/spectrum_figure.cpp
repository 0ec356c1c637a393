#include "saddlescope/analysis/spectrum_figure.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/histogram.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/signed_log.hpp"
#include "saddlescope/analysis/spectrum_table.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kBinTarget = 81;

struct Curve {
  std::string column;  // in the tables
  std::string label;
  const char* colour;
  const Vector* values;
  bool theory;
  bool loss;
};

std::string count_text(Index count) { return count < 0 ? std::string("?") : std::to_string(count); }

std::string objective_label(const ObjectiveSpectrum& objective) {
  std::string subject = objective_title(objective.name);
  const Inertia& inertia = objective.inertia;
  if (inertia.n_negative < 0 && inertia.n_positive < 0) return subject;
  return fmt::format("{}:  n_{{−}} {}   n_0 {}   n_{{+}} {}", subject,
                     count_text(inertia.n_negative), count_text(inertia.n_zero),
                     count_text(inertia.n_positive));
}

const char* objective_colour(const ObjectiveSpectrum& objective) {
  return is_loss(objective.name) ? colour::kLoss : colour::kEnergy;
}

// Numbers first, in the order asked for, then what theory predicts of them.
std::vector<Curve> dense_curves(const SpectrumResult& result) {
  std::vector<Curve> curves;
  for (const ObjectiveSpectrum& objective : result.objectives) {
    curves.push_back({objective.name, objective_label(objective), objective_colour(objective),
                      &objective.eigenvalues, false, is_loss(objective.name)});
  }
  for (const ObjectiveSpectrum& objective : result.objectives) {
    if (!objective.theory) continue;
    const bool loss = is_loss(objective.name);
    curves.push_back({"theory_" + objective.name, loss ? "theory, loss" : "theory, energy",
                      colour::kTheory, &objective.theory->eigenvalues, true, loss});
  }
  return curves;
}

std::string histogram_csv(const std::vector<Curve>& curves, const Bins& bins) {
  CsvTable table;
  table.header = {"bin_centre", "bin_width"};
  std::vector<Vector> densities;
  for (const Curve& curve : curves) {
    table.header.push_back("density_" + curve.column);
    densities.push_back(density(*curve.values, bins));
  }
  for (Index k = 0; k < bins.count; ++k) {
    std::vector<std::string> row = {csv_number(bins.centre(k)), csv_number(bins.width)};
    for (const Vector& values : densities) row.push_back(csv_number(values[k]));
    table.rows.push_back(std::move(row));
  }
  return csv_text(table);
}

// The keys stand between title and panels, where no data can be.
std::string common_commands(const SpectrumResult& result, double left = 0.09) {
  return fmt::format(
      "set multiplot layout 1,2 margins {:.3f},0.97,0.145,0.8 spacing 0.11,0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid ytics lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set key at graph 0,1.03 left bottom vertical Left reverse samplen 3 enhanced\n",
      left, quoted(data_title(result.problem) + "   |   " + network_title(result.problem)),
      colour::kMuted);
}

// How a prediction is marked in every panel: point type, size and dash.
std::string theory_points(const Curve& curve) {
  return fmt::format("pt {} ps {} lc rgb '{}'", curve.loss ? 6 : 12, curve.loss ? 1.2 : 1.6,
                     curve.colour);
}

std::string density_plot(const std::vector<Curve>& curves, const Bins& bins, Index p) {
  double top = 0;
  for (const Curve& curve : curves) top = std::max(top, density(*curve.values, bins).maxCoeff());
  const double single = 1 / (static_cast<double>(p) * bins.width);
  std::string commands = fmt::format(
      "set xlabel 'eigenvalue λ'\n"
      "set ylabel 'density (log scale)' offset 0.5,0\n"
      "set logscale y\n"
      "set format y '10^{{%T}}'\n"
      "set yrange [{:.6g}:{:.6g}]\n"
      "set xrange [{:.17g}:{:.17g}]\n"
      "set style fill transparent solid 0.55 noborder\n"
      "plot ",
      single / 3, top * 3, bins.centre(0) - 1.5 * bins.width,
      bins.centre(bins.count - 1) + 1.5 * bins.width);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const Curve& curve = curves[i];
    const std::size_t column = i + 3;
    if (i > 0) commands += ", ";
    if (curve.theory) {
      commands += fmt::format(
          "'spectrum_histogram.csv' skip 1 using 1:(${0} > 0 ? ${0} : NaN) with points {1} lw 1.4 "
          "notitle",
          column, theory_points(curve));
    } else {
      commands += fmt::format(
          "'spectrum_histogram.csv' skip 1 using 1:(${0} > 0 ? ${0} : NaN):2 with boxes "
          "lc rgb '{1}' title '{2}'",
          column, curve.colour, curve.label);
    }
  }
  return commands + "\n";
}

// The largest of 1, 2, 5 times a power of ten that is at most `step`:
// about five labels that do not touch.
double round_step(double step) {
  const double decade = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {5.0, 2.0})
    if (factor * decade <= step) return factor * decade;
  return decade;
}

SignedLog axis_of(const SpectrumResult& result) {
  std::vector<SignedLogSeries> series;
  series.reserve(result.objectives.size());
  for (const ObjectiveSpectrum& objective : result.objectives)
    series.push_back({&objective.eigenvalues, objective.zero_threshold});
  return signed_log_axis(series);
}

std::string sorted_plot(const std::vector<Curve>& curves, const SpectrumResult& result) {
  const double p = static_cast<double>(result.p);
  std::string commands =
      "unset logscale y\nset format y\nset autoscale x\nset autoscale y\n"
      "set xlabel 'eigenvalue number, ascending'\n"
      "set ylabel 'eigenvalue λ (signed log scale)' offset 0.5,0\n" +
      signed_log_commands(axis_of(result), 'y') +
      fmt::format("set xrange [{:.6g}:{:.6g}]\nset xtics {:.0f}\nset offsets 0,0,0.3,0.3\nplot ",
                  1 - 0.02 * p, 1 + 1.02 * p, std::max(1.0, round_step(p / 4)));
  std::string key;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const Curve& curve = curves[i];
    if (i > 0) commands += ", ";
    commands += fmt::format("'spectrum.csv' skip 1 using 1:(slog(${})) ", i + 2);
    if (curve.theory) {
      const int dash = curve.loss ? 3 : 2;
      commands += fmt::format("with lines dt {} lw 1.6 lc rgb '{}' notitle", dash, curve.colour);
      key += fmt::format(", keyentry with linespoints {} dt {} lw 1.6 title '{}'",
                         theory_points(curve), dash, curve.label);
    } else {
      commands += fmt::format("with points pt 7 ps {} lc rgb '{}' notitle", curve.loss ? 0.9 : 0.6,
                              curve.colour);
    }
  }
  return commands + key + "\n";
}

Figure extreme_figure(const SpectrumResult& result) {
  Figure figure;
  figure.name = "spectrum";
  figure.title = "Hessian spectra of loss and energy at the same point";
  figure.caption =
      "Eigenvalues from the smallest and from the largest end, found without a matrix, by rank.";
  figure.data = {{"spectrum.csv", csv_text(spectrum_table(result))}};
  Index count = 1;  // objectives may have converged to different numbers of pairs
  for (const ObjectiveSpectrum& objective : result.objectives)
    count = std::max({count, objective.smallest.size(), objective.largest.size()});
  std::string commands =
      common_commands(result, 0.115) +  // room for labels of small numbers
      fmt::format("set xrange [0.5:{}.5]\nset xtics 1,{}\n", count, std::max<Index>(1, count / 5));
  // Never a finer scale than the zero threshold: rounding noise is drawn as the zero it is.
  double threshold = 0;
  for (const ObjectiveSpectrum& objective : result.objectives)
    if (std::isfinite(objective.zero_threshold))
      threshold = std::max(threshold, objective.zero_threshold);
  if (threshold > 0)
    commands += fmt::format("set yrange [*<{:.3g}:{:.3g}<*]\n", -10 * threshold, 10 * threshold);
  for (const bool smallest : {true, false}) {
    commands += fmt::format(
        "set xlabel 'rank from the {} end'\n{}\n"
        "set offsets 0,0,graph 0.05,graph 0.05\nplot ",
        smallest ? "smallest" : "largest",
        smallest ? "set ylabel 'eigenvalue λ' offset 0.5,0" : "unset ylabel");
    for (std::size_t i = 0; i < result.objectives.size(); ++i) {
      const ObjectiveSpectrum& objective = result.objectives[i];
      commands += fmt::format(
          "{}'spectrum.csv' skip 1 using (strcol(1) eq '{}' ? $2 : NaN):{} with "
          "linespoints pt {} ps 1.3 lc rgb '{}' title '{}'",
          i > 0 ? ", " : "", smallest ? "smallest" : "largest", 3 + 2 * i,
          is_loss(objective.name) ? 6 : 7, objective_colour(objective), objective_label(objective));
    }
    commands += "\nunset key\n";
  }
  figure.commands = commands + "unset multiplot\n";
  return figure;
}

}  // namespace

Figure spectrum_figure(const SpectrumResult& result) {
  if (!result.dense) return extreme_figure(result);
  const std::vector<Curve> curves = dense_curves(result);
  std::vector<const Vector*> spectra;
  spectra.reserve(curves.size());
  for (const Curve& curve : curves) spectra.push_back(curve.values);
  const Bins bins = shared_bins(spectra, kBinTarget);

  Figure figure;
  figure.name = "spectrum";
  figure.title = "Hessian spectra of loss and energy at the same point";
  figure.caption =
      "Left: density of all eigenvalues. Right: the eigenvalues in ascending order on a "
      "logarithmic scale that keeps signs. Hollow marks show the spectrum that theory predicts, "
      "where it does.";
  figure.data = {{"spectrum.csv", csv_text(spectrum_table(result))},
                 {"spectrum_histogram.csv", histogram_csv(curves, bins)}};
  figure.commands = common_commands(result) + density_plot(curves, bins, result.p) +
                    sorted_plot(curves, result) + "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
