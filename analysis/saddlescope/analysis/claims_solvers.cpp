// Claims about the solvers of inference.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/solve_prediction.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/equilibrium.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

// The tolerance asked of every solver, and the condition number up to which a double z can carry
// it: the gradient of the rounded equilibrium alone is eps lambda_max |z|/2.
constexpr double kTolerance = 5e-11;
constexpr double kLargestCondition = 1e4;

std::vector<EquilibriumSolver> iterative_solvers() {
  std::vector<EquilibriumSolver> out;
  for (const std::string& name : solver_names())
    if (!is_direct(parse_solver(name))) out.push_back(parse_solver(name));
  return out;
}

// The case's samples, not divided by sqrt(N), and its activity Hessian's conditioning.
struct Inference {
  explicit Inference(const Case& problem)
      : c(problem), conditioning(activity_conditioning(c.architecture, c.theta, {})) {}

  [[nodiscard]] Equilibrium run(const EquilibriumOptions& options) const {
    return equilibrium(c.architecture, c.theta, c.data.x, c.data.y, options, conditioning);
  }

  const Case& c;
  Conditioning conditioning;
};

bool too_ill_conditioned(const Inference& inference, Measurements& m) {
  const double kappa = inference.conditioning.condition_number;
  if (kappa <= kLargestCondition) return false;
  m.unresolved();
  return true;
}

void measure_solvers(Case& c, Measurements& m) {
  const Inference inference(c);
  if (too_ill_conditioned(inference, m)) return;
  EquilibriumOptions options;
  options.tolerance = kTolerance;
  options.max_steps = 1000000;
  options.solver = EquilibriumSolver::kClosedForm;
  const Equilibrium closed = inference.run(options);
  for (const std::string& name : solver_names()) {
    options.solver = parse_solver(name);
    const Equilibrium found = inference.run(options);
    if (found.verdict != EquilibriumVerdict::kConverged) return m.undecided(found.summary.message);
    m.add(name, (found.z - closed.z).norm(), 1e-10 * closed.z.norm());
  }
}

// F(z) >= F* and F(z) - F* <= the certificate, wherever a solver stopped. Energies are known to n
// eps times the squares of the terms of their errors.
void measure_energies(Case& c, Measurements& m) {
  const Inference inference(c);
  const Scales s = scales(c.architecture, c.factor, c.theta);
  const LinearState<double> state(LinearObjective::kEnergy, c.architecture, c.factor, c.theta);
  const double F = state.value();
  const auto samples = static_cast<double>(c.data.n_samples());
  for (const std::string& name : solver_names()) {
    EquilibriumOptions options;
    options.solver = parse_solver(name);
    options.max_steps = 7;
    const Equilibrium found = inference.run(options);
    double energy = 0, gap = 0, size = 0;
    for (const SampleCertificate& one : found.samples) {
      energy += one.energy / samples;
      gap += one.energy_gap / samples;
      size += one.size * one.size / samples;
    }
    double terms = s.energy;
    for (std::size_t l = 0; l < s.maps.size(); ++l)
      terms += c.architecture.precisions[l] * (1 + s.maps[l] * s.maps[l]) *
               (size + c.factor.x.squaredNorm() + c.factor.y.squaredNorm());
    const double rounding = s.rounding(LinearObjective::kEnergy) * terms;
    m.add("F* - F(z)", std::max(0.0, F - energy), rounding);
    if (std::isfinite(gap)) m.add("F(z) - F* - gap", std::max(0.0, energy - F - gap), rounding);
  }
}

// Conjugate gradients have no rate of their own: the whole spectrum and the start predict the mean.
void measure_conjugate_gradients(const Inference& inference, EquilibriumOptions options,
                                 Measurements& m) {
  const Case& c = inference.c;
  const Eigenpairs H =
      symmetric_eigenpairs(activity_hessian<double>(c.architecture, c.theta, 0).dense());
  const ConjugateGradientPath path = conjugate_gradient_path(
      H.values, H.vectors.transpose() * options.given.col(0), H.values.size());
  options.max_steps = H.values.size();
  options.keep_trace = true;
  const Equilibrium found =
      equilibrium(c.architecture, c.theta, Matrix::Zero(c.architecture.input(), 1),
                  Matrix::Zero(c.architecture.output(), 1), options, inference.conditioning);
  const auto rates = mean_rates(path, found.trace);
  if (!rates) return m.unresolved();  // one step is enough
  m.add("cg", std::abs(std::log(rates->measured) / std::log(rates->predicted) - 1), 0.05);
}

