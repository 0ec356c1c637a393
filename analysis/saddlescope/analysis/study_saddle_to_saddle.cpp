// limits-figA4 [inf]: training from small weights goes from saddle to saddle under BP; does PC skip
// the plateaus?
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/hessian/linear_objective.hpp"
#include "saddlescope/network/parameterisation.hpp"
#include "saddlescope/training/full_batch.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kSigma = 0.05;
constexpr double kRate = 0.02;
constexpr Index kEvery = 10;

struct Sizes {
  std::vector<Index> hidden = {1, 3, 7}, widths = {1, 4, 8};
  Index updates = 20000;
};
Sizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {{1, 3}, {1, 4}, 4000};
  return {};
}

StudyLine train(const Dataset& data, Index hidden, Index width, bool pc, Index updates) {
  ArchitectureOptions shape;
  shape.widths = study_widths(data, width, hidden);
  const Architecture net = make_architecture(shape);
  const auto factor = compress(data_factor<double>(data));
  const auto mse = mse_loss<double>(net, factor);
  const auto energy = equilibrated_energy<double>(net, factor);
  OptimiserOptions options;
  options.learning_rate = kRate;
  FullBatchTrainer trainer(pc ? *energy : *mse, small_weights(net, kSigma, 0), options);
  StudyLine out = {pc ? "PC" : "BP", pc ? colour::kEnergy : colour::kLoss};
  saddlescope::train(trainer, updates, [&](const FullBatchTrainer& at) {
    if (at.step() % kEvery != 0) return;
    const Evaluation<double> here = mse->at(at.theta());
    if (here.summary.ok()) out.add(static_cast<double>(at.step() + 1), here.point->value());
  });
  return out;
}

// Updates spent on plateaus: points at which the loss is above the end's and falls by less than 1 %
// over the next tenth of the updates so far.
double stay(const StudyLine& line) {
  const double floor = 1.02 * line.y.back();
  double out = 0;
  for (std::size_t i = 1; i < line.y.size(); ++i) {
    const std::size_t ahead = std::min(i + 1 + i / 10, line.y.size() - 1);
    if (line.y[i] > floor && line.y[ahead] > 0.99 * line.y[i]) out += static_cast<double>(kEvery);
  }
  return out;
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  TeacherOptions source;
  source.samples = 64;
  source.input = 8;
  source.output = 8;
  source.singular_values = {3, 1.5, 0.75};
  const Dataset data = linear_teacher(source);
  StudyResult out;
  out.configuration = {{"data", "linear teacher of rank 3, singular values 3, 1.5, 0.75"},
                       {"hidden_layers", sizes.hidden},
                       {"widths", sizes.widths},
                       {"init_deviation", kSigma},
                       {"optimiser", "gd"},
                       {"learning_rate", kRate},
                       {"updates", sizes.updates}};
  std::vector<StudyPanel> panels;
  Index shorter = 0;
  Index censored = 0;
  Index with_plateaus = 0, shorter_there = 0, still = 0;  // still: neither leaves its start
  for (const Index width : sizes.widths)
    for (const Index hidden : sizes.hidden) {
      StudyPanel panel = {fmt::format("H = {}, width {}", hidden, width), "updates, from 1", "loss",
                          true, true};
      panel.lines = {train(data, hidden, width, false, sizes.updates),
                     train(data, hidden, width, true, sizes.updates)};
      const double bp = stay(panel.lines[0]);
      const double pc = stay(panel.lines[1]);
      // BP at the saddle it started from to the end: its stay is all there was.
      const bool never = panel.lines[0].y.back() > 0.9 * panel.lines[0].y.front();
      const bool pc_never = panel.lines[1].y.back() > 0.9 * panel.lines[1].y.front();
      censored += never ? 1 : 0;
      const Index here = !pc_never && (never || pc < bp) ? 1 : 0;
      shorter += here;
      still += never && pc_never ? 1 : 0;
      if ((never || bp > 0) && !(never && pc_never)) {
        ++with_plateaus;
        shorter_there += here;
      }
      out.quantities[panel.title] = {{"bp_updates_on_plateaus", bp},
                                     {"pc_updates_on_plateaus", pc},
                                     {"bp_never_left", never},
                                     {"pc_never_left", pc_never},
                                     {"bp_loss", panel.lines[0].y.back()},
                                     {"pc_loss", panel.lines[1].y.back()}};
      panels.push_back(panel);
    }
  const auto n = static_cast<Index>(panels.size());
  out.ours = fmt::format(
      "PC spends fewer updates on plateaus than BP in {} of {} networks; in {} BP never leaves "
      "within "
      "{} updates",
      shorter, n, censored, sizes.updates);
  const bool skips = with_plateaus > 0 && shorter_there == with_plateaus;
  out.rules = {
      {"PC spends fewer updates on plateaus than BP in every network", "before results were seen",
       shorter == n},
      {"the same in every network in which BP meets a plateau and one of both leaves its start",
       "after the first results: where there is no plateau, or where neither moves, there is "
       "nothing to skip",
       skips}};
  out.agreement = !skips      ? Agreement::kDiffers
                  : still > 0 ? Agreement::kUndecided
                              : Agreement::kAgrees;
  out.judgement = fmt::format(
      "PC passes or skips the plateaus in {} of the {} networks that have some and where one of "
      "both "
      "leaves its start{}",
      shorter_there, with_plateaus,
      still > 0 ? fmt::format("; {} tell nothing: neither leaves its start within {} updates",
                              still, sizes.updates)
                : "");
  out.tables = {{"losses", panel_table(panels)}};
  out.figure = panel_figure("limits-figA4", "From saddle to saddle   |   linear, teacher of rank 3",
                            panels, sizes.hidden.size());
  return out;
}

}  // namespace

Study saddle_to_saddle_study() {
  return {"limits-figA4",
          "PC skips the plateaus of saddle-to-saddle training",
          "BP goes from saddle to saddle, PC skips plateaus (unconfirmed) [inf]",
          {"PC's loss was logged after the update, BP's before; here both at the same weights"},
          false,
          run,
          "1 and 3 hidden layers for 1, 3 and 7, widths 1 and 4 for 1, 4 and 8, 4000 updates for "
          "20000"};
}

}  // namespace saddlescope::analysis
