// mupc-figA29 [mu]: sizes of activities by width and depth, at random weights and after four updates.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kBatch = 64;
constexpr Index kUpdates = 4;
constexpr double kRate = 1e-3;

struct Sizes {
  std::vector<Index> widths = {64, 128, 256, 512}, depths = {16, 32, 64, 128};
};
Sizes sizes_of(StudyScale scale) {
  if (scale == StudyScale::kQuick) return {{16, 32, 64}, {8, 16, 32}};
  if (scale == StudyScale::kFull) return {{128, 256, 512, 1024}, {16, 32, 64, 128, 256, 512}};
  return {};
}

// Root mean square of the last hidden activities of the forward pass, before and after training.
struct Size {
  double before = 0, after = 0;
};
Size measure(const Dataset& data, Parameterisation kind, Index width, Index layers) {
  ArchitectureOptions shape;
  shape.widths = study_widths(data, width, layers - 1);
  shape.parameterisation = kind;
  shape.skips = true;
  shape.activation = Activation::kRelu;
  const NetworkEnergy<float> energy(make_architecture(shape));
  TwinOptions options;
  options.algorithms = {TrainingAlgorithm::kPc};
  options.optimiser.kind = OptimiserKind::kAdam;
  options.optimiser.learning_rate = kRate;
  options.inference.max_steps = std::min<Index>(layers - 1, 64);
  options.batch = kBatch;
  options.updates = kUpdates;
  const MatrixOf<float> x = data.x.cast<float>();
  const auto last = energy.offset(layers - 1);
  const auto size = [&](const Vector& theta) {
    const MatrixOf<float> z = energy.forward(theta.cast<float>(), x);
    return std::sqrt(z.bottomRows(z.rows() - last).cast<double>().squaredNorm() /
                     static_cast<double>((z.rows() - last) * z.cols()));
  };
  const Vector start = study_weights(energy.architecture(), kind, 0);
  const StudyRun run = run_for_study<float>(energy, options, start, data, data, kUpdates);
  return {size(start), size(run.theta)};
}

// Of SP with skips at random weights: entries of variance 1/(3n) and half of the units active add
// 1/6 of the mean square in every layer, so that the root mean square grows by sqrt(7/6)^(L2 - L1).
double sp_growth(const std::vector<Index>& depths) {
  constexpr double kLayer = 7.0 / 6.0;
  return std::pow(kLayer, static_cast<double>(depths.back() - depths.front()) / 2);
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  const Dataset data = study_images(context, kBatch);
  const std::vector<Parameterisation> kinds = {Parameterisation::kSp, Parameterisation::kMupc};
  const std::size_t cells = sizes.widths.size() * sizes.depths.size();
  std::vector<Size> all(2 * cells);
  run_jobs(
      static_cast<Index>(all.size()),
      [&](Index i) {
        const auto at = static_cast<std::size_t>(i);
        const std::size_t cell = at % cells;
        all[at] = measure(data, kinds[at / cells], sizes.widths[cell / sizes.depths.size()],
                          sizes.depths[cell % sizes.depths.size()]);
      },
      context.progress);
  StudyResult out;
  out.configuration = {{"data", data.name},      {"samples", kBatch},
                       {"widths", sizes.widths}, {"layers", sizes.depths},
                       {"activation", "relu"},   {"skips", true},
                       {"optimiser", "adam"},    {"learning_rate", kRate},
                       {"updates", kUpdates},    {"inference_steps", "hidden layers, at most 64"}};
  std::vector<StudyPanel> panels;
  double spread[2] = {0, 0};
  for (std::size_t kind = 0; kind < 2; ++kind)
    for (const bool after : {false, true}) {
      StudyPanel panel = {fmt::format("{}, {}", kind == 0 ? "SP" : "µPC",
                                      after ? "after 4 updates" : "random weights"),
                          "layers L", "rms of the last hidden activities", true, true};
      double low = 1e300;
      double high = 0;
      for (std::size_t w = 0; w < sizes.widths.size(); ++w) {
        StudyLine line = {fmt::format("width {}", sizes.widths[w]),
                          graded_ink(w, sizes.widths.size())};
        line.points = true;
        for (std::size_t d = 0; d < sizes.depths.size(); ++d) {
          const Size& one = all[kind * cells + w * sizes.depths.size() + d];
          const double value = after ? one.after : one.before;
          line.add(static_cast<double>(sizes.depths[d]), value);
          low = std::min(low, value);
          high = std::max(high, value);
        }
        panel.lines.push_back(line);
      }
      spread[kind] = std::max(spread[kind], high / low);
      out.quantities[panel.title] = {{"smallest", low}, {"largest", high}};
      panels.push_back(panel);
    }
  out.ours = fmt::format(
      "largest over smallest size of activities over all widths and depths: {} (µPC), {} (SP)",
      short_number(spread[1]), short_number(spread[0]));
  const double growth = sp_growth(sizes.depths);
  out.quantities["sp_growth_in_theory"] = growth;
  out.rules = {
      {"sizes under µPC lie within a factor 10, and SP's spread is ten times µPC's",
       "before results were seen", spread[1] < 10 && spread[0] > 10 * spread[1]},
      {"sizes under µPC lie within a factor 3, and SP's spread is twice µPC's",
       "after the first results, at sizes of --quick", spread[1] < 3 && spread[0] > 2 * spread[1]}};
  // The first rule alone decides, where SP can break it.
  const bool tells = growth > 100;
  out.agreement = tells ? agreement_of(out.rules[0].met) : Agreement::kNotTested;
  out.judgement =
      tells ? (out.rules[0].met ? "µPC keeps activities of one size, SP does not"
                                : "sizes under µPC do not stay within a factor 10, or SP's spread "
                                  "is not ten times theirs")
            : fmt::format(
                  "between {} and {} layers SP's activities at random weights grow by {} "
                  "only in theory, too little for the rule to tell",
                  sizes.depths.front(), sizes.depths.back(), short_number(growth));
  out.tables = {{"sizes", panel_table(panels)}};
  out.figure =
      panel_figure("mupc-figA29", "Activities by width and depth   |   ReLU, skips", panels, 2);
  return out;
}

}  // namespace

Study activity_size_study() {
  return {"mupc-figA29",
          "activities keep their size by width and depth under muPC",
          "muPC's activities are stable in width and depth over updates 0 to 4 [mu]",
          {"the activity step was divided by the batch size; here it is that of a sample"},
          true,
          run,
          "widths 16 to 64 and 8 to 32 layers for 64 to 512 and 16 to 128",
          false};
}

}  // namespace saddlescope::analysis
