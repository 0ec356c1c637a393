// jpc-fig2 [JPC]: inference of T steps against the closed form of F*, linear networks.
#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/analysis/unfinished_inference.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kHidden = 10;
constexpr Index kBatch = 64;
constexpr double kRate = 1e-3;

struct Sizes {
  Index width = 300, updates = 100;
};
Sizes sizes_of(StudyScale scale) { return scale == StudyScale::kQuick ? Sizes{64, 50} : Sizes{}; }

const std::vector<Index>& horizons() {
  static const std::vector<Index> all = {0, 10, 20, 50, 100, 200, 500, 1000};
  return all;
}

StudyResult run(const StudyContext& context) {
  const Sizes sizes = sizes_of(context.scale);
  const Dataset data = study_images(context, kBatch);
  const auto factor = compress(data_factor<double>(data));
  ArchitectureOptions shape;
  shape.widths = study_widths(data, sizes.width, kHidden);
  const Architecture net = make_architecture(shape);
  const Vector start = study_weights(net, Parameterisation::kSp, 0);
  StudyResult out;
  out.configuration = {{"data", data.name},
                       {"samples", kBatch},
                       {"hidden_layers", kHidden},
                       {"width", sizes.width},
                       {"parameterisation", "sp"},
                       {"training", fmt::format("{} updates of Adam at {}", sizes.updates, kRate)}};
  std::vector<StudyPanel> panels;
  double at_200 = 0;
  double least = 0;
  for (const bool trained : {false, true}) {
    const Vector theta =
        trained ? trained_on_energy(net, factor, start, kRate, sizes.updates) : start;
    StudyPanel panel = {trained ? fmt::format("after {} updates", sizes.updates) : "random weights",
                        "steps of inference T", "F(T)/F* - 1", false, true};
    const double longest = stable_step(net, theta);
    StudyLine stable =
        gap_line(net, theta, factor, horizons(), longest, "longest stable step", colour::kEnergy);
    const StudyLine published =
        gap_line(net, theta, factor, horizons(), 0.1, "step 0.1", other_ink(0));
    const double gap = stable.y[5];
    at_200 = std::max(at_200, gap);
    least = std::min(least, *std::min_element(stable.y.begin(), stable.y.end()));
    out.quantities[trained ? "trained" : "initial"] = {{"longest_step", longest},
                                                       {"T", horizons()},
                                                       {"gap_longest_step", stable.y},
                                                       {"gap_step_0.1", published.y}};
    out.ours +=
        fmt::format("{}{}: F(200) is {} above F* at the longest stable step ({}), {} at 0.1",
                    trained ? "; " : "", panel.title, short_number(gap), short_number(longest),
                    short_number(published.y[5]));
    panel.lines = {stable, published};
    panels.push_back(panel);
  }
  const bool agrees = at_200 < 0.01 && least > -1e-9;
  out.agreement = agreement_of(agrees);
  out.judgement =
      agrees ? "inference comes within 1 % of the closed form by T = 200, from above"
             : "200 steps do not bring inference within 1 % of the closed form everywhere: the "
               "activity Hessian of the trained network is too ill-conditioned";
  out.tables = {{"gaps", panel_table(panels)}};
  out.figure =
      panel_figure("jpc-fig2",
                   fmt::format("Unfinished inference against the closed form   |   {} hidden "
                               "layers of width {}",
                               kHidden, sizes.width),
                   panels, 2);
  return out;
}

}  // namespace

Study closed_form_study() {
  return {
      "jpc-fig2",
      "inference approaches the closed form of F*, linear networks",
      "the energy after T = 10 to 200 steps approaches the closed form [JPC]",
      {"the step acted on the batch mean, so that it shrank with the batch; here it acts on the "
       "energy of a sample"},
      true,
      run,
      "width 64 for 300, 50 updates for 100"};
}

}  // namespace saddlescope::analysis
