#include "saddlescope/analysis/inference_spectrum_figure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

constexpr double kDecades = 30;  // a wider spectrum is drawn on a logarithmic axis

struct Axis {
  bool logarithmic = false;
  double low = 0, high = 1;
  // Density per unit of the axis: per decade on a logarithmic one.
  [[nodiscard]] double scale(double x) const { return logarithmic ? x * std::numbers::ln10 : 1; }
};

Axis axis_of(const SpectralPicture& picture) {
  Axis axis;
  axis.low = std::numeric_limits<double>::infinity();
  axis.high = 0;
  if (picture.prediction != nullptr) {
    axis.low = picture.prediction->lambda_min;
    axis.high = picture.prediction->lambda_max;
  }
  if (picture.measured.size() > 0) {
    axis.low = std::min(axis.low, picture.measured[0]);
    axis.high = std::max(axis.high, picture.measured[picture.measured.size() - 1]);
  }
  // Rounding may leave a least eigenvalue at or below 0, which no logarithm shows.
  axis.logarithmic = axis.low > 0 && axis.high / axis.low > kDecades;
  if (axis.high - axis.low <= 1e-9 * axis.high) {  // one atom and nothing else
    axis.low = 0.9 * axis.high;
    axis.high = 1.1 * axis.high;
  }
  return axis;
}

bool at_atom(const SpectralPicture& picture, double value) {
  if (picture.prediction == nullptr) return false;
  const auto& atoms = picture.prediction->atoms;
  return std::any_of(atoms.begin(), atoms.end(), [&](const SpectralAtom& atom) {
    return std::abs(value - atom.x) <= picture.threshold;
  });
}

// Bars (left, right, height) of the eigenvalues that are no atoms, of the mass they have; and the
// greatest height.
std::pair<std::string, double> histogram_csv(const SpectralPicture& picture, const Axis& axis) {
  const Index bins = std::clamp<Index>(picture.measured.size() / 8, 10, 120);
  const auto place = [&](double x) { return axis.logarithmic ? std::log10(x) : x; };
  const double first = place(axis.low), width = (place(axis.high) - first) / double(bins);
  std::vector<double> counts(static_cast<std::size_t>(bins), 0);
  for (const double value : picture.measured) {
    if (at_atom(picture, value)) continue;
    const auto bin = static_cast<Index>((place(value) - first) / width);
    counts[static_cast<std::size_t>(std::clamp<Index>(bin, 0, bins - 1))] += 1;
  }
  double greatest = 0;
  const auto edge = [&](Index k) {
    const double at = first + width * static_cast<double>(k);
    return axis.logarithmic ? std::pow(10, at) : at;
  };
  CsvTable steps{{"left", "right", "height"}, {}, {}};
  for (Index k = 0; k < bins; ++k) {
    const double height = counts[static_cast<std::size_t>(k)] /
                          (static_cast<double>(picture.measured.size()) * width);
    greatest = std::max(greatest, height);
    steps.rows.push_back({csv_number(edge(k)), csv_number(edge(k + 1)), csv_number(height)});
  }
  return {csv_text(steps), greatest};
}

// Nodes of every bulk, an empty line between two that do not touch. The height that all but the two
// percent of the nodes next to a divergence stay below.
std::pair<std::string, double> density_csv(const SpectralPrediction& prediction, const Axis& axis) {
  std::string text = "x,density\n";
  std::vector<double> heights;
  double last = -1;
  for (const SpectralBulk& bulk : prediction.bulks) {
    if (last >= 0 && bulk.low != last) text += "\n";
    last = bulk.high;
    for (Index k = 0; k < bulk.x.size(); ++k) {
      const double height = prediction.density(bulk.x[k]) * axis.scale(bulk.x[k]);
      text += fmt::format("{:.17g},{:.9g}\n", bulk.x[k], height);
      heights.push_back(height);
    }
  }
  if (heights.empty()) return {text, 0};
  const auto place =
      heights.begin() + static_cast<std::ptrdiff_t>(0.98 * static_cast<double>(heights.size() - 1));
  std::nth_element(heights.begin(), place, heights.end());
  return {text, *place};
}

std::string atoms_csv(const SpectralPrediction& prediction) {
  CsvTable table{{"x", "weight"}, {}, {}};
  for (const SpectralAtom& atom : prediction.atoms)
    table.rows.push_back({csv_number(atom.x), csv_number(atom.weight)});
  return csv_text(table);
}

