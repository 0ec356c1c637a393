// Curves of every seed with their mean, and the difference of twins with its interval.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "saddlescope/analysis/train_frame.hpp"
#include "saddlescope/analysis/train_seeds.hpp"

namespace saddlescope::analysis {
namespace {

using Curve = std::vector<TrainLog::Entry>;

std::vector<Curve> curves(const SeedsResult& result, const std::string& algorithm,
                          const std::string& column) {
  std::vector<Curve> out;
  out.reserve(result.seeds.size());
  for (const SeedRun& run : result.seeds)
    out.push_back(TrainLog::series(run.log, algorithm, column));
  return out;
}

// At the updates that every seed has recorded: what the seeds say together.
struct Moment {
  double epoch = 0;
  std::vector<double> values;  // of the seeds, in their order
};
std::map<Index, Moment> moments(const std::vector<Curve>& curves) {
  std::map<Index, Moment> out;
  for (const Curve& curve : curves)
    for (const TrainLog::Entry& entry : curve) {
      Moment& moment = out[entry.update];
      moment.epoch = entry.epoch;
      moment.values.push_back(entry.value);
    }
  std::erase_if(out, [&](const auto& one) { return one.second.values.size() != curves.size(); });
  return out;
}

// All seeds apart by a blank line, then a block apart by two: the mean.
std::string curve_data(const std::vector<Curve>& curves) {
  std::string text = "epoch,value\n";
  for (const Curve& curve : curves) {
    for (const TrainLog::Entry& entry : curve)
      text += fmt::format("{:.8g},{:.8g}\n", entry.epoch, entry.value);
    text += "\n";
  }
  text += "\n";
  for (const auto& [update, moment] : moments(curves))
    text += fmt::format("{:.8g},{:.8g}\n", moment.epoch, mean_estimate(moment.values).value);
  return text;
}

std::string panel(const SeedsResult& result, const char* column, const char* value,
                  Figure& figure) {
  std::string plot;
  for (const std::string& algorithm : result.algorithms) {
    const auto all = curves(result, algorithm, column);
    if (all.front().empty()) continue;
    const std::string file = fmt::format("seeds_{}_{}.csv", algorithm, column);
    figure.data.push_back({file, curve_data(all)});
    const char* ink = algorithm_colour(algorithm);
    plot += fmt::format(
        "{0}'{1}' index 0 skip 1 using 1:{2} with lines lw 1 lc rgb '#99{3}' notitle, '{1}' index "
        "1 "
        "using 1:{2} with lines lw 3 lc rgb '{4}' title '{5}, mean of {6}'",
        plot.empty() ? "plot " : ", ", file, value, std::string(ink).substr(1), ink,
        algorithm_title(algorithm), result.seeds.size());
  }
  return plot.empty() ? plot : plot + "\n";
}

// PC minus BP of the same seed: each, their mean and its interval.
std::string difference(const SeedsResult& result, const char* column, double factor,
                       Figure& figure) {
  const auto pc = moments(curves(result, "pc", column)), bp = moments(curves(result, "bp", column));
  CsvTable table;
  table.header = {"epoch", "mean", "low", "high"};
  for (const SeedRun& run : result.seeds) table.header.push_back(fmt::format("seed_{}", run.seed));
  for (const auto& [update, moment] : pc) {
    const auto twin = bp.find(update);
    if (twin == bp.end()) continue;
    const Estimate d = paired_difference(moment.values, twin->second.values);
    std::vector<std::string> row = {csv_number(moment.epoch), csv_number(factor * d.value),
                                    csv_number(factor * d.low), csv_number(factor * d.high)};
    for (std::size_t i = 0; i < moment.values.size(); ++i)
      row.push_back(csv_number(factor * (moment.values[i] - twin->second.values[i])));
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) return {};
  const std::string file = fmt::format("seeds_difference_{}.csv", column);
  figure.data.push_back({file, csv_text(table)});
  std::string plot = fmt::format(
      "plot '{0}' skip 1 using 1:3:4 with filledcurves fc rgb '#dddddd' title '95 % interval of "
      "the "
      "mean', 0 lw 1 lc rgb '{1}' notitle",
      file, colour::kMuted);
  for (std::size_t i = 0; i < result.seeds.size(); ++i)
    plot += fmt::format(", '{}' skip 1 using 1:{} with lines lw 1 lc rgb '#888888' {}", file, i + 5,
                        i == 0 ? "title 'each seed'" : "notitle");
  return plot +
         fmt::format(", '{}' skip 1 using 1:2 with lines lw 3 lc rgb '#000000' title 'mean'\n",
                     file);
}

// Percent, from which to draw accuracies: the last half of training fills a quarter of the panel.
double accuracy_floor(const SeedsResult& result) {
  double least = 1;
  for (const std::string& algorithm : result.algorithms)
    for (const Curve& curve : curves(result, algorithm, "test_accuracy"))
      for (std::size_t i = curve.size() / 2; i < curve.size(); ++i)
        least = std::min(least, curve[i].value);
  return std::clamp(100 - 4 * (100 - 100 * least), 0.0, 99.0);
}

}  // namespace

Figure train_seeds_figure(const SeedsResult& result) {
  Figure figure;
  figure.name = "seeds";
  figure.title = "The same training for several seeds";
  figure.caption =
      "Training loss and test score against epochs, a line per seed and one colour per algorithm; "
      "beside them the paired differences of the twins with their interval.";
  figure.height = 780;
  const std::string loss = panel(result, "train_loss", "2", figure);
  const std::string accuracy = panel(result, "test_accuracy", "(100*$2)", figure);
  const bool labels = !accuracy.empty();
  const bool twins = result.algorithms.size() > 1;
  const std::string apart =
      twins ? difference(result, labels ? "test_accuracy" : "test_loss", labels ? 100 : 1, figure)
            : "";
  const int panels = 1 + (labels ? 1 : 0) + (apart.empty() ? 0 : 1);
  figure.width = 750 * panels;
  figure.font = 19;
  figure.commands =
      train_frame(result.data_title + "   |   " + result.network_title, panels, 0.72) +
      "set logscale y\nset format y '%g'\nset ylabel 'training loss' offset 0.5,0\n" + loss;
  figure.commands += "unset logscale y\n";
  if (labels)
    figure.commands += fmt::format(
        "set ylabel 'test accuracy (%)' offset 0.5,0\nset yrange [{:.4g}:100]\n{}set yrange "
        "[*:*]\n",
        accuracy_floor(result), accuracy);
  if (!apart.empty())
    figure.commands += fmt::format(
        "set ylabel '{}' offset 0.5,0\n{}",
        labels ? "test accuracy, PC - BP (percentage points)" : "test loss, PC - BP", apart);
  figure.commands += "unset multiplot\n";
  return figure;
}

}  // namespace saddlescope::analysis
