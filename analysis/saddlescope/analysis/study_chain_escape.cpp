// saddles-fig2 [S]: chains leave the saddle at the origin sooner under PC than under BP.
#include <limits>

#include <fmt/format.h>

#include "saddlescope/analysis/chain_paths.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"

namespace saddlescope::analysis {
namespace {

constexpr double kRate = 0.4;
constexpr double kSigma = 0.05;
constexpr Index kSeeds = 5;
constexpr Index kPublishedInference = 20;
constexpr double kPublishedInferenceStep = 0.1;

struct Shape {
  Index layers, width, updates;
};
constexpr Shape kShapes[] = {{2, 1, 100}, {3, 1, 1500}, {4, 4, 1500}};

// PC as published: the gradient after 20 steps of inference.
StudyRun unfinished(const Chain& chain, const Vector& start, Index updates) {
  TwinOptions options;
  options.algorithms = {TrainingAlgorithm::kPc};
  options.optimiser.learning_rate = kRate;
  options.inference.max_steps = kPublishedInference;
  options.inference.step = kPublishedInferenceStep;
  options.batch = chain.data.n_samples();
  options.updates = updates;
  return run_for_study<double>(NetworkEnergy<double>(chain.architecture), options, start,
                               chain.data, chain.data, updates > 500 ? 5 : 1);
}

struct Runs {
  StudyLine line;
  std::vector<double> left;  // censored ones count as the updates allowed
  Index censored = 0, diverged = 0;

  // Losses of every `apart` updates.
  void add(const std::vector<double>& losses, const std::optional<Index>& update, Index allowed,
           Index apart) {
    for (std::size_t t = 0; t < losses.size(); ++t)
      line.add(static_cast<double>(static_cast<Index>(t) * apart), losses[t] / losses[0]);
    line.add(std::numeric_limits<double>::quiet_NaN(), 0);  // a gap between seeds
    left.push_back(static_cast<double>(update.value_or(allowed)));
    censored += update ? 0 : 1;
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("{:.0f}{}", median(left),
                       censored > 0 ? fmt::format(" ({} censored)", censored) : "") +
           (diverged > 0 ? fmt::format(" ({} diverge later)", diverged) : "");
  }
};

StudyResult run(const StudyContext& /*context*/) {
  StudyResult out;
  out.configuration = {{"data", "toy, 64 samples, full batch"},
                       {"init_deviation", kSigma},
                       {"learning_rate", kRate},
                       {"seeds", kSeeds},
                       {"left_at_share_of_initial_loss", 0.9}};
  std::vector<StudyPanel> panels;
  bool agrees = true;
  for (const Shape& shape : kShapes) {
    Runs bp = {{"BP", colour::kLoss}, {}, 0, 0};
    Runs pc = {{"PC, equilibrium", colour::kEnergy}, {}, 0, 0};
    Runs published = {{"PC, 20 steps of 0.1", other_ink(2)}, {}, 0, 0};
    published.line.dashed = true;
    for (Index seed = 0; seed < kSeeds; ++seed) {
      const auto s = static_cast<std::uint64_t>(seed);
      const Chain chain = make_chain(shape.layers, shape.width, s);
      const Vector start = small_weights(chain.architecture, kSigma, s);
      for (Runs* runs : {&bp, &pc}) {
        const ChainPath path = descend(chain, runs == &pc, start, kRate, shape.updates);
        runs->diverged += static_cast<Index>(path.theta.size()) <= shape.updates ? 1 : 0;
        runs->add(path.loss, path.left, shape.updates, 1);
      }
      const StudyRun trained = unfinished(chain, start, shape.updates);
      std::vector<double> losses;
      losses.reserve(trained.curve.size());
      for (const CurvePoint& point : trained.curve) losses.push_back(point.train_loss);
      published.add(losses, first_at_or_below(trained, 0.9 * losses[0]), shape.updates,
                    trained.curve[1].update);
    }
    const std::string label = fmt::format("L = {}, width {}", shape.layers, shape.width);
    agrees = agrees && median(pc.left) < median(bp.left);
    out.ours += fmt::format("{}{}: BP {}, PC {}, with 20 steps of inference {}",
                            out.ours.empty() ? "median updates to leave, " : "; ", label, bp.text(),
                            pc.text(), published.text());
    out.quantities[label] = {{"bp_updates", bp.left},
                             {"pc_updates", pc.left},
                             {"pc_published_updates", published.left},
                             {"bp_censored", bp.censored},
                             {"bp_diverged", bp.diverged},
                             {"pc_censored", pc.censored}};
    panels.push_back({label,
                      "updates",
                      "loss / its start",
                      true,
                      true,
                      {bp.line, pc.line, published.line},
                      "set yrange [1e-4:2]"});
  }
  out.agreement = agreement_of(agrees);
  out.judgement = agrees ? "PC leaves first at every depth" : "PC does not leave first";
  out.tables = {{"losses", panel_table(panels)}};
  out.figure =
      panel_figure("saddles-fig2", "Chains leaving the origin   |   y = -x, 5 seeds", panels, 3);
  return out;
}

}  // namespace

Study chain_escape_study() {
  return {
      "saddles-fig2",
      "chains leave the saddle at the origin sooner under PC than under BP",
      "PC leaves first, L = 2, 3, 4 [S]",
      {"inference stopped after 20 steps: both that and the equilibrium are run",
       "BP had 15 or 100 updates, PC up to 50. Here both have the same, and what has not left is "
       "censored",
       "rows of the eigenvector matrix stood for its columns in the planes shown; no plane is "
       "needed here"},
      false,
      run};
}

}  // namespace saddlescope::analysis
