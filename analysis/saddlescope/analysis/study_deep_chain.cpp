// trust-fig3 [TR]: deep chains of tanh and of ReLU units under PC and BP.
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

StudyRun train(const Dataset& data, const std::string& activation, bool pc, Index seed) {
  ArchitectureOptions shape;
  shape.widths.assign(kLayers + 1, 1);
  shape.activation = parse_activation(activation);
  shape.placement = Placement::kPost;
  const NetworkEnergy<double> energy(make_architecture(shape));
  TwinOptions options;
  options.algorithms = {pc ? TrainingAlgorithm::kPc : TrainingAlgorithm::kBp};
  options.optimiser.learning_rate = kRate;
  options.inference.max_steps = 100;
  options.batch = data.n_samples();
  options.updates = kUpdates;
  const Vector start =
      study_weights(energy.architecture(), Parameterisation::kSp, static_cast<std::uint64_t>(seed));
  return run_for_study<double>(energy, options, start, data, data, 10);
}

StudyResult run(const StudyContext& context) {
  const Dataset data = toy({64, 1, 0});
  const std::vector<std::string> activations = {"tanh", "relu"};
  std::vector<StudyRun> runs(static_cast<std::size_t>(4 * kSeeds));
  run_jobs(
      4 * kSeeds,
      [&](Index i) {
        runs[static_cast<std::size_t>(i)] =
            train(data, activations[static_cast<std::size_t>(i / (2 * kSeeds))],
                  i / kSeeds % 2 == 1, i % kSeeds);
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
  double gain[2] = {0, 0};  // BP's median loss at the end over PC's
  for (std::size_t a = 0; a < 2; ++a) {
    StudyPanel panel = {activation_title(activations[a]), "updates", "loss, median of the seeds",
                        false, true};
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
    gain[a] = panel.lines[0].y.back() / panel.lines[1].y.back();
    out.quantities[activations[a]] = {{"bp_median_loss", panel.lines[0].y.back()},
                                      {"pc_median_loss", panel.lines[1].y.back()}};
    out.ours += fmt::format("{}{}: median loss {} (BP), {} (PC) after {} updates",
                            a > 0 ? "; " : "", panel.title, short_number(panel.lines[0].y.back()),
                            short_number(panel.lines[1].y.back()), kUpdates);
    panels.push_back(panel);
  }
  out.agrees = gain[0] > 1.05 && gain[1] < 1.05;
  out.judgement = out.agrees ? "PC gains with tanh only"
                             : "gains of PC over BP are not as published: settings of the original "
                               "are not known, and most ReLU chains die under both";
  out.tables = {{"losses", panel_table(panels)}};
  out.figure = panel_figure(
      "trust-fig3", fmt::format("Deep chains   |   {} weights, y = -x, {} seeds", kLayers, kSeeds),
      panels, 2);
  return out;
}

}  // namespace

Study deep_chain_study() {
  return {"trust-fig3",
          "PC trains deep chains better than BP with tanh, not with ReLU",
          "PC gains over BP for tanh only (unconfirmed) [TR]",
          {"settings of the original are not known; steps are equal here"},
          false,
          run};
}

}  // namespace saddlescope::analysis
