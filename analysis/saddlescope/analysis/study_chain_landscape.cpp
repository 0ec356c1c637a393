// trust-fig1 [TR]: on the chain of two weights BP's ways pass by the saddle at the origin, PC's keep
// off.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "saddlescope/analysis/chain_paths.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kRate = 0.02;  // near the gradient's flow
constexpr Index kUpdates = 2000;
constexpr int kStarts = 360, kDrawn = 15;  // every kDrawn-th is drawn
constexpr int kFewStarts = 16;             // of the first rule
constexpr double kRadius = 1.5, kNear = 0.3;

Vector start_of(int i, int starts) {
  const double angle = 2 * std::numbers::pi * (i + 0.3) / starts;
  return kRadius * Vector{{std::cos(angle), std::sin(angle)}};
}

Index updates_near(const ChainPath& path) {
  return std::count_if(path.theta.begin(), path.theta.end(),
                       [](const Vector& theta) { return theta.norm() < kNear; });
}

double closest(const ChainPath& path) {
  double out = std::numeric_limits<double>::infinity();
  for (const Vector& theta : path.theta) out = std::min(out, theta.norm());
  return out;
}

std::vector<double> closest_of_few(const Chain& chain, bool pc) {
  std::vector<double> out;
  out.reserve(kFewStarts);
  for (int i = 0; i < kFewStarts; ++i)
    out.push_back(closest(descend(chain, pc, start_of(i, kFewStarts), kRate, kUpdates)));
  return out;
}

// A way that starts delta beside the stable direction of a saddle with eigenvalues -u < 0 < s passes
// it at a distance of the order delta^(s/(s + u)): the larger the exponent the nearer.
double passing_exponent(const Objective<double>& objective) {
  const Vector eigenvalues = symmetric_eigenvalues(objective.at(Vector::Zero(2)).point->hessian());
  return eigenvalues[1] / (eigenvalues[1] - eigenvalues[0]);
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
  double nearest[2] = {kRadius, kRadius};
  for (int i = 0; i < kStarts; ++i) {
    const Vector start = start_of(i, kStarts);
    for (const int pc : {0, 1}) {
      const ChainPath path = descend(chain, pc == 1, start, kRate, kUpdates);
      const Index here = updates_near(path);
      nearest[pc] = std::min(nearest[pc], closest(path));
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
  const std::vector<double> bp = closest_of_few(chain, false), pc = closest_of_few(chain, true);
  const double exponents[2] = {passing_exponent(*chain.mse), passing_exponent(*chain.energy)};
  const auto least = [](const std::vector<double>& all) {
    return *std::min_element(all.begin(), all.end());
  };
  out.quantities = {{"near_radius", kNear},
                    {"bp_ways_near", visits[0]},
                    {"pc_ways_near", visits[1]},
                    {"bp_updates_near", stay[0]},
                    {"pc_updates_near", stay[1]},
                    {"bp_nearest", nearest[0]},
                    {"pc_nearest", nearest[1]},
                    {"bp_least_of_16", least(bp)},
                    {"pc_least_of_16", least(pc)},
                    {"bp_median_of_16", median(bp)},
                    {"pc_median_of_16", median(pc)},
                    {"bp_passing_exponent", exponents[0]},
                    {"pc_passing_exponent", exponents[1]}};
  out.ours = fmt::format(
      "of {} ways from radius {:g} the nearest passes the origin at {} under BP and at {} under "
      "PC, "
      "and {} and {} updates are spent within {:g} of it; of {} ways the least distance is {} and "
      "{}, the median {} and {}",
      kStarts, kRadius, short_number(nearest[0]), short_number(nearest[1]), stay[0], stay[1], kNear,
      kFewStarts, short_number(least(bp)), short_number(least(pc)), short_number(median(bp)),
      short_number(median(pc)));
  out.rules = {
      {"of 16 ways PC's least distance to the origin is larger, and their median not smaller",
       "before results were seen", least(pc) > least(bp) && median(pc) >= median(bp)},
      {"of 360 ways PC's spend fewer updates near the origin", "after the first results",
       stay[1] < stay[0]},
      {"of 360 ways the nearest keeps farther off under PC",
       fmt::format("after the first results, from the eigenvalues at the origin: a way delta off "
                   "the stable direction passes "
                   "at about delta^{:.2f} under BP, delta^{:.2f} under PC",
                   exponents[0], exponents[1]),
       nearest[1] > nearest[0]}};
  out.agreement = agreement_of(out.rules);
  out.judgement =
      out.agreement == Agreement::kUndecided
          ? "readings of 'avoids' part: see the rules. Under PC a stable direction leads into the "
            "origin too; ways beside it turn off earlier"
          : "every reading of 'avoids' says the same";
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
