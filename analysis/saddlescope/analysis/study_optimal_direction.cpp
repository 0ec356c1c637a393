// trust-fig2 [TR]: which direction points best at the minimum: the trust region's, PC's or BP's.
#include <cmath>

#include <Eigen/LU>
#include <fmt/format.h>

#include "saddlescope/analysis/chain_paths.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/base/random.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kBatches = 5;
constexpr Index kPoints = 200;  // a batch
constexpr double kShift = 2;    // (H + 2 I)^-1, as published

// From w to the nearest point with w_1 w_2 = b: on a fine grid of both branches, 1e-3 apart where
// it matters.
Vector to_nearest_minimum(const Vector& w, double b) {
  Vector best{{1e9, 1e9}};
  for (const double sign : {-1.0, 1.0})
    for (int i = 0; i < 8000; ++i) {
      const double first = sign * std::exp(-4 + 0.001 * i);
      const Vector step = Vector{{first, b / first}} - w;
      if (step.norm() < best.norm()) best = step;
    }
  return best;
}

double cosine(const Vector& a, const Vector& b) { return a.dot(b) / (a.norm() * b.norm()); }

StudyResult run(const StudyContext& /*context*/) {
  StudyPanel panel = {"chain of two weights, y = -x", "batch",
                      "mean cosine to the nearest minimum"};
  panel.lines = {{"BP", colour::kLoss}, {"PC", colour::kEnergy}, {"-(H + 2I)^-1 g", other_ink(0)}};
  for (StudyLine& line : panel.lines) line.points = true;
  panel.settings = "set xtics 1";
  std::vector<double> all[3];
  for (Index batch = 0; batch < kBatches; ++batch) {
    const Chain chain = make_chain(2, 1, static_cast<std::uint64_t>(batch));
    const double b =
        (chain.data.x.array() * chain.data.y.array()).sum() / chain.data.x.squaredNorm();
    RandomStream stream(static_cast<std::uint64_t>(batch), "points");
    double sums[3] = {0, 0, 0};
    for (Index i = 0; i < kPoints; ++i) {
      const Vector w = stream.normal_matrix(2, 1);
      const Vector goal = to_nearest_minimum(w, b);
      const auto mse = chain.mse->at(w);
      const Vector g = mse.point->gradient();
      const Matrix shifted = mse.point->hessian() + kShift * Matrix::Identity(2, 2);
      sums[0] += cosine(-g, goal);
      sums[1] += cosine(-chain.energy->at(w).point->gradient(), goal);
      sums[2] += cosine(-shifted.partialPivLu().solve(g), goal);
    }
    for (std::size_t k = 0; k < 3; ++k) {
      all[k].push_back(sums[k] / static_cast<double>(kPoints));
      panel.lines[k].add(static_cast<double>(batch + 1), all[k].back());
    }
  }
  StudyResult out;
  out.configuration = {{"data", "toy, 64 samples a batch"},
                       {"batches", kBatches},
                       {"points", "200 a batch, N(0, 1) weights"},
                       {"shift", kShift}};
  const double bp = median(all[0]);
  const double pc = median(all[1]);
  const double trust = median(all[2]);
  out.quantities = {{"bp", bp}, {"pc", pc}, {"trust_region", trust}};
  out.ours = fmt::format("median cosine over batches: -(H + 2I)^-1 g {:.3f}, PC {:.3f}, BP {:.3f}",
                         trust, pc, bp);
  out.agrees = trust > pc && pc > bp;
  out.judgement = out.agrees ? "the order is the published one"
                             : "the order is not the published one, at random weights N(0, 1)";
  const std::vector<StudyPanel> panels = {panel};
  out.tables = {{"cosines", panel_table(panels)}};
  out.figure = panel_figure("trust-fig2", "Which direction points at the minimum", panels, 1);
  return out;
}

}  // namespace

Study optimal_direction_study() {
  return {"trust-fig2",
          "PC's direction is nearer to the way to the minimum than BP's",
          "-(H + 2I)^-1 g points best, then PC, then SGD (unconfirmed) [TR]",
          {"points of the original are not known: N(0, 1) weights here, and the nearest minimum is "
           "the goal"},
          false,
          run};
}

}  // namespace saddlescope::analysis
