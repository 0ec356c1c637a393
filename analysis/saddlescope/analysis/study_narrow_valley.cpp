// mupc-toy [mu]: inference in a chain runs through a valley that gets narrower with the weight.
#include <algorithm>
#include <cmath>

#include <Eigen/LU>
#include <fmt/format.h>

#include "saddlescope/analysis/studies.hpp"
#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/analysis/study_setup.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/network/parameterisation.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kLayers = 3;  // two activities: a plane
constexpr double kWeights[] = {1, -1, 2, 10};
constexpr Index kSteps = 2000000;  // at most
constexpr double kShare = 0.01;    // of the distance at the start

struct Valley {
  double condition = 0, predicted = 0;  // kappa, and steps to kShare that it foretells
  Index steps = 0;
  StudyLine path;
};

// Gradient descent at 1/lambda_max from the forward pass, x = y = 1.
Valley descend_into(double w, const std::string& ink) {
  ArchitectureOptions shape;
  shape.widths.assign(kLayers + 1, 1);
  const Architecture net = make_architecture(shape);
  const Vector theta = Vector::Constant(net.n_parameters(), w);
  const Matrix H = activity_hessian<double>(net, theta).dense();
  const Matrix one = Matrix::Ones(1, 1);
  const Vector b = activity_source<double>(net, theta, one, one);
  const Vector rest = H.partialPivLu().solve(b);
  const Vector eigenvalues = symmetric_eigenvalues(H);
  Valley out;
  out.condition = eigenvalues[1] / eigenvalues[0];
  out.predicted = std::log(kShare) / std::log(1 - 1 / out.condition);
  out.path = {fmt::format("w = {:g}", w), ink};
  Vector z{{w, w * w}};
  const double start = (z - rest).norm();
  while (out.steps < kSteps && (z - rest).norm() > kShare * start) {
    // Dense at the start, thinner later.
    if (out.steps < 200 || out.steps % 50 == 0)
      out.path.add(static_cast<double>(std::max<Index>(out.steps, 1)), (z - rest).norm() / start);
    z += (b - H * z) / eigenvalues[1];
    ++out.steps;
  }
  out.path.add(static_cast<double>(std::max<Index>(out.steps, 1)), (z - rest).norm() / start);
  return out;
}

StudyResult run(const StudyContext& /*context*/) {
  StudyPanel distance = {"chains of 3 weights w, x = y = 1", "steps of inference",
                         "distance to the equilibrium / its start", true, true};
  StudyPanel law = {"steps to 1 % of the distance", "condition number", "steps", true, true};
  StudyLine measured = {"measured", colour::kEnergy};
  StudyLine foretold = {"slowest mode alone", colour::kTheory};
  measured.points = true;
  foretold.dashed = true;
  StudyResult out;
  out.configuration = {{"weights", kWeights}, {"step", "1/lambda_max"}, {"target_share", kShare}};
  std::vector<std::pair<double, Valley>> all;
  bool within = true;
  for (std::size_t i = 0; i < std::size(kWeights); ++i) {
    all.emplace_back(kWeights[i], descend_into(kWeights[i], graded_ink(i, std::size(kWeights))));
    const Valley& one = all.back().second;
    distance.lines.push_back(one.path);
    out.quantities[fmt::format("w={:g}", kWeights[i])] = {{"condition_number", one.condition},
                                                          {"steps", one.steps},
                                                          {"slowest_mode_steps", one.predicted}};
    out.ours += fmt::format("{}w = {:g}: kappa {}, {} steps", i > 0 ? "; " : "", kWeights[i],
                            short_number(one.condition), one.steps);
    // The slowest mode alone takes longest: a start with other modes takes no more than it.
    within = within && static_cast<double>(one.steps) <= std::ceil(one.predicted) + 1;
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.second.condition < b.second.condition; });
  for (const auto& [w, one] : all) {
    measured.add(one.condition, static_cast<double>(one.steps));
    foretold.add(one.condition, one.predicted);
  }
  law.lines = {measured, foretold};
  const std::vector<StudyPanel> panels = {distance, law};
  out.agrees = within && all.back().second.steps > 10 * all.front().second.steps;
  out.judgement = out.agrees
                      ? "inference slows down with the condition number, as its slowest mode "
                        "foretells"
                      : "steps are not those that the slowest mode foretells";
  out.tables = {{"paths", panel_table(panels)}};
  out.figure = panel_figure("mupc-toy", "Inference in narrow valleys", panels, 2);
  return out;
}

}  // namespace

Study narrow_valley_study() {
  return {"mupc-toy",
          "inference runs through valleys that get narrower with the weights",
          "large weights make narrow valleys in which inference is slow [mu]",
          {"the wide networks of the original (n = 128, L = 16) are those of mupc-fig2"},
          false,
          run};
}

}  // namespace saddlescope::analysis
