// trust-fig1 [TR]: on the chain of two weights BP's ways pass by the saddle at the origin, PC's keep
// off.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "saddlescope/analysis/chain_paths.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kRate = 0.02;  // near the gradient's flow
constexpr Index kUpdates = 3000;
constexpr int kStarts = 16;
constexpr double kRadius = 1.5;

double closest(const ChainPath& path) {
  double out = std::numeric_limits<double>::infinity();
  for (const Vector& theta : path.theta) out = std::min(out, theta.norm());
  return out;
}

StudyPanel plane(const char* title, const char* ink, double b) {
  StudyPanel out = {title, "w_1", "w_2"};
  StudyLine paths = {"gradient descent", ink};
  out.lines.push_back(paths);
  StudyLine minima = {"minima, w_1 w_2 = <xy>/<xx>", colour::kTheory};
  for (const double sign : {-1.0, 1.0}) {
    for (int i = 0; i <= 80; ++i) {
      const double w = sign * (0.4 + 0.03 * i);
      minima.add(w, b / w);
    }
    minima.add(std::numeric_limits<double>::quiet_NaN(), 0);
  }
  minima.dashed = true;
  out.lines.push_back(minima);
  out.settings = "set xrange [-2.2:2.2]\nset yrange [-2.2:2.2]\nset size square";
  return out;
}

StudyResult run(const StudyContext& /*context*/) {
  const Chain chain = make_chain(2, 1, 0);
  const double b = (chain.data.x.array() * chain.data.y.array()).sum() / chain.data.x.squaredNorm();
  std::vector<StudyPanel> panels = {plane("BP, loss", colour::kLoss, b),
                                    plane("PC, F*", colour::kEnergy, b)};
  std::vector<double> distances[2];
  for (int i = 0; i < kStarts; ++i) {
    const double angle = 2 * std::numbers::pi * (i + 0.3) / kStarts;
    const Vector start = kRadius * Vector{{std::cos(angle), std::sin(angle)}};
    for (const int pc : {0, 1}) {
      const ChainPath path = descend(chain, pc == 1, start, kRate, kUpdates);
      distances[pc].push_back(closest(path));
      StudyLine& line = panels[static_cast<std::size_t>(pc)].lines[0];
      for (std::size_t t = 0; t < path.theta.size(); t += 5)
        line.add(path.theta[t][0], path.theta[t][1]);
      line.add(std::numeric_limits<double>::quiet_NaN(), 0);
    }
  }
  StudyResult out;
  out.configuration = {{"data", "toy, 64 samples"},
                       {"learning_rate", kRate},
                       {"updates", kUpdates},
                       {"starts", kStarts},
                       {"start_radius", kRadius}};
  const double bp = *std::min_element(distances[0].begin(), distances[0].end());
  const double pc = *std::min_element(distances[1].begin(), distances[1].end());
  out.quantities = {{"bp_closest", bp},
                    {"pc_closest", pc},
                    {"bp_distances", distances[0]},
                    {"pc_distances", distances[1]}};
  const double bp_median = median(distances[0]);
  const double pc_median = median(distances[1]);
  out.ours = fmt::format(
      "smallest distance to the origin on {} ways from radius {:g}: BP {} (median {}), PC {} "
      "(median {})",
      kStarts, kRadius, short_number(bp), short_number(bp_median), short_number(pc),
      short_number(pc_median));
  out.agrees = pc > bp && pc_median >= bp_median;
  out.judgement = out.agrees ? "PC's ways keep farther from the origin"
                             : "PC's ways do not keep farther from the origin at every start";
  out.tables = {{"paths", panel_table(panels)}};
  out.figure = panel_figure("trust-fig1", "Ways of descent on a chain of two weights   |   y = -x",
                            panels, 2);
  out.figure.height = 690;
  return out;
}

}  // namespace

Study chain_landscape_study() {
  return {"trust-fig1",
          "on the chain of two weights PC avoids the saddle at the origin",
          "PC avoids the origin (unconfirmed) [TR]",
          {"settings of the original are not known; energies here are equilibrated exactly"},
          false,
          run};
}

}  // namespace saddlescope::analysis
