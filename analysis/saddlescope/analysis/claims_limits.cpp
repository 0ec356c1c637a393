// Claims about width and depth limits, and about the directions of descent they compare.
#include <algorithm>
#include <cmath>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/limits_expectation.hpp"
#include "saddlescope/analysis/limits_law.hpp"
#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/descent_directions.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

// J V: the change of the prediction P_1 x to first order in the weights, layer by layer.
Matrix prediction_change(const Case& c, const std::vector<Matrix>& A, const Vector& direction) {
  Matrix z = c.factor.x;
  Matrix change = Matrix::Zero(c.architecture.input(), z.cols());
  for (Index l = 0; l < c.architecture.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    change = A[i] * change + c.architecture.scales[i] * (weight(c.architecture, direction, l) * z);
    z = A[i] * z;
  }
  return change;
}

// J' vec(e): BP's backward pass from output errors e, on the feed-forward activities.
Vector pull_back(const Case& c, const std::vector<Matrix>& A, Matrix e) {
  std::vector<Matrix> z = {c.factor.x};
  for (std::size_t l = 0; l + 1 < A.size(); ++l) z.emplace_back(A[l] * z.back());
  Vector out(c.theta.size());
  for (Index l = c.architecture.depth() - 1; l >= 0; --l) {
    const auto i = static_cast<std::size_t>(l);
    weight(c.architecture, out, l) = c.architecture.scales[i] * (e * z[i].transpose());
    e = A[i].transpose() * e;
  }
  return out;
}

void measure_directions(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  constexpr double kDamping = 1e-3;
  const DescentDirections directions(c.architecture, c.factor, c.theta, {true, kDamping});
  const LinearState<double> loss(LinearObjective::kMse, c.architecture, c.factor, c.theta);
  const LinearState<double> energy(LinearObjective::kEnergy, c.architecture, c.factor, c.theta);
  const std::vector<Matrix> A = effective_maps<double>(c.architecture, c.theta);
  if (!directions.has(Descent::kBackprop)) return m.undecided(directions.summary().message);
  const double loss_error = s.rounding(LinearObjective::kMse) * s.loss_gradient;
  const double energy_error = s.rounding(LinearObjective::kEnergy) * s.energy_gradient;
  m.add("BP", (directions.vector(Descent::kBackprop) + loss.gradient()).norm(), loss_error);
  m.add("PC", (directions.vector(Descent::kPredictiveCoding) + energy.gradient()).norm(),
        energy_error);
  const Matrix S_r = energy.solve_S(energy.r());
  m.add("LM", (directions.vector(Descent::kLevenbergMarquardt) - pull_back(c, A, S_r)).norm(),
        s.rounding(LinearObjective::kEnergy) * c.architecture.lambda() * s.loss_gradient);
  // Where every column of J vanishes (the origin of a deep network) there is no Gauss-Newton step.
  if (!directions.has(Descent::kGaussNewton)) return m.unresolved();
  const Vector v = directions.vector(Descent::kGaussNewton);
  const Vector residual = pull_back(c, A, prediction_change(c, A, v)) +
                          directions.gauss_newton_shift() * v + loss.gradient();
  const double spread = directions.gauss_newton_shift() / kDamping;  // |JJ'|
  m.add("GN", residual.norm(),
        loss_error + 4 * s.roundings * kEps * std::sqrt(spread) * s.residual / kDamping);
}

// With mu the eigenvalues of S - I/lambda, 1 + lambda mu_min <= lambda L/F* <= 1 + lambda mu_max.
void measure_bracket(Case& c, Measurements& m) {
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const DescentDirections directions(c.architecture, c.factor, c.theta, {false});
  if (!directions.has(Descent::kBackprop)) return m.undecided(directions.summary().message);
  const double lambda = c.architecture.lambda();
  const Vector mu = symmetric_eigenvalues(directions.schur_excess());
  const double scaled = lambda * directions.loss();
  const double error = s.rounding(LinearObjective::kEnergy) * s.energy * s.condition;
  m.add("lambda L/F* from below",
        std::max(0.0, directions.energy() * (1 + lambda * mu[0]) - scaled), error);
  m.add("lambda L/F* from above",
        std::max(0.0, scaled - directions.energy() * (1 + lambda * mu[mu.size() - 1])), error);
}

