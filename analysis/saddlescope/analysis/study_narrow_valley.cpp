// mupc-toy [mu]: inference in chains runs through narrow valleys.
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

struct ChainShape {
  Index layers;
  double weight;
};
constexpr ChainShape kChains[] = {{3, 1}, {3, -1}, {3, 2}, {3, 10}, {8, 1}, {16, 1}, {16, 2}};
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
  shape.widths.assign(static_cast<std::size_t>(chain.layers) + 1, 1);
  const Architecture net = make_architecture(shape);
  const Vector theta = Vector::Constant(net.n_parameters(), chain.weight);
  const Matrix H = activity_hessian<double>(net, theta).dense();
  const Matrix x = Matrix::Ones(1, 1);
  const Matrix y = 3 * x;
  const Vector b = activity_source<double>(net, theta, x, y);
  const Vector rest = H.partialPivLu().solve(b);
  const Vector eigenvalues = symmetric_eigenvalues(H);
  Valley out;
  out.condition = eigenvalues[H.rows() - 1] / eigenvalues[0];
  out.longest = std::log(kShare) / std::log(1 - 1 / out.condition);
  out.path = {fmt::format("{} layers, w = {:g}", chain.layers, chain.weight), ink};
  Vector z(H.rows());
  for (Index l = 0; l < z.size(); ++l) z[l] = (l == 0 ? 1 : z[l - 1]) * chain.weight;
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
  for (std::size_t i = 0; i < std::size(kChains); ++i) {
    const Valley one = descend_into(kChains[i], graded_ink(i, std::size(kChains)));
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
  out.agrees = within && all.back().steps > 10 * all.front().steps;
  out.judgement = out.agrees ? "valleys are narrow where chains are deep with weights near 1, and "
                               "inference then takes "
                               "as long as its slowest mode allows; large weights alone widen them"
                             : "steps are beyond what the slowest mode needs, or do not grow with "
                               "the condition number";
  out.tables = {{"paths", panel_table(panels)}};
  out.figure = panel_figure("mupc-toy", "Inference in narrow valleys", panels, 2);
  return out;
}

}  // namespace

Study narrow_valley_study() {
  return {"mupc-toy",
          "inference of deep chains runs through narrow valleys",
          "the energy over the activities has narrow valleys, along which inference is slow [mu]",
          {"the wide networks of the original (n = 128, L = 16) are those of mupc-fig2"},
          false,
          run};
}

}  // namespace saddlescope::analysis
