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

namespace saddlescope::analysis {
namespace {

constexpr double kRate = 0.02;  // near the gradient's flow
constexpr Index kUpdates = 2000;
constexpr int kStarts = 360, kDrawn = 15;  // every kDrawn-th is drawn
constexpr double kRadius = 1.5, kNear = 0.3;

Index updates_near(const ChainPath& path) {
  return std::count_if(path.theta.begin(), path.theta.end(),
                       [](const Vector& theta) { return theta.norm() < kNear; });
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
  Index visits[2] = {0, 0};  // ways that come near the origin
  Index stay[2] = {0, 0};    // updates spent there, all ways together
  for (int i = 0; i < kStarts; ++i) {
    const double angle = 2 * std::numbers::pi * (i + 0.3) / kStarts;
    const Vector start = kRadius * Vector{{std::cos(angle), std::sin(angle)}};
    for (const int pc : {0, 1}) {
      const ChainPath path = descend(chain, pc == 1, start, kRate, kUpdates);
      const Index here = updates_near(path);
      visits[pc] += here > 0 ? 1 : 0;
      stay[pc] += here;
      if (i % kDrawn != 0) continue;
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
  out.quantities = {{"near_radius", kNear},
                    {"bp_ways_near", visits[0]},
                    {"pc_ways_near", visits[1]},
                    {"bp_updates_near", stay[0]},
                    {"pc_updates_near", stay[1]}};
  out.ours = fmt::format(
      "of {} ways from radius {:g}, {} come within {:g} of the origin under BP and {} under PC, "
      "and "
      "spend {} and {} updates there",
      kStarts, kRadius, visits[0], kNear, visits[1], stay[0], stay[1]);
  out.agrees = stay[1] < stay[0];
  out.judgement = out.agrees ? "PC's ways spend less time near the origin"
                             : "PC's ways do not spend less time near the origin";
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
