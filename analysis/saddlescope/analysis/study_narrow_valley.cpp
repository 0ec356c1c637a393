// mupc-toy [mu]: inference in chains runs through narrow valleys.
#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/LU>
#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/conditioning.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

struct ChainShape {
  std::string label;
  std::vector<double> weights;
  bool first = false;  // of the first rule: three equal weights, as published
};
std::vector<ChainShape> chains() {
  const auto equal = [](std::size_t layers, double w, bool first) {
    return ChainShape{fmt::format("{} layers, w = {:g}", layers, w), std::vector(layers, w), first};
  };
  return {equal(3, 1, true),
          equal(3, -1, true),
          equal(3, 2, true),
          equal(3, 10, true),
          equal(8, 1, false),
          equal(16, 1, false),
          equal(16, 2, false),
          {"3 layers, w = 1, 2, 10", {1, 2, 10}},
          {"3 layers, w = -1, 2, 10", {-1, 2, 10}}};
}
constexpr Index kSteps = 200000;  // at most
constexpr double kShare = 0.01;   // of the distance at the start

struct Valley {
  double condition = 0, longest = 0;  // kappa, and the steps that its slowest mode needs alone
  Index steps = 0;
  StudyLine path;
};

// Gradient descent at 1/lambda_max from the forward pass, x = 1, y = 3.
Valley descend_into(const ChainShape& chain, const std::string& ink) {
  ArchitectureOptions shape;
  shape.widths.assign(chain.weights.size() + 1, 1);
  const Architecture net = make_architecture(shape);
  const Vector theta = Eigen::Map<const Vector>(chain.weights.data(), net.n_parameters());
  const Matrix H = activity_hessian<double>(net, theta).dense();
  const Matrix x = Matrix::Ones(1, 1);
  const Matrix y = 3 * x;
  const Vector b = activity_source<double>(net, theta, x, y);
  const Vector rest = H.partialPivLu().solve(b);
  const Vector eigenvalues = symmetric_eigenvalues(H);
  Valley out;
  out.condition = eigenvalues[H.rows() - 1] / eigenvalues[0];
  out.longest = std::log(kShare) / std::log(1 - 1 / out.condition);
  out.path = {chain.label, ink};
  Vector z(H.rows());
  for (Index l = 0; l < z.size(); ++l) z[l] = (l == 0 ? 1 : z[l - 1]) * theta[l];
  const double start = (z - rest).norm();
  while (out.steps < kSteps && (z - rest).norm() > kShare * start) {
    // Dense at the start, thinner later.
    if (out.steps < 200 || out.steps % 50 == 0)
      out.path.add(static_cast<double>(out.steps + 1), (z - rest).norm() / start);
    z += (b - H * z) / eigenvalues[H.rows() - 1];
    ++out.steps;
  }
  out.path.add(static_cast<double>(out.steps + 1), (z - rest).norm() / start);
  return out;
}

// The published wide network: 128 units in each of 16 layers.
double wide_condition(Parameterisation kind) {
  constexpr Index kWidth = 128;
  constexpr std::size_t kLayers = 16;
  ArchitectureOptions shape;
  shape.widths.assign(kLayers + 1, kWidth);
  shape.parameterisation = kind;
  const Architecture net = make_architecture(shape);
  return activity_conditioning(net, study_weights(net, kind, 0), {}).condition_number;
}

StudyResult run(const StudyContext& /*context*/) {
  StudyPanel distance = {"chains, x = 1, y = 3", "steps of inference, from 1",
                         "distance to the equilibrium / its start", true, true};
  StudyPanel law = {"steps to 1 % of the distance", "condition number", "steps", true, true};
  StudyLine measured = {"measured", colour::kEnergy};
  StudyLine longest = {"slowest mode alone", colour::kTheory};
  measured.points = true;
  longest.dashed = true;
  StudyResult out;
  out.configuration = {{"step", "1/lambda_max"}, {"x", 1}, {"y", 3}, {"target_share", kShare}};
  std::vector<Valley> all;
  bool within = true;
  double unequal =
      std::numeric_limits<double>::infinity();  // the least kappa of weights +-1, 2, 10
  const std::vector<ChainShape> shapes = chains();
  Index fastest = kSteps, slowest = 0;  // of the first rule
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Valley one = descend_into(shapes[i], graded_ink(i, shapes.size()));
    if (shapes[i].first) {
      fastest = std::min(fastest, one.steps);
      slowest = std::max(slowest, one.steps);
    }
    if (shapes[i].weights.front() != shapes[i].weights.back())
      unequal = std::min(unequal, one.condition);
    distance.lines.push_back(one.path);
    out.quantities[one.path.title] = {{"condition_number", one.condition},
                                      {"steps", one.steps},
                                      {"slowest_mode_steps", one.longest}};
    out.ours += fmt::format("{}{}: kappa {}, {} steps", i > 0 ? "; " : "", one.path.title,
                            short_number(one.condition), one.steps);
    // No start takes longer than one along the slowest mode.
    within = within && static_cast<double>(one.steps) <= std::ceil(one.longest);
    all.push_back(one);
  }
  std::sort(all.begin(), all.end(),
            [](const Valley& a, const Valley& b) { return a.condition < b.condition; });
  for (const Valley& one : all) {
    measured.add(one.condition, static_cast<double>(one.steps));
    longest.add(one.condition, one.longest);
  }
  law.lines = {measured, longest};
  const std::vector<StudyPanel> panels = {distance, law};
  const double wide_sp = wide_condition(Parameterisation::kSp);
  const double wide_mupc = wide_condition(Parameterisation::kMupc);
  out.quantities["width 128, 16 layers"] = {{"kappa_sp", wide_sp}, {"kappa_mupc", wide_mupc}};
  out.ours += fmt::format("; 16 layers of width 128: kappa {} (SP), {} (µPC)",
                          short_number(wide_sp), short_number(wide_mupc));
  constexpr double kNarrow = 10;  // a step at the stable limit leaves 9/10 of the slowest mode
  out.rules = {
      {"of chains of three equal weights 1, -1, 2 or 10 the slowest takes ten times the "
       "steps of the "
       "fastest",
       "before results were seen", within && slowest > 10 * fastest},
      {"of all these chains the narrowest valley takes ten times the steps of the widest",
       "after the first results, with deeper chains and another target",
       within && all.back().steps > 10 * all.front().steps},
      {"kappa > 10 in chains of the weights +-1, 2, 10",
       "after the first results: the other reading of the published weights", unequal > kNarrow},
      {"kappa > 10 at width 128 with 16 layers",
       "after the first results: the published wide network",
       wide_sp > kNarrow && wide_mupc > kNarrow}};
  out.agreement = agreement_of(out.rules);
  out.judgement = out.agreement == Agreement::kUndecided
                      ? "which chains are meant is not known: with weights +-1, 2, 10 the valley "
                        "is narrow, with "
                        "three equal weights it is not, and large equal ones widen it; that of the "
                        "wide network "
                        "is narrow. Inference takes as long as its slowest mode allows"
                      : "every reading of the published chains says the same";
  out.tables = {{"paths", panel_table(panels)}};
  out.figure = panel_figure("mupc-toy", "Inference in narrow valleys", panels, 2);
  return out;
}

}  // namespace

Study narrow_valley_study() {
  return {"mupc-toy",
          "inference of deep chains runs through narrow valleys",
          "the energy over the activities has narrow valleys, along which inference is slow [mu]",
          {"whether the chains have three equal weights or the weights +-1, 2, 10 is not known: "
           "both here"},
          false,
          run};
}

}  // namespace saddlescope::analysis
