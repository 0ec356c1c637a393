// Claims about what survives of the linear theory in networks of other activations: the balance law,
// the strict origin, the width limit.
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saddlescope/analysis/claim_network_case.hpp"
#include "saddlescope/analysis/claim_registry.hpp"
#include "saddlescope/analysis/claim_scales.hpp"
#include "saddlescope/hessian/network_bounds.hpp"
#include "saddlescope/hessian/network_loss.hpp"
#include "saddlescope/inference/network_equilibrated_energy.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/saddle/rescaling.hpp"

namespace saddlescope::analysis {
namespace {

// Minima off and on kinks obey it, the latter with their multipliers in the weight gradient.
void measure_balance(Case& c, Measurements& m) {
  const Dataset data = fitting_data(c);
  const Vector theta = wide_theta(c);
  const Architecture& net = c.architecture;
  const NetworkEnergy<double> energy(net);
  const NetworkEquilibrium found = network_equilibrium(energy, theta, data.x, data.y);
  for (Index i = 0; i < data.n_samples(); ++i) {
    const StationarityCertificate& s = found.samples[static_cast<std::size_t>(i)];
    if (s.verdict != StationarityVerdict::kMinimum && s.verdict != StationarityVerdict::kOnKinks) {
      m.unresolved();
      continue;
    }
    NetworkPass<double> pass;
    energy.evaluate(theta, data.x.col(i), data.y.col(i), found.z.col(i), pass);
    apply_kinks(net, s.kinks, 0, pass);
    const Vector g = energy.parameter_gradient(pass);
    const double size = sample_bound(energy, layer_bounds(net, theta), pass, 0).gradient;
    const auto weighted = [&](Index l) -> Matrix {
      return Matrix(weight(net, g, l)).cwiseProduct(Matrix(weight(net, theta, l)));
    };
    for (Index l = 0; l + 1 < net.depth(); ++l) {
      const auto at = static_cast<std::size_t>(l);
      Vector balance = weighted(l).rowwise().sum() - weighted(l + 1).colwise().sum().transpose();
      if (net.biases) balance += bias(net, g, l).cwiseProduct(bias(net, theta, l));
      const Vector errors = pass.error[at].cwiseAbs2() / net.precisions[at];
      // Identity at F_z = 0: what is left of F_z enters times z_l.
      const double left = (s.gradient_norm + s.rounding) * pass.z[at + 1].norm();
      m.add("hidden errors of layer " + std::to_string(l + 1), (balance - errors).norm(),
            left + network_roundings(net, 1) * kEps * (size * theta.norm() + errors.norm()));
    }
  }
}

// At theta = 0 all hidden activities vanish. The last block of H is the saddle's; with decay the first
// shrinks z_1 = a_1 W_1 x: min over z of pi/2 |z - u|^2 + alpha/2 |z|^2 = alpha pi/(alpha + pi)/2 |u|^2.
void measure_origin(Case& c, Measurements& m) {
  const Architecture& net = c.architecture;
  const Index L = net.depth();
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  const Vector theta = Vector::Zero(net.n_parameters());
  Matrix slope = Matrix::Zero(1, 1);
  activation_slope<double>(net.activation, Matrix(slope), slope);
  const bool pre = net.placement == Placement::kPre;
  const double inner = pre ? slope(0, 0) : 1;
  const double outer = pre ? 1 : slope(0, 0);
  for (const double decay : {0.0, 0.3}) {
    const Evaluation<double> here =
        network_equilibrated_energy(NetworkEnergy<double>(net, decay), c.data)->at(theta);
    if (!here.summary.ok()) return m.undecided(here.summary.message);
    const double factor = std::pow(net.scales[at(L - 1)] * net.lambda() * inner, 2) /
                          (net.precisions[at(L - 2)] + decay);
    Matrix expected = Matrix::Zero(theta.size(), theta.size());
    const Index d = net.output();
    for (Index i = 0; i < net.cols(L - 1); ++i)
      expected.block(net.offset(L - 1) + d * i, net.offset(L - 1) + d * i, d, d) =
          -factor * c.moments.yy;
    const double pi = net.precisions.front();
    const double shrink = std::pow(net.scales.front() * outer, 2) * decay * pi / (decay + pi);
    const Index n = net.rows(0);
    for (Index i = 0; i < net.input(); ++i)
      for (Index j = 0; j < net.input(); ++j)
        expected.block(n * i, n * j, n, n).diagonal().setConstant(shrink * c.moments.xx(i, j));
    const double tolerance = network_roundings(net, c.data.n_samples()) * kEps * expected.norm();
    m.add("Hessian of F*", (here.point->hessian() - expected).norm(), tolerance);
    m.add("gradient of F*", here.point->gradient().norm(), 0);
  }
  const Evaluation<double> loss = network_loss(net, c.data)->at(theta);
  m.add("Hessian of the loss", loss.point->hessian().norm(), 0);
}

// Targets that the network makes itself: both objectives are 0, critical, without hidden errors.
void measure_rescaling(Case& c, Measurements& m) {
  const Architecture& net = c.architecture;
  const Vector theta = wide_theta(c);
  const NetworkEnergy<double> energy(net);
  const Dataset data{c.data.x, energy.predict(theta, c.data.x), "fit"};
  const Matrix G = rescaling_directions(net, theta);
  const auto measure = [&](const std::string& what, const Objective<double>& objective) {
    const Evaluation<double> here = objective.at(theta);
    if (!here.summary.ok()) return m.unresolved();
    Matrix HG(G.rows(), G.cols());
    here.point->hessian_times(G, HG);
    m.add(what, HG.norm(), here.point->hessian_error_bound() * G.norm());
  };
  measure("H G of the loss", *network_loss(net, data));
  measure("H G of F*", *network_equilibrated_energy(energy, data));
}

// lambda L/F* - 1 and 1 - cos(grad L, grad F*), means over draws of the weights.
struct Gap {
  double value = 0, angle = 0;
};

std::optional<Gap> width_gap(const Case& c, Index width, Measurements& m) {
  constexpr int kDraws = 4;
  ArchitectureOptions shape = c.recipe.architecture;
  shape.widths = {c.architecture.input(), width, width, width, c.architecture.output()};
  const Architecture net = make_architecture(shape);
  InitialiseOptions init;
  init.kind = Initialisation::kNormal;
  init.parameterisation = shape.parameterisation;
  Gap gap;
  int certified = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    RandomStream stream(c.recipe.seed, "width limit " + std::to_string(draw));
    const Vector theta = initialise(net, init, stream);
    const auto energy = network_equilibrated_energy(NetworkEnergy<double>(net), c.data)->at(theta);
    const auto loss = network_loss(net, c.data)->at(theta);
    if (!energy.summary.ok()) {
      m.unresolved();
      continue;
    }
    ++certified;
    const Vector g = energy.point->gradient();
    const Vector h = loss.point->gradient();
    gap.value += net.lambda() * loss.point->value() / energy.point->value() - 1;
    gap.angle += 1 - g.dot(h) / (g.norm() * h.norm());
  }
  if (certified == 0) {
    m.undecided("no draw of the weights has certified equilibria");
    return std::nullopt;
  }
  return Gap{gap.value / certified, gap.angle / certified};
}

ClaimResult run_width_limit(const ClaimContext& context) {
  std::vector<CaseRecipe> cases;
  for (int s = 0; s < context.seeds; ++s)
    for (const Activation activation :
         {Activation::kTanh, Activation::kRelu, Activation::kGelu, Activation::kSilu}) {
      CaseRecipe recipe;
      recipe.architecture.widths = {4, 8, 8, 8, 2};
      recipe.architecture.parameterisation = Parameterisation::kMupc;
      recipe.architecture.skips = true;
      recipe.architecture.activation = activation;
      recipe.seed = context.first_seed + static_cast<std::uint64_t>(s);
      cases.push_back(recipe);
    }
  return sweep(context, cases, [&](Case& c, Measurements& m) {
    std::optional<Gap> narrow = width_gap(c, 16, m);
    for (Index width = 64; width <= (context.quick ? 64 : 256); width *= 4) {
      const std::optional<Gap> wide = width_gap(c, width, m);
      if (!narrow || !wide) return;
      m.add("lambda L/F* - 1", std::abs(wide->value), narrow->value / 2);
      m.add("1 - cos(grad L, grad F*)", std::abs(wide->angle), narrow->angle / 2);
      narrow = wide;
    }
  });
}

}  // namespace

