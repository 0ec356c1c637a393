#include "saddlescope/analysis/claim_case.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>

#include <Eigen/QR>
#include <fmt/format.h>

#include "saddlescope/base/threads.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

std::string name(DataKind kind) {
  switch (kind) {
    case DataKind::kNoisy:
      return "noisy";
    case DataKind::kRealisable:
      return "realisable";
    case DataKind::kFewSamples:
      return "few-samples";
    case DataKind::kUncorrelated:
      return "uncorrelated";
    case DataKind::kToy:
      return "toy";
    case DataKind::kManySamples:
      break;
  }
  return "many-samples";
}

std::string name(PointKind kind) {
  switch (kind) {
    case PointKind::kOrigin:
      return "origin";
    case PointKind::kNearOrigin:
      return "near-origin";
    case PointKind::kUniform:
      return "uniform";
    case PointKind::kNormal:
      return "normal";
    case PointKind::kOrthogonal:
      break;
  }
  return "orthogonal";
}

Index n_samples(DataKind kind, Index d_x, Index d_y) {
  switch (kind) {
    case DataKind::kToy:
      return 16;
    case DataKind::kFewSamples:
      return std::max<Index>(1, d_x - 1);
    case DataKind::kManySamples:
      return 4 * (d_x + d_y);
    default:
      return d_x + d_y + 5;
  }
}

Dataset draw_data(DataKind kind, Index d_x, Index d_y, std::uint64_t seed) {
  RandomStream stream(seed, "claims/data");
  const Index n = n_samples(kind, d_x, d_y);
  Dataset data;
  data.name = name(kind);
  data.x = stream.normal_matrix(d_x, n);
  if (kind == DataKind::kToy) {
    data.x = (Matrix::Constant(d_x, n, 1.0) + 0.1 * data.x).eval();
    data.y.resize(d_y, n);
    for (Index i = 0; i < d_y; ++i) data.y.row(i) = -data.x.row(i % d_x);
    return data;
  }
  const Matrix B = stream.normal_matrix(d_y, d_x) / std::sqrt(static_cast<double>(d_x));
  const Matrix noise = stream.normal_matrix(d_y, n);
  if (kind == DataKind::kUncorrelated) {
    // The noise less its projection on the rows of x.
    const Matrix xt = data.x.transpose();
    const Matrix coefficients = xt.householderQr().solve(noise.transpose());
    data.y = noise - (xt * coefficients).transpose();
  } else {
    data.y = B * data.x;
    if (kind != DataKind::kRealisable) data.y += 0.5 * noise;
  }
  return data;
}

Vector draw_theta(const CaseRecipe& recipe, const Architecture& architecture) {
  RandomStream stream(recipe.seed, "claims/theta");
  InitialiseOptions options;
  options.parameterisation = recipe.architecture.parameterisation;
  switch (recipe.point) {
    case PointKind::kOrigin:
      return Vector::Zero(architecture.n_parameters());
    case PointKind::kNearOrigin:
      return 1e-8 * stream.normal_matrix(architecture.n_parameters(), 1);
    case PointKind::kUniform:
      options.kind = Initialisation::kUniform;
      break;
    case PointKind::kNormal:
      options.kind = Initialisation::kNormal;
      break;
    case PointKind::kOrthogonal:
      options.kind = Initialisation::kOrthogonal;
      break;
  }
  return initialise(architecture, options, stream);
}

// Gamma and precisions of a recipe, drawn from the sweep's stream.
void draw_scales(const SweepOptions& options, RandomStream& stream, ArchitectureOptions& out) {
  constexpr double kGammas[] = {1, 2, 0.5};
  const double gamma = kGammas[stream.index(3)];
  out.gamma = options.gammas ? gamma : 1;
  const Index kind = stream.index(3);
  if (!options.precisions) return;
  if (kind == 1) out.lambda = stream.index(2) == 0 ? 0.25 : 4;
  if (kind == 2) {
    for (std::size_t layer = 1; layer < out.widths.size(); ++layer)
      out.precisions.push_back(std::exp2(stream.uniform(-1, 1)));
  }
}

bool admits_skips(const std::vector<Index>& widths) {
  return widths.size() > 3 && std::equal(widths.begin() + 2, widths.end() - 1, widths.begin() + 1);
}

}  // namespace

nlohmann::ordered_json to_json(const CaseRecipe& recipe) {
  const ArchitectureOptions& net = recipe.architecture;
  return {{"widths", net.widths},
          {"parameterisation", saddlescope::name(net.parameterisation)},
          {"gamma", net.gamma},
          {"skips", net.skips},
          {"lambda", net.lambda},
          {"precisions", net.precisions},
          {"activation", saddlescope::name(net.activation)},
          {"placement", saddlescope::name(net.placement)},
          {"biases", net.biases},
          {"loss", saddlescope::name(net.loss)},
          {"data", name(recipe.data)},
          {"point", name(recipe.point)},
          {"seed", recipe.seed}};
}

