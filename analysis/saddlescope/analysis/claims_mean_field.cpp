// Claims about the mean-field limit of training.
#include <algorithm>
#include <cmath>

#include "saddlescope/analysis/claim_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/analysis/width_training.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"
#include "saddlescope/theory/mean_field.hpp"
#include "saddlescope/theory/mean_field_two_layer.hpp"

namespace saddlescope::analysis {
namespace {

// The limit that belongs to a case's data, hidden layers and gamma. The learning rate is a quarter
// of the largest stable one of the initial tangent kernel (H + 1) K_x, divided by 1 + gamma^2 as the
// kernel grows with the richness.
MeanFieldProblem problem_of(const Case& c, Index steps, double gamma) {
  MeanFieldProblem problem;
  problem.input_kernel =
      c.data.x.transpose() * c.data.x / static_cast<double>(c.architecture.input());
  problem.targets = c.data.y.transpose();
  problem.hidden_layers = c.architecture.depth() - 1;
  problem.steps = steps;
  problem.gamma = gamma;
  const double sharpness = symmetric_eigenvalues(problem.input_kernel).maxCoeff() *
                           static_cast<double>(problem.hidden_layers + 1);
  problem.learning_rate =
      static_cast<double>(c.data.n_samples()) / (2 * sharpness * (1 + gamma * gamma));
  return problem;
}

// Rows are sums over (T + 1)(P + K) terms of the kernels' size; training is stable, so the errors
// of T steps add up at most.
double march_error(const MeanFieldProblem& problem, const MeanFieldSolution& solution) {
  double largest = 1;
  for (const Matrix& H : solution.H) largest = std::max(largest, H.cwiseAbs().maxCoeff());
  for (const Matrix& G : solution.G)
    if (G.size() > 0) largest = std::max(largest, G.cwiseAbs().maxCoeff());
  const auto times = static_cast<double>(problem.steps + 1);
  const auto terms = times * static_cast<double>(solution.n_samples + solution.n_outputs);
  return 4 * times * terms * kEps * largest * problem.targets.norm();
}

void measure_lazy(Case& c, Measurements& m) {
  const MeanFieldProblem problem = problem_of(c, 12, std::ldexp(1.0, -30));
  const MeanFieldSolution solution = solve_mean_field(problem);
  if (!solution.summary.ok()) return m.undecided(solution.summary.message);
  const double error = march_error(problem, solution);
  const double step = problem.learning_rate / static_cast<double>(solution.n_samples) *
                      static_cast<double>(problem.hidden_layers + 1);
  Matrix delta = problem.targets;
  for (std::size_t t = 0; t < solution.residuals.size(); ++t) {
    m.add("residuals at step " + std::to_string(t), (solution.residuals[t] - delta).norm(), error);
    delta -= step * problem.input_kernel * delta;
  }
}

void measure_first_step(Case& c, Measurements& m) {
  for (const double gamma : {0.25, 1.0, 4.0}) {
    const MeanFieldProblem problem = problem_of(c, 1, gamma);
    const MeanFieldSolution solution = solve_mean_field(problem);
    if (!solution.summary.ok()) return m.undecided(solution.summary.message);
    const double error = march_error(problem, solution);
    const Index P = solution.n_samples;
    for (Index l = 1; l <= problem.hidden_layers; ++l)
      m.add("initial kernel of layer " + std::to_string(l),
            (solution.H[static_cast<std::size_t>(l)].topLeftCorner(P, P) - problem.input_kernel)
                .norm(),
            error);
    m.add("outputs at step 0", (solution.residuals[0] - problem.targets).norm(), error);
    const Vector y = problem.targets.reshaped();
    const Vector stepped =
        y - problem.learning_rate / static_cast<double>(P) * tangent_kernel(solution, 0) * y;
    m.add("outputs at step 1", (solution.residuals[1].reshaped() - stepped).norm(), error);
  }
}

void measure_two_layer(Case& c, Measurements& m) {
  for (const double gamma : {0.25, 1.0, 3.0}) {
    const MeanFieldProblem problem = problem_of(c, 20, gamma);
    const MeanFieldSolution solution = solve_mean_field(problem);
    const TwoLayerMeanField exact = two_layer_mean_field(problem);
    if (!solution.summary.ok()) return m.undecided(solution.summary.message);
    if (!exact.summary.ok()) return m.undecided(exact.summary.message);
    const double error = march_error(problem, solution);
    const Index P = solution.n_samples, K = solution.n_outputs, last = problem.steps;
    m.add("loss curve", (solution.loss - exact.loss).cwiseAbs().maxCoeff(),
          error * problem.targets.norm());
    m.add("hidden kernel",
          (solution.H[1].block(last * P, last * P, P, P) - exact.hidden_kernel).norm(), error);
    // G^1 = <w w>/n over times; its last block is the readout's Gram matrix.
    m.add("readout kernel", (solution.G[1].block(last * K, last * K, K, K) - exact.readout).norm(),
          error);
  }
}

struct Average {
  Vector mean, standard_error;
};

Average average_loss(const Case& c, const MeanFieldProblem& problem, LinearObjective objective,
                     Index width, Index networks) {
  Vector sum = Vector::Zero(problem.steps + 1), squares = sum;
  WidthTrainingOptions options;
  options.objective = objective;
  options.width = width;
  options.hidden_layers = problem.hidden_layers;
  options.steps = problem.steps;
  options.learning_rate = problem.learning_rate;
  options.gamma = problem.gamma;
  options.lambda = c.architecture.lambda();
  for (Index i = 0; i < networks; ++i) {
    options.seed = 1000 * c.recipe.seed + static_cast<std::uint64_t>(i);
    const WidthTraining one = train_at_width(c.data, options);
    if (!one.summary.ok()) return {};
    sum += one.loss;
    squares += one.loss.cwiseAbs2();
  }
  const auto n = static_cast<double>(networks);
  Average out;
  out.mean = sum / n;
  out.standard_error = ((squares / n - out.mean.cwiseAbs2()).cwiseMax(0) / (n - 1)).cwiseSqrt();
  return out;
}

// The mean at width n is L + a/n + b/n^2 + ..: 2 L_{2n} - L_n removes a, and leaves terms of the
// size of (a/n)^2 relative to the initial loss.
void measure_width(Case& c, Measurements& m, Index networks) {
  const MeanFieldProblem problem = problem_of(c, 8, 1);
  const MeanFieldSolution solution = solve_mean_field(problem);
  if (!solution.summary.ok()) return m.undecided(solution.summary.message);
  constexpr Index kWidth = 48;
  for (const LinearObjective objective : {LinearObjective::kMse, LinearObjective::kEnergy}) {
    const Average narrow = average_loss(c, problem, objective, kWidth, networks);
    const Average wide = average_loss(c, problem, objective, 2 * kWidth, networks);
    if (narrow.mean.size() == 0 || wide.mean.size() == 0)
      return m.undecided("a network of width 48 or 96 diverges");
    for (Index t = 0; t <= problem.steps; ++t) {
      const double extrapolated = 2 * wide.mean(t) - narrow.mean(t);
      const double error = std::hypot(2 * wide.standard_error(t), narrow.standard_error(t));
      const double bias =
          std::abs(2 * (wide.mean(t) - narrow.mean(t))) + 5 * error;  // a/n, as far as it is known
      m.add(objective == LinearObjective::kMse ? "loss of BP" : "loss of PC",
            std::abs(extrapolated - solution.loss(t)), 5 * error + bias * bias / solution.loss(0));
    }
  }
}

// P = d_x - 1 = 4 samples; with K = 1 and 2 outputs.
ClaimResult run(const ClaimContext& context, Index deepest,
                const std::function<void(Case&, Measurements&)>& measure) {
  std::vector<CaseRecipe> cases;
  for (int s = 0; s < context.seeds; ++s) {
    for (Index H = 1; H <= deepest; ++H) {
      for (const Index outputs : {1, 2}) {
        CaseRecipe recipe;
        recipe.architecture.widths.assign(static_cast<std::size_t>(H) + 2, 3);
        recipe.architecture.widths.front() = 5;
        recipe.architecture.widths.back() = outputs;
        recipe.architecture.lambda = outputs == 2 ? 2 : 1;
        recipe.data = DataKind::kFewSamples;
        recipe.seed = context.first_seed + static_cast<std::uint64_t>(s);
        cases.push_back(recipe);
      }
    }
  }
  return sweep(context, cases, measure);
}

}  // namespace

std::vector<Claim> mean_field_claims() {
  constexpr auto* kMarch =
      "4 T (T+1)(P+K) eps times the largest kernel entry and |y|: rounding of sums over all "
      "earlier times, T times";
  return {
      {.id = "mean-field-lazy",
       .statement = "As gamma -> 0 the mean-field limit is regression with the tangent kernel: "
                    "Delta_t = (I - (eta/P)(H+1) K_x)^t y.",
       .source = "[BP]; [inf]",
       .sweep = "gamma = 2^-30, H = 1..4, 4 samples, 1 and 2 outputs, 12 steps",
       .tolerance = kMarch,
       .run = [](const ClaimContext& context) { return run(context, 4, measure_lazy); }},
      {.id = "mean-field-first-step",
       .statement = "At every richness the limit starts from f = 0 and H^l = K_x, and its first "
                    "step is that of the tangent kernel.",
       .source = "derived here",
       .sweep = "gamma = 1/4, 1, 4, H = 1..4, 4 samples, 1 and 2 outputs",
       .tolerance = kMarch,
       .run = [](const ClaimContext& context) { return run(context, 4, measure_first_step); }},
      {.id = "mean-field-two-layer",
       .statement =
           "With one hidden layer the limit is S <- R' S R with R = [I, c Delta; c Delta' "
           "K_x, I] for the Gram matrix S of hidden units and readouts, S_0 = blkdiag(K_x, "
           "I), f = S_hw/gamma, c = gamma eta/P.",
       .source = "derived here",
       .sweep = "gamma = 1/4, 1, 3, 4 samples, 1 and 2 outputs, 20 steps",
       .tolerance = kMarch,
       .run = [](const ClaimContext& context) { return run(context, 1, measure_two_layer); }},
      {.id = "mean-field-finite-width",
       .statement = "Mean losses of networks of width n under backpropagation and predictive "
                    "coding are those of the limit + O(1/n): 2 L_{2n} - L_n is the limit.",
       .source = "[BP]; [inf]",
       .sweep = "n = 48, 96, 400 networks each (50 when quick), H = 1, 2, 1 and 2 outputs (lambda "
                "1 and 2), gamma "
                "= 1, 8 steps",
       .tolerance = "5 standard errors of the mean, plus the square of the 1/n term over the "
                    "initial loss for what the extrapolation leaves",
       .run =
           [](const ClaimContext& context) {
             const Index networks = context.quick ? 50 : 400;
             return run(context, 2,
                        [networks](Case& c, Measurements& m) { measure_width(c, m, networks); });
           }},
  };
}

}  // namespace saddlescope::analysis
