// What probes saw along training.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/train_files.hpp"
#include "saddlescope/analysis/train_frame.hpp"

namespace saddlescope::analysis {
namespace {

constexpr const char* kLayerPalette =
    "set palette defined (0 '#440154', 1 '#31688e', 2 '#35b779', 3 '#fde725')\nunset colorbox\n";
constexpr const char* kPowers = "set logscale y\nset format y '10^{%T}'\n";

Figure figure_of(const char* name, int panels, const char* title, const char* caption) {
  Figure figure;
  figure.name = name;
  figure.title = title;
  figure.caption = caption;
  figure.width = panels == 1 ? 1100 : 2200 * panels / 3;
  figure.height = 780;
  figure.font = 19;
  return figure;
}

bool has(const TrainResult& result, const char* column) {
  return std::any_of(result.state.runs.begin(), result.state.runs.end(), [&](const RunState& run) {
    return result.log.series(run.algorithm, column).size() >= 2;
  });
}

// Of the entries of a plot command. gnuplot refuses to plot nothing: an axis that says so.
std::string plot_of(const std::string& entries) {
  if (!entries.empty()) return "plot " + entries.substr(2) + "\n";
  return "unset logscale y\nset yrange [0:1]\nset label 1 'undecided throughout' at graph 0.5,0.5 "
         "center\nplot -1 notitle\nunset label 1\nset yrange [*:*]\n";
}

// One column at the weights of each run.
std::string by_run(const TrainResult& result, const char* column, Figure& figure) {
  std::string plot;
  for (const RunState& run : result.state.runs) {
    const std::string file = log_curve(result, run.algorithm, column, figure);
    if (file.empty()) continue;
    plot +=
        fmt::format(", '{}' skip 1 using 1:2 with lines lw 2.5 lc rgb '{}' title 'trained by {}'",
                    file, algorithm_colour(run.algorithm), algorithm_title(run.algorithm));
  }
  return plot_of(plot);
}

// The numbered columns of a quantity at the weights of the first run, one colour each.
std::string by_number(const TrainResult& result, const char* quantity, Index n, const char* what,
                      Figure& figure) {
  std::string plot;
  for (Index l = 1; l <= n; ++l) {
    const std::string file =
        log_curve(result, result.state.runs.front().algorithm, column_name(quantity, l), figure);
    if (file.empty()) continue;
    plot += fmt::format(
        ", '{}' skip 1 using 1:2 with lines lw 2.5 lc palette frac {:.3f} title '{} {}'", file,
        n > 1 ? 0.85 * static_cast<double>(l - 1) / static_cast<double>(n - 1) : 0.0, what, l);
  }
  return plot_of(plot);
}

std::string first_run(const TrainResult& result) {
  return result.state.runs.front().algorithm == "pc" ? "PC" : "BP";
}

Index depth(const TrainResult& result) {
  return result.problem.problem.network.architecture.depth();
}

// lambda L/F*, the angle between both gradients, and the errors of the layers.
Figure network_figure(const TrainResult& result) {
  Figure figure = figure_of("probes", 3, "Loss and energy, gradients and errors along training",
                            "λℒ/F*, the cosine between the gradients of F* and of λℒ, and the mean "
                            "size of each layer's errors, against epochs; layers run from dark to "
                            "light.");
  figure.commands = train_frame(train_title(result), 3, 0.74);
  figure.commands +=
      "set ylabel 'λℒ/F*' offset 0.5,0\n" + by_run(result, "loss_over_energy", figure);
  figure.commands += "set ylabel 'cosine of ∇F* and λ∇ℒ' offset 0.5,0\nset yrange [*:1]\n" +
                     by_run(result, "cosine_all", figure);
  figure.commands += std::string(kLayerPalette) + "set yrange [*:*]\n" + kPowers +
                     fmt::format(
                         "set key maxrows 2\nset ylabel 'mean |ε_l|, trained by {}' offset "
                         "0.5,0\n",
                         first_run(result)) +
                     by_number(result, "error", depth(result), "layer", figure);
  figure.commands += "unset multiplot\n";
  return figure;
}

// The cosine after 1, 2, 4, .. steps of inference, at up to six moments of the first run.
std::string inference_panel(const TrainResult& result, Figure& figure) {
  const std::string run = result.state.runs.front().algorithm;
  std::vector<std::vector<TrainLog::Entry>> steps;
  for (Index k = 1;; ++k) {
    auto series = result.log.series(run, column_name("inference_cosine", k));
    if (series.empty()) break;
    steps.push_back(std::move(series));
  }
  if (steps.size() < 2) return {};
  constexpr std::size_t kMoments = 6;
  const std::size_t n = steps.front().size(), shown = std::min(n, kMoments);
  std::string plot;
  for (std::size_t m = 0; m < shown; ++m) {
    const std::size_t i = shown > 1 ? m * (n - 1) / (shown - 1) : 0;
    CsvTable table;
    table.header = {"inference_steps", "cosine"};
    for (std::size_t k = 0; k < steps.size(); ++k)
      table.rows.push_back({std::to_string(std::size_t{1} << k), csv_number(steps[k][i].value)});
    const std::string file = fmt::format("{}_{}_inference_cosine_{}.csv", figure.name, run, m + 1);
    figure.data.push_back({file, csv_text(table)});
    plot += fmt::format(
        ", '{}' skip 1 using 1:2 with linespoints pt 7 ps 0.8 lw 2.5 lc palette frac {:.3f} title "
        "'epoch {:g}'",
        file, shown > 1 ? 0.85 * static_cast<double>(m) / static_cast<double>(shown - 1) : 0.0,
        std::round(100 * steps.front()[i].epoch) / 100);
  }
  return fmt::format(
             "set xlabel 'steps of inference'\nset xrange [1:*]\nset logscale x 2\nset yrange "
             "[*:1]\nunset logscale y\nset format y '%g'\nset key maxrows 3\nset ylabel 'cosine of "
             "∂F/∂θ and λ∇ℒ, trained by {}' offset 0.5,0\n",
             first_run(result)) +
         plot_of(plot);
}

// By how much the layers stretch signals on their way up and errors on their way down, and how the
// gradient turns while inference goes on.
Figure propagation_figure(const TrainResult& result) {
  Figure figure = figure_of("propagation", 3, "How signals propagate along training",
                            "Norms of each layer's Jacobian and of the output's Jacobian with "
                            "respect to each layer, against epochs, layers from dark to light; "
                            "beside them, where probed, the cosine of PC's and BP's gradients "
                            "against inference time.");
  const std::string last = inference_panel(result, figure);
  const int panels = last.empty() ? 2 : 3;
  figure.width = panels == 3 ? 2200 : 1500;
  figure.commands = train_frame(train_title(result), panels, 0.74) + kLayerPalette +
                    "set key maxrows 2\nset logscale y\nset format y '%g'\n";
  figure.commands += fmt::format("set ylabel '|J_l|_F/√n_{{l-1}}, trained by {}' offset 0.5,0\n",
                                 first_run(result)) +
                     by_number(result, "layer_jacobian", depth(result), "layer", figure);
  figure.commands += fmt::format("set ylabel '|J_L…J_l|_F/√n_L, trained by {}' offset 0.5,0\n",
                                 first_run(result)) +
                     by_number(result, "output_jacobian", depth(result), "layer", figure);
  figure.commands += last + "unset multiplot\n";
  return figure;
}

Figure conditioning_figure(const TrainResult& result) {
  const bool schur = has(result, "schur_eigenvalue_1");
  const int panels = schur ? 2 : 1;
  Figure figure = figure_of("conditioning", panels, "Conditioning of inference along training",
                            "The condition number of the activity Hessian against epochs, one "
                            "colour per algorithm; for linear networks also the eigenvalues of S.");
  figure.commands = train_frame(train_title(result), panels, 0.74) +
                    "set logscale y\nset format y '%g'\nset ylabel 'κ(H_z)' offset 0.5,0\n" +
                    by_run(result, "condition_number", figure);
  if (schur)
    figure.commands += std::string(kLayerPalette) +
                       fmt::format(
                           "unset key\nset logscale y\nset ylabel 'eigenvalues of S, trained by "
                           "{}' offset 0.5,0\n",
                           first_run(result)) +
                       by_number(result, "schur_eigenvalue",
                                 result.problem.problem.network.architecture.output(), "", figure);
  figure.commands += "unset multiplot\n";
  return figure;
}

// Of lambda L and F*, colours as everywhere; solid at the weights of the first run, dashed at those
// of its twin.
std::string by_objective(const TrainResult& result, const char* part, Figure& figure) {
  std::string plot;
  for (const RunState& run : result.state.runs) {
    const bool first = &run == &result.state.runs.front();
    for (const char* objective : {"loss", "energy"}) {
      const bool loss = objective == std::string("loss");
      const std::string file =
          log_curve(result, run.algorithm, fmt::format("{}_{}", objective, part), figure);
      if (file.empty()) continue;
      plot += fmt::format(
          ", '{}' skip 1 using 1:2 with linespoints pt 7 ps 0.6 lw 2.5 {}lc rgb '{}' title '{}, "
          "trained by {}'",
          file, first ? "" : "dt 2 ", loss ? colour::kLoss : colour::kEnergy, loss ? "λℒ" : "F*",
          run.algorithm == "pc" ? "PC" : "BP");
    }
  }
  return plot_of(plot);
}

Figure hessian_probe_figure(const TrainResult& result) {
  Figure figure = figure_of("hessians", 3, "Hessians of loss and energy along training",
                            "Largest and smallest eigenvalue and the number of negative ones of "
                            "the Hessians of loss and energy, against epochs; a gap is a count "
                            "left undecided.");
  figure.commands = train_frame(train_title(result), 3, 0.74) +
                    "set logscale y\nset format y '%g'\nset ylabel 'largest Hessian eigenvalue' "
                    "offset 0.5,0\n" +
                    by_objective(result, "lambda_max", figure) +
                    "unset logscale y\nset ylabel 'smallest Hessian eigenvalue' offset 0.5,0\n" +
                    by_objective(result, "lambda_min", figure) +
                    "set yrange [0:*]\nset ylabel 'negative eigenvalues (gaps: undecided)' offset "
                    "0.5,0\n" +
                    by_objective(result, "negative", figure) + "unset multiplot\n";
  return figure;
}

}  // namespace

std::vector<Figure> probe_figures(const TrainResult& result) {
  std::vector<Figure> out;
  if (has(result, "loss_over_energy")) out.push_back(network_figure(result));
  if (has(result, "layer_jacobian_1")) out.push_back(propagation_figure(result));
  if (has(result, "condition_number")) out.push_back(conditioning_figure(result));
  if (has(result, "loss_lambda_max")) out.push_back(hessian_probe_figure(result));
  return out;
}

}  // namespace saddlescope::analysis