std::vector<Claim> network_law_claims() {
  return {
      {.id = "relu-balance-law",
       .statement = "With a positively homogeneous activation, <e~_{l,i}^2>/pi_l = (a_{l+1} "
                    "W_{l+1}' G_{l+1})_ii - (a_l G_l W_l')_ii - b_{l,i} <delta_{l,i}> at every "
                    "equilibrium, on kinks with their multipliers.",
       .source = "derived here; proved here, not yet reviewed by the field",
       .sweep = "identity, ReLU, leaky ReLU x pre, post x MSE, cross-entropy x biases; samples "
                "without a certified minimum left out",
       .tolerance = "(|F_z| + its rounding) |z_l|, and the roundings of the gradient times |theta|",
       .run =
           [](const ClaimContext& context) {
             NetworkSweep options{
                 {Activation::kIdentity, Activation::kRelu, Activation::kLeakyRelu}};
             options.skips = false;
             return sweep(context, network_recipes(options, context), measure_balance);
           }},
      {.id = "relu-rescaling-modes",
       .statement = "With a positively homogeneous activation and no skips, the tangents of the "
                    "rescaling of hidden units (row of W_l and entry of b_l times c, column of "
                    "W_{l+1} divided by c) are zero modes of the Hessians of loss and F* where the "
                    "network fits its targets.",
       .source = "invariance of the loss; for F* derived here, not yet reviewed by the field",
       .sweep = "ReLU, leaky ReLU x pre, post x biases, MSE",
       .tolerance = "the bound of the Hessian's rounding errors times |G|",
       .run =
           [](const ClaimContext& context) {
             NetworkSweep options{{Activation::kRelu, Activation::kLeakyRelu}};
             options.losses = options.skips = false;
             return sweep(context, network_recipes(options, context), measure_rescaling);
           }},
      {.id = "network-origin-strict",
       .statement =
           "With phi(0) = 0, smooth there, L >= 3, no skips and biases, the Hessian of F* "
           "at the origin is zero but for the last block, -(a_L lambda phi'(0))^2/(pi_{L-1} "
           "+ alpha) <y y'> for each hidden unit, and the first, (a_1)^2 alpha pi_1/(alpha + "
           "pi_1) <x x'> (under post placement the phi'(0)^2 goes with the first); that of "
           "the loss is zero.",
       .source = "[S] Thm 2 for linear networks; the same proof",
       .sweep = "identity, tanh, hard-tanh, GELU, SiLU x pre, post; decay 0 and 0.3",
       .tolerance = "the roundings of a Hessian product; exact zeros",
       .run =
           [](const ClaimContext& context) {
             NetworkSweep options{{Activation::kIdentity, Activation::kTanh, Activation::kHardTanh,
                                   Activation::kGelu, Activation::kSilu}};
             options.losses = options.biases = options.skips = false;
             return sweep(context, network_recipes(options, context), measure_origin);
           }},
      {.id = "network-mupc-width-limit",
       .statement = "In nonlinear muPC networks with skips lambda L/F* - 1 and the angle between "
                    "the gradients of loss and energy vanish with the width (like 1/n in linear "
                    "ones): four times the width leaves less than half.",
       .source = "[mu], [inf] for linear networks",
       .sweep =
           "tanh, ReLU, GELU, SiLU, pre placement, three hidden layers of 16, 64 and 256 units "
           "(64 when quick), means of four draws, less those without certified equilibria",
       .tolerance = "half of the narrower network's: the factor 4 of the law, and 2 for the spread "
                    "of the draws",
       .run = run_width_limit}};
}

}  // namespace saddlescope::analysis