// Without data the equilibrium is 0 and a run lasts until the slowest mode is all that is left.
void measure_rates(Case& c, Measurements& m) {
  const Inference inference(c);
  if (too_ill_conditioned(inference, m)) return;
  const Conditioning& conditioning = inference.conditioning;
  if (conditioning.dim == 1) return m.unresolved();  // one step is enough
  const Matrix x = Matrix::Zero(c.architecture.input(), 1);
  const Matrix y = Matrix::Zero(c.architecture.output(), 1);
  EquilibriumOptions options;
  options.start = ActivityStart::kGiven;
  options.given = c.stream.normal_matrix(conditioning.dim, 1);
  for (const EquilibriumSolver solver : iterative_solvers()) {
    options.solver = solver;
    if (solver == EquilibriumSolver::kConjugateGradients) {
      measure_conjugate_gradients(inference, options, m);
      continue;
    }
    options.max_steps = 1;
    const auto run = [&] {
      return equilibrium(c.architecture, c.theta, x, y, options, conditioning);
    };
    double per_step = -std::log(*run().predicted_rate);
    if (solver == EquilibriumSolver::kDopri5) per_step *= 2 / conditioning.lambda_max;
    // Polynomial factors such as k rate^k are then worth 1/100 of the exponent, the slowest mode's
    // rivals exp(-100) to the power of their relative distance from it.
    constexpr double kFolds = 100;
    constexpr double kMost = 2;  // where a step is worth e^2, squares of 100 steps underflow
    // Dormand and Prince's steps go up to their stability limit, 3.3/lambda_max. Its polynomial is
    // exp(-h lambda) to 0.1 % for h lambda <= 1 only, which kappa >= 3.3 grants the slowest mode.
    constexpr double kStabilityLimit = 3.3;
    const bool coarse = solver == EquilibriumSolver::kDopri5 &&
                        conditioning.lambda_max < kStabilityLimit * conditioning.lambda_min;
    if (per_step > kMost || coarse) {
      m.unresolved();
      continue;
    }
    options.max_steps = 100 + static_cast<Index>(std::ceil(kFolds / per_step));
    const Equilibrium found = run();
    if (!found.measured_rate) return m.undecided(fmt::format("{}: no rate", name(solver)));
    m.add(name(solver),
          std::abs(std::log(*found.measured_rate) / std::log(*found.predicted_rate) - 1), 0.05);
  }
}

// Just beyond the largest stable step every method says that it diverges, and just below it none
// does.
void measure_divergence(Case& c, Measurements& m) {
  const Inference inference(c);
  const Conditioning& conditioning = inference.conditioning;
  if (!std::isfinite(conditioning.relative_error_bound)) return m.unresolved();
  for (const EquilibriumSolver solver : {EquilibriumSolver::kDescent, EquilibriumSolver::kEuler,
                                         EquilibriumSolver::kHeun, EquilibriumSolver::kMomentum}) {
    EquilibriumOptions options;
    options.solver = solver;
    options.max_steps = 20000;
    options.start = ActivityStart::kGiven;
    options.given = c.stream.normal_matrix(conditioning.dim, c.data.n_samples());
    double largest = 2 / conditioning.lambda_max;
    if (solver == EquilibriumSolver::kMomentum) {
      options.momentum = 0.5;
      largest *= 1 + *options.momentum;
    }
    for (const bool beyond : {true, false}) {
      options.step = largest * (beyond ? 1.01 : 0.99);
      const Equilibrium found = inference.run(options);
      const bool diverged = found.verdict == EquilibriumVerdict::kDiverging;
      m.add(name(solver) + (beyond ? " beyond" : " below"), diverged == beyond ? 0 : 1, 0);
    }
  }
}

}  // namespace

std::vector<Claim> solver_claims() {
  constexpr auto* kSweep =
      "L = 2..5, SP/NTP/muPC, gamma, skips, precisions, uniform and normal initialisations";
  const std::vector<PointKind> drawn = {PointKind::kUniform, PointKind::kNormal};
  const std::vector<DataKind> noisy = {DataKind::kNoisy};
  return {
      swept_claim({.id = "solvers-equilibrium",
                   .statement = "Block Cholesky, descent, momentum, conjugate gradients, Euler, "
                                "Heun and Dormand-Prince reach the closed form's activities.",
                   .source = "[S] Thm 1 and strong convexity of F in z",
                   .sweep = std::string(kSweep) + "; kappa(H_z) <= 1e4",
                   .tolerance = "1e-10 |z|: each run stops at a certificate of 5e-11"},
                  {.widths = hidden_widths(), .data = noisy, .points = drawn}, measure_solvers),
      swept_claim({.id = "solvers-energy",
                   .statement = "Wherever a solver stops, 0 <= F(z) - F* <= |dF/dz|^2/(2 "
                                "lambda_min(H_z)).",
                   .source = "strong convexity of F in z",
                   .sweep = std::string(kSweep) + ", the origin and points near it; 7 steps",
                   .tolerance = "4 n eps (1 + lambda |S|) times the size of the energy's terms"},
                  {.widths = hidden_widths(), .data = noisy}, measure_energies),
      swept_claim({.id = "solvers-rate",
                   .statement = "The error falls by max |1 - s lambda| per step of descent and "
                                "Euler, |1 - h lambda + (h lambda)^2/2| of Heun, the spectral "
                                "radius of the heavy ball, exp(-lambda_min t) of Dormand-Prince; "
                                "of conjugate gradients as the best polynomials in H_z predict.",
                   .source = "linear iterations; derived in inference/convergence_rate.hpp",
                   .sweep = std::string(kSweep) + "; kappa(H_z) <= 1e4, >= 3.3 for Dormand-Prince",
                   .tolerance = "5 % of the logarithm of the rate, after 100 times the steps of a "
                                "fall by e"},
                  {.widths = hidden_widths(), .data = noisy, .points = drawn}, measure_rates),
      swept_claim({.id = "solvers-divergence",
                   .statement = "Descent, Euler and Heun diverge beyond the step 2/lambda_max(H_z) "
                                "and the heavy ball beyond 2(1 + beta)/lambda_max, and are said "
                                "to; below it they are not.",
                   .source = "linear iterations",
                   .sweep = std::string(kSweep) + "; 1 % above and below",
                   .tolerance = "exact: the verdict"},
                  {.widths = hidden_widths(), .data = noisy, .points = drawn}, measure_divergence),
  };
}

}  // namespace saddlescope::analysis