Case build(const CaseRecipe& recipe) {
  const Architecture architecture = make_architecture(recipe.architecture);
  Dataset data = draw_data(recipe.data, architecture.input(), architecture.output(), recipe.seed);
  SecondMoments moments = second_moments(data);
  DataFactor<double> factor = data_factor<double>(data);
  return {recipe,
          architecture,
          std::move(data),
          std::move(moments),
          std::move(factor),
          draw_theta(recipe, architecture),
          RandomStream(recipe.seed, "claims/extra")};
}

std::vector<CaseRecipe> recipes(const SweepOptions& options, const ClaimContext& context) {
  constexpr Parameterisation kAll[] = {Parameterisation::kSp, Parameterisation::kNtp,
                                       Parameterisation::kMupc};
  const auto n_points = static_cast<Index>(options.points.size());
  std::vector<CaseRecipe> out;
  for (int s = 0; s < context.seeds; ++s) {
    const std::uint64_t seed = context.first_seed + static_cast<std::uint64_t>(s);
    RandomStream stream(seed, "claims/sweep");
    for (const std::vector<Index>& widths : options.widths) {
      for (int skips = 0; skips <= (options.skips && admits_skips(widths) ? 1 : 0); ++skips) {
        const Index chosen = stream.index(3 * n_points);
        for (Index k = 0; k < 3 * n_points; ++k) {
          CaseRecipe recipe;
          recipe.architecture.widths = widths;
          recipe.architecture.skips = skips == 1;
          recipe.architecture.parameterisation = kAll[k % 3];
          recipe.point = options.points[static_cast<std::size_t>(k / 3)];
          recipe.data = options.data[static_cast<std::size_t>(
              stream.index(static_cast<Index>(options.data.size())))];
          recipe.seed = seed;
          draw_scales(options, stream, recipe.architecture);
          if (!context.quick || k == chosen) out.push_back(std::move(recipe));
        }
      }
    }
  }
  return out;
}

std::vector<std::vector<Index>> hidden_widths() {
  return {{4, 3, 2},    {2, 3, 4},       {1, 1, 1},       {3, 5, 4, 2},       {6, 2, 3, 2},
          {5, 4, 4, 3}, {4, 3, 2, 3, 2}, {3, 3, 3, 3, 2}, {3, 4, 4, 4, 4, 3}, {1, 1, 1, 1, 1, 1}};
}

std::vector<std::vector<Index>> standard_widths() {
  std::vector<std::vector<Index>> widths = hidden_widths();
  widths.insert(widths.begin(), {3, 2});
  return widths;
}

ClaimResult sweep(const ClaimContext& context, const std::vector<CaseRecipe>& recipes,
                  const std::function<void(Case&, Measurements&)>& measure) {
  const auto start = std::chrono::steady_clock::now();
  const auto n = static_cast<Index>(recipes.size());
  std::vector<Measurements> measured(recipes.size());
  std::atomic<Index> done{0};
  parallel_for(n, [&](Index i) {
    const CaseRecipe& recipe = recipes[static_cast<std::size_t>(i)];
    Measurements& out = measured[static_cast<std::size_t>(i)];
    try {
      Case problem = build(recipe);
      measure(problem, out);
    } catch (const std::exception& error) {
      out.undecided(fmt::format("stopped: {}", error.what()));
    }
    out.set_recipe(to_json(recipe));
    if (context.progress) context.progress(++done, n);
  });
  ClaimResult result;
  for (const Measurements& one : measured) result.measurements.merge(one);
  result.n_cases = n;
  result.verdict = result.measurements.verdict();
  const Measurements& all = result.measurements;
  if (result.verdict == Verdict::kFails) {
    result.reason =
        fmt::format("{} of {} measurements exceed their tolerance; the worst, {}, by {:.3g} times",
                    all.n_failed(), all.count(), all.worst().quantity, all.worst().ratio);
  } else if (result.verdict == Verdict::kUndecided) {
    result.reason = all.n_undecided() > 0
                        ? fmt::format("{} of {} cases: {}", all.n_undecided(), n, all.reason())
                    : all.n_unresolved() > 0 ? "nothing measured rose above rounding"
                                             : "no case was measured";
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Claim swept_claim(Claim texts, SweepOptions options,
                  std::function<void(Case&, Measurements&)> measure) {
  texts.run = [options = std::move(options),
               measure = std::move(measure)](const ClaimContext& context) {
    return sweep(context, recipes(options, context), measure);
  };
  return texts;
}

}  // namespace saddlescope::analysis