ClaimResult run_mean_schur(const ClaimContext& context) {
  const Index draws = context.quick ? 500 : 4000;
  ClaimResult out;
  std::vector<MeanSchurResult> all;
  for (int s = 0; s < context.seeds; ++s) {
    for (MeanSchurResult& one :
         mean_schur_table(1, context.first_seed + static_cast<std::uint64_t>(s), draws))
      all.push_back(std::move(one));
    if (context.progress) context.progress(s + 1, context.seeds);
  }
  out.n_cases = static_cast<Index>(all.size());
  const double allowed = three_sigma_of_many(out.n_cases);
  for (const MeanSchurResult& one : all) {
    Measurements measured;
    measured.add("mean of tr S/d_y over the draws", std::abs(one.mean - one.exact),
                 allowed * one.standard_error);
    const ArchitectureOptions& shape = one.asked.architecture;
    measured.set_recipe({{"parameterisation", name(shape.parameterisation)},
                         {"init", name(one.asked.init.kind)},
                         {"skips", shape.skips},
                         {"gamma", shape.gamma},
                         {"draws", draws},
                         {"seed", one.asked.seed}});
    out.measurements.merge(measured);
  }
  out.verdict = out.measurements.verdict();
  out.reason = out.measurements.reason();
  return out;
}

// The laws of muPC at random weights over widths n >= 16 L, where the next order of the expansion
// in L/n moves a local exponent by its own size, at most 2 L/n.
ClaimResult run_rate(const ClaimContext& context) {
  ClaimResult out;
  for (int s = 0; s < context.seeds; ++s) {
    LimitsOptions options;
    options.parameterisations = {"mupc"};
    options.hidden_layers = {1, 3};
    options.widths =
        context.quick ? std::vector<Index>{64, 128, 256} : std::vector<Index>{64, 128, 256, 512};
    options.seeds = 5;
    options.seed = 5 * (context.first_seed + static_cast<std::uint64_t>(s));
    options.data.source = "teacher";
    options.data.samples = 16;
    options = effective(options);
    for (const LimitLaw& law : limit_laws(options, limits_map(options, load(options.data)))) {
      const double expected = law.quantity == "lambda L/F* - 1" ? -1 : -2;
      Measurements measured;
      measured.add("width exponent of " + law.quantity, std::abs(law.width_exponent - expected),
                   3 * law.width_error + 2.0 / 16);
      measured.set_recipe({{"first_seed", options.seed}, {"seeds", options.seeds}});
      out.measurements.merge(measured);
      ++out.n_cases;
    }
    if (context.progress) context.progress(s + 1, context.seeds);
  }
  out.verdict = out.measurements.verdict();
  out.reason = out.measurements.reason();
  return out;
}

}  // namespace

std::vector<Claim> limit_claims() {
  constexpr auto* kSweep =
      "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, five kinds of data, four kinds of points";
  return {
      swept_claim(
          {.id = "descent-directions",
           .statement =
               "BP, PC, LM and GN are a_l P_{l+1}' M_l with M_l = r z', S^{-1}(r z' + r r' "
               "S^{-1} C'), S^{-1} r z' and U z': the first two are -grad L and -grad F*, "
               "LM pulls S^{-1} r back, GN solves (J'J + eps I) v = -grad L.",
           .source = "[TR]; the form of rank d_y derived here",
           .sweep = kSweep,
           .tolerance = "4 n eps (kappa for PC and LM, 1/damping for GN) times the size of the "
                        "terms before cancellation"},
          {.widths = hidden_widths()}, measure_directions),
      swept_claim({.id = "limit-bracket",
                   .statement = "1 + lambda mu_min <= lambda L/F* <= 1 + lambda mu_max, mu the "
                                "eigenvalues of S - I/lambda: F* -> lambda L wherever S -> "
                                "I/lambda.",
                   .source = "derived here (Rayleigh quotients of S); limit in [mu]",
                   .sweep = kSweep,
                   .tolerance = "4 n eps kappa^2 F* before cancellation"},
                  {.widths = hidden_widths()}, measure_bracket),
      {.id = "limit-mean-schur",
       .statement =
           "E S = [1/lambda + sum_{l>=2} (1/pi_{l-1}) prod_{k>=l} (tau_k + a_k^2 sigma_k^2 "
           "n_{k-1})] I at random weights, at every width.",
       .source = "derived here",
       .sweep = "widths 8-16-16-16-16-3; SP uniform and normal, NTP, muPC; skips; gamma = 1, 2; "
                "4000 draws each (500 when quick)",
       .tolerance = "as many standard errors of the mean as the largest of all comparisons exceeds "
                    "by chance with probability 0.0027 (3.8 for the 16 of one seed)",
       .run = run_mean_schur},
      {.id = "limit-rate-mupc",
       .statement = "Under muPC with skips lambda L/F* - 1 falls as n^-1 and 1 - cos(PC, BP) as "
                    "n^-2 for widths n far above depth.",
       .source = "[mu], [inf]; exponents derived here to first order in L/n",
       .sweep = "H = 1, 3, n = 64..512 (256 when quick), 5 draws of the weights a seed, teacher "
                "data",
       .tolerance = "3 standard errors of the fitted exponent plus 2 L/n at n = 16 L for the next "
                    "order",
       .run = run_rate},
  };
}

}  // namespace saddlescope::analysis
