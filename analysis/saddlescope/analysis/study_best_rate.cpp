// trust-fig4 [TR]: networks of ten layers under PC and BP, each at its best learning rate.
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kLayers = 10;
constexpr Index kBatch = 64;

struct Sizes {
  Index width = 64, updates = 400, samples = 0;
  std::vector<double> rates = {0.1, 0.3, 1, 3, 10, 30};
};
Sizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {16, 150, 600, {0.3, 1, 3, 10, 30}};
  return {};
}

StudyRun train(const Split& parts, const Sizes& sizes, double rate, bool pc) {
  ArchitectureOptions shape;
  shape.widths = study_widths(parts.train, sizes.width, kLayers - 1);
  shape.activation = Activation::kTanh;
  const NetworkEnergy<float> energy(make_architecture(shape));
  TwinOptions options;
  options.algorithms = {pc ? TrainingAlgorithm::kPc : TrainingAlgorithm::kBp};
  options.optimiser.learning_rate = rate;
  options.inference.max_steps = 50;
  options.batch = kBatch;
  options.updates = sizes.updates;
  return run_for_study<float>(energy, options,
                              study_weights(energy.architecture(), Parameterisation::kSp, 0),
                              parts.train, parts.test, 10);
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  const Split parts = split(study_images(context, sizes.samples), 0.8, 0);
  const std::size_t n = sizes.rates.size();
  std::vector<StudyRun> runs(2 * n);
  run_jobs(
      static_cast<Index>(2 * n),
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        runs[at] = train(parts, sizes, sizes.rates[at % n], at >= n);
      },
      context.progress);
  StudyResult out;
  out.configuration = {{"data", parts.train.name},
                       {"layers", kLayers},
                       {"width", sizes.width},
                       {"activation", "tanh"},
                       {"optimiser", "gd"},
                       {"batch", kBatch},
                       {"updates", sizes.updates},
                       {"learning_rates", sizes.rates},
                       {"inference", "50 steps of the longest stable size"}};
  StudyPanel best = {"at the best learning rate", "updates", "training loss", false, true};
  StudyPanel rates = {"after the last update", "learning rate", "training loss", true, true};
  double at_best[2] = {0, 0};
  Index halved[2] = {0, 0};  // updates to half of the initial loss; beyond all where not reached
  bool inside = true;        // the best rate has neighbours on both sides
  for (const std::size_t pc : {std::size_t{0}, std::size_t{1}}) {
    StudyLine all = {pc == 1 ? "PC" : "BP", pc == 1 ? colour::kEnergy : colour::kLoss};
    StudyLine one = all;
    all.points = true;
    std::size_t winner = pc * n;
    for (std::size_t i = 0; i < n; ++i) {
      const StudyRun& run = runs[pc * n + i];
      const double end =
          run.summary.ok() ? run.curve.back().train_loss : std::numeric_limits<double>::infinity();
      all.add(sizes.rates[i], end);
      if (end <= all.y[winner - pc * n]) winner = pc * n + i;
    }
    for (const CurvePoint& point : runs[winner].curve)
      one.add(static_cast<double>(point.update), point.train_loss);
    at_best[pc] = all.y[winner - pc * n];
    const StudyRun& best_run = runs[winner];
    halved[pc] = first_at_or_below(best_run, best_run.curve.front().train_loss / 2)
                     .value_or(sizes.updates + 1);
    inside = inside && winner != pc * n && winner != pc * n + n - 1;
    out.quantities[pc == 1 ? "pc" : "bp"] = {{"best_learning_rate", sizes.rates[winner - pc * n]},
                                             {"loss", at_best[pc]},
                                             {"halved_at", halved[pc]},
                                             {"losses", all.y}};
    out.ours += fmt::format("{}{}: training loss {} at the rate {:g}", pc == 1 ? "; " : "",
                            all.title, short_number(at_best[pc]), sizes.rates[winner - pc * n]);
    best.lines.push_back(one);
    rates.lines.push_back(all);
  }
  const std::vector<StudyPanel> panels = {best, rates};
  out.rules = {
      {"PC's training loss is the lower one after the last update, each at its best rate",
       "before results were seen", at_best[1] < at_best[0]},
      {"PC halves the training loss in fewer updates, each at that rate",
       "after the first results: the other reading of faster, speed instead of the loss in the end",
       halved[1] < halved[0]}};
  out.agreement = inside ? agreement_of(out.rules) : Agreement::kUndecided;
  out.judgement = fmt::format(
      "at its best rate PC halves the loss after {} updates, BP after {}, and PC is {} in the "
      "end{}",
      halved[1], halved[0], out.rules[0].met ? "ahead" : "behind",
      inside ? ""
             : "; but a best rate is at the end of the grid: there may be a better one beyond");
  out.tables = {{"losses", panel_table(panels)}};
  out.figure = panel_figure("trust-fig4",
                            fmt::format("Ten layers at the best learning rate   |   {}, width {}",
                                        parts.train.name, sizes.width),
                            panels, 2);
  return out;
}

}  // namespace

Study best_rate_study() {
  return {"trust-fig4",
          "ten layers train faster under PC than under BP, each at its best learning rate",
          "PC is faster (unconfirmed) [TR]",
          {"settings of the original are not known; both algorithms have the same grid of rates in "
           "means over samples, which was widened until both best ones lay inside",
           "50 steps of inference are short of the equilibrium in ten layers: more of them lower "
           "PC's loss by about a tenth"},
          true,
          run,
          "width 16 for 64, 600 samples, 150 updates for 400"};
}

}  // namespace saddlescope::analysis
