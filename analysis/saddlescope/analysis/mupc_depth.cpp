#include "saddlescope/analysis/mupc_depth.hpp"

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

constexpr double kRate = 0.1;
constexpr double kSpRate = 0.01;  // the best published one of SP

}  // namespace

const std::vector<DepthSetting>& depth_settings() {
  using P = Parameterisation;
  static const std::vector<DepthSetting> all = {
      {"mupc", "PC, µPC", "pc", P::kMupc, kRate, false, colour::kEnergy},
      {"mupc_published_inference", "PC, µPC, published inference step", "pc", P::kMupc, kRate, true,
       "#E69F00"},
      {"sp", "PC, SP, same rate", "pc", P::kSp, kRate, false, "#CC79A7"},
      {"sp_own_rate", "PC, SP, its own rate", "pc", P::kSp, kSpRate, false, "#999999"},
      {"bp", "BP, µPC", "bp", P::kMupc, kRate, false, colour::kLoss}};
  return all;
}

DepthCell depth_cell(const std::vector<DepthJob>& jobs, const DepthSetting& setting, Index depth) {
  DepthCell out;
  for (const DepthJob& job : jobs) {
    if (job.setting != &setting || job.depth != depth) continue;
    if (const auto accuracy = job.accuracy()) {
      out.accuracies.push_back(*accuracy);
    } else {
      ++out.not_finite;
    }
  }
  return out;
}

StudyTable depth_accuracy_table(const std::vector<DepthJob>& jobs) {
  StudyTable out = {"accuracy",
                    {{"setting", "algorithm", "hidden_layers", "seed", "learning_rate",
                      "test_accuracy", "train_loss", "message"},
                     {},
                     {}}};
  for (const DepthJob& job : jobs) {
    const auto accuracy = job.accuracy();
    out.table.rows.push_back({job.setting->name, job.setting->algorithm, std::to_string(job.depth),
                              std::to_string(job.seed), csv_number(job.setting->rate),
                              accuracy ? csv_number(*accuracy) : "",
                              accuracy ? csv_number(job.run.curve.back().train_loss) : "",
                              job.run.summary.message});
  }
  return out;
}

StudyTable depth_curves_table(const std::vector<DepthJob>& jobs) {
  StudyTable out = {
      "curves",
      {{"setting", "hidden_layers", "seed", "update", "train_loss", "test_accuracy"}, {}, {}}};
  for (const DepthJob& job : jobs)
    for (const CurvePoint& point : job.run.curve)
      out.table.rows.push_back({job.setting->name, std::to_string(job.depth),
                                std::to_string(job.seed), std::to_string(point.update),
                                csv_number(point.train_loss),
                                point.test_accuracy ? csv_number(*point.test_accuracy) : ""});
  return out;
}

Figure depth_figure(const std::vector<DepthJob>& jobs, const DepthSizes& sizes,
                    const std::string& data_name) {
  Figure out;
  out.name = "mupc-fig1";
  out.title = "Test accuracy of residual networks against their depth, at one learning rate";
  out.caption =
      "One line per parameterisation and algorithm; a cross marks runs that are not finite.";
  out.width = 1500;
  out.height = 860;
  out.font = 19;
  std::string plot;
  double cross = 0;  // a height for each setting, so that none hides another
  for (const DepthSetting& setting : depth_settings()) {
    std::string text = "hidden_layers,accuracy,not_finite\n";
    for (const Index depth : sizes.depths) {
      const DepthCell one = depth_cell(jobs, setting, depth);
      text += fmt::format("{},{},{}\n", depth,
                          one.accuracies.empty() ? "" : fmt::format("{:.6g}", 100 * one.mean()),
                          one.accuracies.empty() ? fmt::format("{:g}", cross) : "");
    }
    cross += 2.5;
    const std::string file = fmt::format("mupc-fig1_{}.csv", setting.name);
    out.data.push_back({file, text});
    plot += fmt::format(
        "'{0}' skip 1 using 1:2 with linespoints lw 2.4 pt 7 ps 1.4 {1}lc rgb '{2}' title '{3}', "
        "'{0}' skip 1 using 1:3 with points pt 2 ps 2 lw 2.4 lc rgb '{2}' notitle, ",
        file, setting.algorithm == "bp" ? "dt 2 " : "", setting.ink, setting.label);
  }
  out.commands = fmt::format(
      "set label 1 {} noenhanced at screen 0.5,0.955 center\nset lmargin 11\nset tmargin 4\nset "
      "border 3 lw 0.8 lc rgb "
      "'{}'\nset tics nomirror out textcolor rgb '#000000'\nset grid lc rgb '#dddddd' lt 1 lw "
      "0.6\nset logscale x 2\nset xtics ({})\nset xrange [{}:{}]\nset yrange [-3:103]\nset xlabel "
      "'hidden layers'\nset ylabel 'test accuracy (%)'\nset key outside right top Left reverse "
      "samplen 2\nplot {}{:g} lc rgb '#777777' dt 3 lw 1.5 title '{:g} %', NaN with points pt 2 "
      "ps 2 lw 2.4 lc rgb '#777777' title 'not finite'\n",
      quoted(fmt::format("Residual networks of width {}, one learning rate   |   {}, {} epoch{}",
                         sizes.width, data_name, sizes.epochs, sizes.epochs > 1 ? "s" : "")),
      colour::kMuted, fmt::join(sizes.depths, ", "),
      0.8 * static_cast<double>(sizes.depths.front()),
      1.25 * static_cast<double>(sizes.depths.back()), plot, 100 * kDepthGoal, 100 * kDepthGoal);
  return out;
}

}  // namespace saddlescope::analysis