// F at the nodes of the bulks and on both sides of every atom.
std::string predicted_distribution_csv(const SpectralPrediction& prediction) {
  std::vector<std::pair<double, double>> points;
  for (const SpectralBulk& bulk : prediction.bulks) {
    points.emplace_back(bulk.low, prediction.below(bulk.low));
    for (const double x : bulk.x) points.emplace_back(x, prediction.below(x));
    points.emplace_back(bulk.high, prediction.below(bulk.high));
  }
  for (const SpectralAtom& atom : prediction.atoms) {
    points.emplace_back(atom.x, prediction.below(atom.x));
    points.emplace_back(atom.x, prediction.at_most(atom.x));
  }
  std::sort(points.begin(), points.end());
  CsvTable table{{"x", "share"}, {}, {}};
  for (const auto& [x, share] : points) table.rows.push_back({csv_number(x), csv_number(share)});
  return csv_text(table);
}

// Every eigenvalue up to 4,000, evenly spaced ones of more: a picture shows no finer.
std::string measured_distribution_csv(const Vector& values) {
  const Index n = values.size(), stride = 1 + n / 4000;
  CsvTable table{{"x", "share"}, {}, {}};
  for (Index i = 0; i < n; i += stride)
    table.rows.push_back({csv_number(values[i]), csv_number((double(i) + 0.5) / double(n))});
  return csv_text(table);
}

}  // namespace

Figure spectral_figure(const SpectralPicture& picture) {
  const Axis axis = axis_of(picture);
  const SpectralPrediction* prediction = picture.prediction;
  const bool measured = picture.measured.size() > 0;
  const bool stems = prediction != nullptr && !prediction->atoms.empty();
  Figure figure;
  figure.name = picture.name;
  figure.title = "Spectrum of the activity Hessian";
  figure.caption =
      "Left: density of the eigenvalues, measured as a histogram and predicted by random-matrix "
      "theory as a line with stems for atoms, as far as each was computed. Right: the share of "
      "eigenvalues below a value, predictions dashed.";
  figure.width = 1800;
  figure.height = 800;
  const auto file = [&](const char* what, std::string content) {
    figure.data.push_back({fmt::format("{}_{}.csv", picture.name, what), std::move(content)});
    return figure.data.back().file;
  };
  double top = 0;
  std::string left, right;
  const auto add = [](std::string& plot, const std::string& more) {
    plot += (plot.empty() ? "plot " : ", ") + more;
  };
  if (measured) {
    auto [content, greatest] = histogram_csv(picture, axis);
    top = greatest;
    add(left,
        fmt::format(
            "'{}' skip 1 using (($1+$2)/2):3:1:2:(0):3 with boxxyerror fs solid 0.45 noborder "
            "lc rgb '{}' title 'eigenvalues of H_z{}'",
            file("histogram", std::move(content)), colour::kEnergy,
            stems ? ", atoms left out" : ""));
    add(right, fmt::format(
                   "'{}' skip 1 using 1:2 with lines lw 4 lc rgb '{}' title 'eigenvalues of "
                   "H_z'",
                   file("measured", measured_distribution_csv(picture.measured)), colour::kEnergy));
  }
  if (prediction != nullptr) {
    auto [content, greatest] = density_csv(*prediction, axis);
    if (!measured) top = greatest;
    add(left,
        fmt::format("'{}' skip 1 using 1:2 with lines lw 2 lc rgb '{}' title 'predicted density'",
                    file("density", std::move(content)), colour::kTheory));
    if (stems) {
      const std::string data = file("atoms", atoms_csv(*prediction));
      add(left,
          fmt::format("'{0}' skip 1 using 1:2 axes x1y2 with impulses lw 3 lc rgb '{1}' title "
                      "'atoms (right axis)', '{0}' skip 1 using 1:2 axes x1y2 with points pt 7 "
                      "ps 1.2 lc rgb '{1}' notitle",
                      data, colour::kLoss));
    }
    add(right,
        fmt::format("'{}' skip 1 using 1:2 with lines lw 1.6 dt 2 lc rgb '{}' title "
                    "'predicted{}'",
                    file("predicted", predicted_distribution_csv(*prediction)), colour::kTheory,
                    measured ? fmt::format(", Kolmogorov distance {:.2g}", picture.distance)
                             : std::string()));
  }
  figure.commands = fmt::format(
      "set multiplot layout 1,2 margins 0.075,0.985,0.14,0.76 spacing {},0 title {} noenhanced "
      "offset 0,-0.3\n"
      "set border 3 lw 0.8 lc rgb '{}'\n"
      "set tics nomirror out textcolor rgb '#000000'\n"
      "set grid lc rgb '#dddddd' lt 1 lw 0.6\n"
      "set xlabel 'eigenvalue of H_z'\n"
      "set xrange [{:.9g}:{:.9g}]\n"
      "set key at graph 0,1.25 left top Left reverse samplen 2\n",
      stems ? 0.17 : 0.09, quoted(picture.title), colour::kMuted,
      axis.logarithmic ? axis.low / 1.3 : std::max(0.0, axis.low - 0.04 * (axis.high - axis.low)),
      axis.logarithmic ? axis.high * 1.3 : axis.high + 0.04 * (axis.high - axis.low));
  if (axis.logarithmic) figure.commands += "set logscale x\nset format x '10^{%L}'\n";
  figure.commands +=
      fmt::format("set ylabel '{}' offset 0.5,0\nset yrange [0:{:.6g}]\n",
                  axis.logarithmic ? "density per decade" : "density", top > 0 ? 1.15 * top : 1);
  if (stems)
    figure.commands += fmt::format(
        "set border 11\nset y2tics nomirror\nset y2range [0:{:.3g}]\nset y2label 'weight of atoms' "
        "offset -1,0\n",
        1.15 * std::max_element(prediction->atoms.begin(), prediction->atoms.end(),
                                [](const auto& a, const auto& b) { return a.weight < b.weight; })
                   ->weight);
  figure.commands += left +
                     "\nunset y2tics\nunset y2label\nset border 3\nset yrange [0:1.02]\n"
                     "set ylabel 'share of eigenvalues below' offset 0.5,0\n" +
                     right + "\nunset multiplot\n";
  return figure;
}

