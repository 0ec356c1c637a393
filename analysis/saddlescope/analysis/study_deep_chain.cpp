// trust-fig3 [TR]: deep chains of tanh and of ReLU units under PC and BP.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kLayers = 6;
constexpr Index kSeeds = 15;
constexpr Index kUpdates = 600;
constexpr double kRate = 0.1;

struct Kind {
  std::string label, activation;
  bool alive = false;  // hidden weights positive
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"tanh", "tanh"}, {"ReLU", "relu"}, {"ReLU, hidden weights > 0", "relu", true}};
  return all;
}

StudyRun train(const Dataset& data, const Kind& kind, bool pc, Index seed) {
  ArchitectureOptions shape;
  shape.widths.assign(kLayers + 1, 1);
  shape.activation = parse_activation(kind.activation);
  shape.placement = Placement::kPost;
  const NetworkEnergy<double> energy(make_architecture(shape));
  TwinOptions options;
  options.algorithms = {pc ? TrainingAlgorithm::kPc : TrainingAlgorithm::kBp};
  options.optimiser.learning_rate = kRate;
  options.inference.max_steps = 100;
  options.batch = data.n_samples();
  options.updates = kUpdates;
  Vector start =
      study_weights(energy.architecture(), Parameterisation::kSp, static_cast<std::uint64_t>(seed));
  if (kind.alive) start.head(kLayers - 1) = start.head(kLayers - 1).cwiseAbs().eval();
  return run_for_study<double>(energy, options, start, data, data, 10);
}

// The first recorded update with half of the initial loss or less; infinite where there is none.
double first_half(const StudyLine& line) {
  for (std::size_t i = 0; i < line.y.size(); ++i)
    if (line.y[i] <= line.y.front() / 2) return line.x[i];
  return std::numeric_limits<double>::infinity();
}

StudyResult run(const StudyContext& context) {
  const Dataset data = toy({64, 1, 0});
  const std::size_t n = kinds().size();
  std::vector<StudyRun> runs(2 * n * static_cast<std::size_t>(kSeeds));
  run_jobs(
      static_cast<Index>(runs.size()),
      [&](Index i) {
        runs[static_cast<std::size_t>(i)] =
            train(data, kinds()[static_cast<std::size_t>(i / (2 * kSeeds))], i / kSeeds % 2 == 1,
                  i % kSeeds);
      },
      context.progress);
  StudyResult out;
  out.configuration = {{"data", "toy, 64 samples, full batch"},
                       {"layers", kLayers},
                       {"width", 1},
                       {"placement", "post"},
                       {"init", "U(-1, 1)"},
                       {"seeds", kSeeds},
                       {"learning_rate", kRate},
                       {"updates", kUpdates},
                       {"inference", "100 steps of the longest stable size"}};
  std::vector<StudyPanel> panels;
  std::vector<bool> sooner(n);           // PC halves the median loss before BP does
  std::vector<double> gain(n), left(n);  // BP's median loss at the end over PC's, over its start
  for (std::size_t a = 0; a < n; ++a) {
    StudyPanel panel = {kinds()[a].label, "updates", "loss, median of the seeds", false, true};
    for (const bool pc : {false, true}) {
      StudyLine line = {pc ? "PC" : "BP", pc ? colour::kEnergy : colour::kLoss};
      const std::size_t first = (2 * a + (pc ? 1 : 0)) * static_cast<std::size_t>(kSeeds);
      for (std::size_t t = 0; t < runs[first].curve.size(); ++t) {
        std::vector<double> losses;
        for (std::size_t s = 0; s < static_cast<std::size_t>(kSeeds); ++s)
          if (t < runs[first + s].curve.size())
            losses.push_back(runs[first + s].curve[t].train_loss);
        line.add(static_cast<double>(runs[first].curve[t].update), median(losses));
      }
      panel.lines.push_back(line);
    }
    // Below this share of its start a loss is that of a chain that has learnt all there is.
    const double floor = 1e-12 * panel.lines[0].y.front();
    gain[a] = std::max(panel.lines[0].y.back(), floor) / std::max(panel.lines[1].y.back(), floor);
    left[a] = panel.lines[0].y.back() / panel.lines[0].y.front();
    sooner[a] = first_half(panel.lines[1]) < first_half(panel.lines[0]);
    out.quantities[kinds()[a].label] = {{"bp_median_loss", panel.lines[0].y.back()},
                                        {"pc_median_loss", panel.lines[1].y.back()},
                                        {"bp_halved_at", first_half(panel.lines[0])},
                                        {"pc_halved_at", first_half(panel.lines[1])}};
    out.ours += fmt::format("{}{}: median loss {} (BP), {} (PC) after {} updates",
                            a > 0 ? "; " : "", panel.title, short_number(panel.lines[0].y.back()),
                            short_number(panel.lines[1].y.back()), kUpdates);
    panels.push_back(panel);
  }
  // A panel in which neither algorithm trains says nothing of a gain.
  constexpr double kGain = 1.05, kTrained = 0.5;
  out.rules = {{"BP's median loss is 5 % above PC's with tanh and not with ReLU, as drawn",
                "before results were seen", gain[0] > kGain && gain[1] < kGain},
               {"the same with ReLU chains that can carry a signal: hidden weights > 0",
                "after the first results: chains of ReLU units on inputs > 0 are dead unless all "
                "five hidden weights are "
                "positive, which 31 of 32 draws are not",
                gain[0] > kGain && gain[2] < kGain}};
  out.rules.push_back(
      {"PC halves the median loss before BP does with tanh, and not with ReLU chains "
       "that can carry a signal",
       "after the first results: the other reading of a gain, speed instead of the loss in the end",
       sooner[0] && !sooner[2]});
  const bool trained = left[0] < kTrained && left[2] < kTrained;
  out.agreement = trained ? agreement_of({out.rules[1], out.rules[2]}) : Agreement::kUndecided;
  const auto word = [&](std::size_t a) { return sooner[a] ? "sooner" : "later"; };
  out.judgement = fmt::format(
      "{}whether PC gains depends on when one looks: with tanh it halves the loss {} than BP and "
      "BP's loss in the end is {} times its, with ReLU chains that can train {} and {} times",
      trained ? "" : "BP does not halve the median loss in both kinds of chains that can train; ",
      word(0), short_number(gain[0]), word(2), short_number(gain[2]));
  out.tables = {{"losses", panel_table(panels)}};
  out.figure = panel_figure(
      "trust-fig3", fmt::format("Deep chains   |   {} weights, y = -x, {} seeds", kLayers, kSeeds),
      panels, 3);
  return out;
}

}  // namespace

Study deep_chain_study() {
  return {"trust-fig3",
          "PC trains deep chains better than BP with tanh, not with ReLU",
          "PC gains over BP for tanh only (unconfirmed) [TR]",
          {"settings of the original are not known; steps are equal here",
           "chains of ReLU units are mostly dead as drawn: a panel has them with positive hidden "
           "weights"},
          false,
          run};
}

}  // namespace saddlescope::analysis
