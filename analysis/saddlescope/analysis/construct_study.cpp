#include "saddlescope/analysis/construct_study.hpp"

#include "saddlescope/analysis/linear_definitions.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/saddle/counterexamples.hpp"
#include "saddlescope/saddle/orbit.hpp"
#include "saddlescope/saddle/rank_r_family.hpp"
#include "saddlescope/saddle/zero_rank_family.hpp"

namespace saddlescope::analysis {
namespace {

// 1-based on the command line, 0-based in the library.
std::vector<Index> zero_based(const std::vector<Index>& numbers, const char* flag) {
  std::vector<Index> out;
  for (const Index number : numbers) {
    require(number >= 1, "--{}: expected numbers >= 1, got {}", flag, number);
    out.push_back(number - 1);
  }
  return out;
}

ZeroRankOptions zero_rank_options(const ConstructOptions& options, const Architecture& net) {
  ZeroRankOptions out;
  const std::string& name = options.family;
  if (options.layers) out.layers = zero_based(*options.layers, "layers");
  if (name == "origin") {
    out = {ZeroRankKind::kVanishing, {0}};
  } else if (name == "zero-rank") {
    out.kind = ZeroRankKind::kPenultimate;
  } else if (name == "zero-rank-moments") {
    out.kind = ZeroRankKind::kMoments;
  } else if (name == "zero-rank-kernel") {
    out.kind = ZeroRankKind::kKernel;
  } else if (name == "uncorrelated") {
    out.kind = ZeroRankKind::kUncorrelated;
  } else {
    out.kind = ZeroRankKind::kVanishing;
  }
  if (name == "residual")
    for (const Index layer : out.layers)
      require(layer < net.depth() && net.skips[static_cast<std::size_t>(layer)] != 0,
              "--layers: the family residual needs a skip on layer {}; skips sit on layers 2 .. {}",
              layer + 1, net.depth() - 1);
  return out;
}

Construction closed_construction(const ConstructOptions& options) {
  const double lambda = *options.problem.lambda;
  const double precision = *options.hidden_precision;
  if (options.family == "bottleneck")
    return bottleneck(
        {*options.lambda_u, *options.lambda_v, *options.mu, lambda, precision, *options.d});
  if (options.family == "uncorrelated-scalar")
    return uncorrelated_scalar({*options.w, lambda, precision});
  return uncorrelated_target({*options.t, *options.w, *options.sigma, lambda, precision});
}

ConstructedPoint open_construction(const ConstructOptions& options, const Problem& problem) {
  const Architecture& net = problem.network.architecture;
  RandomStream stream(options.problem.seed, "construction");
  if (options.family == "bottleneck-optimum") return bottleneck_optimum(net, problem.data, stream);
  if (options.family == "rank-r") {
    RankROptions rank;
    rank.singular_subset = zero_based(*options.subset, "subset");
    rank.t = *options.t;
    rank.random_rows = *options.random_rows;
    return rank_r_family(net, problem.data, rank, stream);
  }
  return zero_rank_family(net, second_moments(problem.data), problem.network.theta,
                          zero_rank_options(options, net), stream);
}

// Along the orbit gradient, value and the signs of H(L) stay; those of H(F*) need not.
void move_along_orbit(const ConstructOptions& options, ConstructResult& result) {
  const Architecture& net = result.network.architecture;
  RandomStream stream(options.problem.seed, "orbit");
  ConstructedPoint& point = result.point;
  point.theta = random_orbit_point(net, point.theta, *options.orbit_condition, stream);
  point.energy.lambda_min_at_most.reset();
  point.mse.lambda_min_at_most.reset();
  if (point.energy.is_global != true) {
    point.energy.negative_curvature.reset();
    complete_predictions(net, second_moments(result.data), point);
  }
  point.note += fmt::format("{}moved along its GL orbit, condition <= {:g}",
                            point.note.empty() ? "" : "; ", *options.orbit_condition);
}

ConstructMeasurement measure(LinearObjective objective, const ConstructResult& result) {
  // The samples themselves where they are few; their second moments are the same numbers.
  const DataFactor<double> factor = data_factor<double>(result.data);
  const auto point = point_at<double>(
      objective, result.network.architecture,
      factor.x.cols() > factor.x.rows() + factor.y.rows() ? compress(factor) : factor,
      result.network.theta);
  return {point->value(), point->gradient().norm(), point->gradient_error_bound()};
}

}  // namespace

ConstructResult construct_study(const ConstructOptions& given) {
  const ConstructOptions options = effective(given);
  ConstructResult result;
  if (!options.problem.point) {
    Construction built = closed_construction(options);
    result.data = std::move(built.data);
    result.network.architecture = std::move(built.architecture);
    result.network.parameterisation = "sp";
    result.point = std::move(built.point);
  } else {
    Problem problem = make_linear_problem(options.problem);
    result.point = open_construction(options, problem);
    result.data = std::move(problem.data);
    result.network = std::move(problem.network);
  }
  result.point.family = options.family;
  if (options.orbit_condition) move_along_orbit(options, result);
  result.network.theta = result.point.theta;
  result.mse = measure(LinearObjective::kMse, result);
  result.energy = measure(LinearObjective::kEnergy, result);
  return result;
}

}  // namespace saddlescope::analysis