std::optional<Figure> hessian_parts_figure(const InferenceSpectrumResult& result) {
  if (result.hessian.size() == 0) return std::nullopt;
  const Matrix& H = result.hessian;
  const std::vector<Index>& widths = result.network.architecture.widths;
  Matrix D = Matrix::Zero(H.rows(), H.cols());
  std::string lines, tics;
  const double end = static_cast<double>(H.rows()) - 0.5;
  Index begin = 0;
  for (std::size_t l = 1; l + 1 < widths.size(); ++l) {
    const Index n = widths[l];
    D.block(begin, begin, n, n) = H.block(begin, begin, n, n);
    tics += fmt::format("{}'z_{{{}}}' {:.1f}", tics.empty() ? "" : ", ", l,
                        static_cast<double>(begin) + 0.5 * static_cast<double>(n) - 0.5);
    begin += n;
    const double edge = static_cast<double>(begin) - 0.5;
    if (begin < H.rows())
      lines += fmt::format(
          "set arrow from {0},-0.5 to {0},{1} nohead front lc rgb '{2}' lw 0.6 dt 2\n"
          "set arrow from -0.5,{0} to {1},{0} nohead front lc rgb '{2}' lw 0.6 dt 2\n",
          edge, end, colour::kMuted);
  }
  Figure figure;
  figure.name = "hessian";
  figure.title = "The activity Hessian as a heat map";
  figure.caption =
      "Entries in the order of the hidden layers, whole and as its diagonal and coupling parts; "
      "blue negative, red positive. The lines part the layers.";
  figure.width = 2000;
  figure.height = 760;
  // The identities of H_z, a few entries a row, would turn the random blocks white.
  const double range = heat_map_range(H, 0.9);
  figure.commands = fmt::format(
      "set multiplot layout 1,3 margins 0.04,0.92,0.08,0.84 spacing 0.05,0 title {} noenhanced "
      "offset 0,-0.3\nunset key\nset border lw 0.8 lc rgb '{}'\nset tics scale 0\nset size square\n"
      "{}set xrange [-0.5:{:.1f}]\nset yrange [{:.1f}:-0.5]\nset cbrange [{:.6g}:{:.6g}]\n{}"
      "set xtics ({})\nset ytics ({})\n",
      quoted(result.title), colour::kMuted, kHeatMapPalette, end, end, -range, range, lines, tics,
      tics);
  const auto panel = [&](const char* file, const char* title, const Matrix& A, bool colours) {
    figure.data.push_back({file, matrix_csv(A)});
    figure.commands += fmt::format(
        "set title '{}' offset 0,-0.5\n{}\nplot '{}' matrix with image\n", title,
        colours ? "set colorbox user origin 0.94,0.1 size 0.012,0.72" : "unset colorbox", file);
  };
  panel("hessian_full.csv", "activity Hessian H_z", H, false);
  panel("hessian_diagonal.csv", "diagonal blocks D", D, false);
  panel("hessian_coupling.csv", "couplings O = H_z - D", H - D, true);
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
