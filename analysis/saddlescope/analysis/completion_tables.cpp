#include <algorithm>

#include "saddlescope/analysis/completion_figure.hpp"

namespace saddlescope::analysis {

const Plateau* plateau_of(const CompletionRun& run, Index rank) {
  const auto found = std::find_if(run.plateaus.begin(), run.plateaus.end(),
                                  [&](const Plateau& one) { return one.rank == rank; });
  return found == run.plateaus.end() ? nullptr : &*found;
}

std::optional<Index> left_at(const CompletionRun& run, Index rank) {
  if (rank == 2) return run.done;
  const Plateau* const here = plateau_of(run, rank);
  const Plateau* const next = plateau_of(run, rank + 1);
  if (here == nullptr || next == nullptr) return std::nullopt;
  return crossing(run.bp, here->loss, next->loss);
}

StudyTable completion_bp_table(const std::vector<CompletionRun>& bp) {
  StudyTable out = {"bp",
                    {{"target", "activation", "seed", "rank", "plateau_loss", "plateau_update",
                      "gradient_norm", "left_at_update"},
                     {},
                     {}}};
  for (const CompletionRun& run : bp) {
    for (const Plateau& one : run.plateaus) {
      const auto left = one.rank < 2 ? left_at(run, one.rank) : std::nullopt;
      out.table.rows.push_back({run.target, run.activation, std::to_string(run.seed),
                                std::to_string(one.rank), csv_number(one.loss),
                                std::to_string(one.update), csv_number(one.gradient),
                                left ? std::to_string(*left) : ""});
    }
    out.table.rows.push_back({run.target, run.activation, std::to_string(run.seed), "done",
                              csv_number(kPublishedUnits * run.bp.curve.back().train_loss),
                              run.done ? std::to_string(*run.done) : "", "", ""});
  }
  return out;
}

StudyTable completion_pc_table(const std::vector<CompletionEscape>& pc) {
  StudyTable out = {"pc",
                    {{"target", "activation", "seed", "start", "setting", "start_loss",
                      "left_at_update", "done_at_update", "last_loss", "message"},
                     {},
                     {}}};
  for (const CompletionEscape& one : pc)
    out.table.rows.push_back(
        {one.target, one.activation, std::to_string(one.seed), one.start, one.setting,
         csv_number(kPublishedUnits * one.pc.curve.front().train_loss),
         one.left ? std::to_string(*one.left) : "", one.done ? std::to_string(*one.done) : "",
         csv_number(kPublishedUnits * one.pc.curve.back().train_loss), one.pc.summary.message});
  return out;
}

}  // namespace saddlescope::analysis
