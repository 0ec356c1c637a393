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

nlohmann::ordered_json completion_configuration(const CompletionSizes& sizes) {
  nlohmann::ordered_json json = {
      {"target_logged",
       "10 x 10 of rank 3, random singular vectors, the spectrum that the logged "
       "plateau losses imply"},
      {"target_drawn", "U V', iid N(0, 1) factors; linear network only"},
      {"observed", "each entry with probability 0.8"},
      {"samples", "the 10 columns, input: its observed entries; full batch"},
      {"hidden_layers", 3},
      {"width", sizes.width},
      {"placement", "post"},
      {"init", "normal entries"},
      {"init_deviation", sizes.sigma},
      {"optimiser", "gd"},
      {"learning_rate", kCompletionRate},
      {"bp_updates", sizes.bp_updates},
      {"pc_updates", sizes.pc_updates},
      {"pc_updates_matched", sizes.matched_updates},
      {"matched", "linear network and logged targets only"},
      {"stop_at_loss", 0.01},
      {"losses", "mean of squares over samples and outputs, as published"},
      {"inference_matched", "conjugate gradients to 1e-6 of the gradient's terms"},
      {"inference_published", "50 steps of 0.1"}};
  for (const auto& [activation, seeds] : sizes.activations)
    json["seeds"][activation] = std::min(seeds, sizes.seeds);
  json["seeds_drawn"] = sizes.drawn_seeds;
  return json;
}

}  // namespace saddlescope::analysis
