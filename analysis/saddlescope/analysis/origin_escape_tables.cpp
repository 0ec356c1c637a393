#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

#include "saddlescope/analysis/origin_escape.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/data/second_moments.hpp"

namespace saddlescope::analysis {

std::string EscapeGroup::text(Index updates) const {
  const Index n = static_cast<Index>(steps.size());
  if (censored == n) return fmt::format("never within {}", updates);
  const auto [low, high] = std::minmax_element(steps.begin(), steps.end());
  return fmt::format("{}{:.0f} ({:.0f} to {:.0f}{})", censored * 2 >= n ? ">= " : "", median(steps),
                     *low, *high,
                     censored > 0 ? fmt::format(", {} of {} censored", censored, n) : "") +
         (updates > kWithin ? fmt::format(", {} within {}", within, kWithin) : "");
}

EscapeGroup escape_group(const std::vector<EscapeJob>& jobs, const EscapeSizes& sizes,
                         const std::string& activation, const std::string& setting,
                         const std::string& algorithm, double share) {
  EscapeGroup out;
  for (const EscapeJob& job : jobs) {
    if (job.activation != activation || job.setting != setting || job.algorithm != algorithm)
      continue;
    const auto update = first_at_or_below(job.run, share * job.run.curve[0].train_loss);
    out.steps.push_back(static_cast<double>(update.value_or(sizes.updates)));
    if (!update) ++out.censored;
    if (update && *update <= kWithin) ++out.within;
  }
  return out;
}

Agreement pc_leads(const std::vector<EscapeJob>& jobs) {
  Agreement out = Agreement::kAgrees;
  for (const EscapeJob& pc : jobs) {
    if (pc.algorithm != "pc" || pc.setting != "matched") continue;
    const auto bp = std::find_if(jobs.begin(), jobs.end(), [&](const EscapeJob& one) {
      return one.algorithm == "bp" && one.setting == pc.setting && one.seed == pc.seed &&
             one.activation == pc.activation;
    });
    if (bp->left && (!pc.left || *bp->left <= *pc.left)) return Agreement::kDiffers;
    if (!pc.left) out = Agreement::kUndecided;
  }
  return out;
}

double predicted_energy_escape(const EscapeSizes& sizes, const Dataset& data, double rate,
                               double share) {
  const Eigen::SelfAdjointEigenSolver<Matrix> moments(second_moments(data).yy,
                                                      Eigen::EigenvaluesOnly);
  const double end = 1 / share - 1;  // s^2
  const double start = std::min(end, static_cast<double>(sizes.width) * sizes.sigma * sizes.sigma);
  const double time = std::log(end / start) / 2 + end - start + (end * end - start * start) / 4;
  return time / (rate * moments.eigenvalues().maxCoeff());
}

StudyTable escape_runs_table(const std::vector<EscapeJob>& jobs) {
  StudyTable out = {
      "runs",
      {{"activation", "setting", "algorithm", "seed", "left", "updates_to_leave",
        "updates_to_99_percent", "updates_to_95_percent", "updates_of_objective_to_90_percent",
        "initial_loss", "final_loss", "updates_run", "message"},
       {},
       {}}};
  for (const EscapeJob& job : jobs) {
    const auto& curve = job.run.curve;
    const auto text = [](const std::optional<Index>& update) {
      return update ? std::to_string(*update) : std::string();
    };
    const auto to = [&](double share) {
      return text(first_at_or_below(job.run, share * curve.front().train_loss));
    };
    out.table.rows.push_back(
        {job.activation, job.setting, job.algorithm, std::to_string(job.seed), job.left ? "1" : "0",
         text(job.left), to(0.99), to(0.95), text(objective_down_to(job.run, 0.9)),
         csv_number(curve.front().train_loss), csv_number(curve.back().train_loss),
         std::to_string(curve.back().update), job.run.summary.message});
  }
  return out;
}

StudyTable escape_curves_table(const std::vector<EscapeJob>& jobs) {
  StudyTable out = {
      "curves",
      {{"activation", "setting", "algorithm", "seed", "update", "train_loss", "gradient_norm"},
       {},
       {}}};
  for (const EscapeJob& job : jobs)
    for (const CurvePoint& point : job.run.curve)
      out.table.rows.push_back({job.activation, job.setting, job.algorithm,
                                std::to_string(job.seed), std::to_string(point.update),
                                csv_number(point.train_loss),
                                point.gradient_norm ? csv_number(*point.gradient_norm) : ""});
  return out;
}

}  // namespace saddlescope::analysis
