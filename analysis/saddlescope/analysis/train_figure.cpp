#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/train_files.hpp"
#include "saddlescope/analysis/train_frame.hpp"

namespace saddlescope::analysis {
namespace {

// Training curves solid, test curves dashed.
std::string loss_or_accuracy(const TrainResult& result, const char* quantity, Figure& figure) {
  std::string plot;
  for (const RunState& run : result.state.runs)
    for (const char* part : {"train", "test"}) {
      const std::string file =
          log_curve(result, run.algorithm, fmt::format("{}_{}", part, quantity), figure);
      if (file.empty()) continue;
      const bool test = part == std::string("test");
      plot += fmt::format("{}'{}' skip 1 using 1:{} with lines lw 2.5 {}lc rgb '{}' title '{}, {}'",
                          plot.empty() ? "plot " : ", ", file,
                          quantity == std::string("accuracy") ? "(100*$2)" : "2",
                          test ? "dt 2 " : "", algorithm_colour(run.algorithm),
                          algorithm_title(run.algorithm), test ? "test" : "training");
    }
  return plot.empty() ? plot : plot + "\n";
}

// Where the accuracy axis begins, in per cent: below all that follows the first record, which is at
// chance and would flatten the rest.
double lowest_accuracy(const TrainResult& result) {
  constexpr double kPercent = 100, kStep = 5;
  double lowest = 1;
  for (const RunState& run : result.state.runs)
    for (const char* column : {"train_accuracy", "test_accuracy"}) {
      const auto series = result.log.series(run.algorithm, column);
      for (std::size_t i = std::min<std::size_t>(1, series.size() - 1); i < series.size(); ++i)
        if (std::isfinite(series[i].value)) lowest = std::min(lowest, series[i].value);
    }
  return std::max(0.0, kStep * std::ceil(kPercent * lowest / kStep - 1));
}

}  // namespace

Figure train_figure(const TrainResult& result) {
  Figure figure;
  figure.name = "train";
  figure.title = "Training by predictive coding and by backpropagation from the same weights";
  figure.caption =
      "Loss and, for labels, accuracy against epochs, on training data and on test data; one "
      "colour per algorithm. The axis of the accuracy leaves out the start at chance.";
  figure.height = 780;
  const std::string loss = loss_or_accuracy(result, "loss", figure);
  const std::string accuracy = loss_or_accuracy(result, "accuracy", figure);
  const int panels = accuracy.empty() ? 1 : 2;
  figure.width = 850 * panels;
  figure.commands = train_frame(train_title(result), panels, 0.7);
  figure.commands += "set logscale y\nset format y '%g'\nset ylabel 'loss' offset 0.5,0\n" + loss;
  if (panels == 2)
    figure.commands += fmt::format(
        "unset logscale y\nset ylabel 'accuracy (%)' offset 0.5,0\nset yrange [{:.0f}:100]\n{}",
        lowest_accuracy(result), accuracy);
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
