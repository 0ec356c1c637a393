#include "saddlescope/analysis/slice_study.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/inference/unrolled_energy.hpp"
#include "saddlescope/training/full_batch.hpp"

namespace saddlescope::analysis {
namespace {

using Owned = std::unique_ptr<Objective<double>>;

struct Path {
  Matrix points;  // p x (steps taken + 1)
  Vector values;
  Summary summary;
};

Path walk(const Objective<double>& objective, const Vector& start,
          const SliceStudyOptions& options) {
  OptimiserOptions optimiser;
  optimiser.kind = parse_optimiser(*options.optimiser);
  optimiser.learning_rate = *options.learning_rate;
  FullBatchTrainer trainer(objective, start, optimiser);
  Path path;
  path.points.resize(start.size(), options.trajectory + 1);
  path.values.resize(options.trajectory + 1);
  train(trainer, options.trajectory, [&](const FullBatchTrainer& now) {
    path.points.col(now.step()) = now.theta();
    path.values[now.step()] = now.value();
  });
  // Where not even the start could be evaluated there is no path.
  const Index taken = trainer.summary().ok() || trainer.step() > 0 ? trainer.step() + 1 : 0;
  path.points.conservativeResize(Eigen::NoChange, taken);
  path.values.conservativeResize(taken);
  path.summary = trainer.summary();
  return path;
}

std::vector<Path> walk_all(const std::vector<Owned>& objectives, const Vector& theta,
                           const SliceStudyOptions& options) {
  std::vector<Path> paths(options.trajectory > 0 ? objectives.size() : 0);
  if (paths.empty()) return paths;
  const double needed = 8.0 * static_cast<double>(theta.size()) *
                        static_cast<double>(options.trajectory + 1) *
                        static_cast<double>(3 * objectives.size());
  require_fits(needed <= available_memory(),
               "--trajectory: {} steps of {} parameters need {}, {} available", options.trajectory,
               theta.size(), memory_text(needed), memory_text(available_memory()));
  RandomStream stream(options.problem.seed, "trajectory start");
  const Vector start = theta + *options.start_noise * stream.normal_matrix(theta.size(), 1);
  parallel_for(static_cast<Index>(paths.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    paths[at] = walk(*objectives[at], start, options);
  });
  return paths;
}

Matrix all_points(const std::vector<Path>& paths, bool ends_only) {
  Index n = 0;
  for (const Path& path : paths)
    n += ends_only ? std::min<Index>(path.points.cols(), 1) : path.points.cols();
  require(n > 0, "--directions pca: expected a trajectory, got none: {}",
          paths.front().summary.message);
  Matrix points(paths.front().points.rows(), n);
  Index next = 0;
  for (const Path& path : paths) {
    const Index m = ends_only ? std::min<Index>(path.points.cols(), 1) : path.points.cols();
    points.middleCols(next, m) = path.points.rightCols(m);
    next += m;
  }
  return points;
}

// "W_2(3, 1)" of parameter i (from 0).
std::string parameter_label(const Architecture& net, Index i) {
  Index layer = 0;
  while (net.offset(layer + 1) <= i) ++layer;
  const Index inside = i - net.offset(layer), rows = net.rows(layer);
  if (net.biases && i >= net.bias_offset(layer))
    return fmt::format("bias b_{}({})", layer + 1, i - net.bias_offset(layer) + 1);
  if (rows == 1 && net.cols(layer) == 1) return fmt::format("weight w_{}", layer + 1);
  return fmt::format("weight W_{}({}, {})", layer + 1, inside % rows + 1, inside / rows + 1);
}

SlicePlane axes_plane(SliceStudyResult& result, const std::vector<Index>& indices) {
  const Network& network = result.problem.network;
  const Index p = network.theta.size(), k = static_cast<Index>(indices.size());
  Matrix D = Matrix::Zero(p, k);
  for (Index j = 0; j < k; ++j) {
    const Index index = indices[static_cast<std::size_t>(j)];
    require(index != 0 && index >= -p && index <= p,
            "--indices: expected a parameter 1 to {} or -1 to -{}, got {}", p, p, index);
    const Index i = index > 0 ? index - 1 : p + index;
    D(i, j) = 1;
    SliceAxis axis;
    axis.label = parameter_label(network.architecture, i);
    result.axes.push_back(axis);
  }
  return {network.theta, D};
}

SlicePlane eigen_plane(SliceStudyResult& result, const Objective<double>& objective,
                       const SliceStudyOptions& options) {
  const Vector& theta = result.problem.network.theta;
  const Evaluation<double> here = objective.at(theta);
  if (!here.summary.ok()) throw std::runtime_error(here.summary.message);
  const EigenDirections found =
      hessian_directions(*here.point, *options.indices, options.problem.seed);
  if (!found.summary.ok()) throw std::runtime_error(found.summary.message);
  for (Index j = 0; j < found.values.size(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    SliceAxis axis;
    axis.index = found.indices[at];
    axis.eigenvalue = found.values[j];
    axis.residual = found.residuals[j];
    axis.error = found.error;
    axis.multiplicity = found.multiplicities[at];
    axis.label = fmt::format("eigenvector {} of {} of {}", axis.index, theta.size(),
                             is_loss(objective.name()) ? "the loss" : "F*");
    result.axes.push_back(axis);
  }
  return {theta, found.vectors};
}

SlicePlane make_plane(SliceStudyResult& result, const std::vector<Path>& paths,
                      const SliceStudyOptions& options, const ReducedProblem<double>& reduced) {
  const Network& network = result.problem.network;
  const Index k = options.line ? 1 : 2;
  if (options.directions == "axes") return axes_plane(result, *options.indices);
  if (options.directions == "eigenvectors")
    return eigen_plane(
        result,
        *problem_objective(objective_name(*options.eigen_of, network), result.problem, reduced),
        options);
  result.axes.resize(static_cast<std::size_t>(k));
  if (options.directions == "random") {
    const FilterDirections random =
        filter_normalised_directions(network.architecture, network.theta, k, options.problem.seed);
    result.zero_rows = random.zero_rows;
    result.rows = random.rows;
    for (Index j = 0; j < k; ++j)
      result.axes[static_cast<std::size_t>(j)].label =
          fmt::format("filter-normalised direction {}", j + 1);
    return {network.theta, random.vectors};
  }
  const Vector center = all_points(paths, *options.center == "end").rowwise().mean();
  const PrincipalDirections principal = principal_directions(all_points(paths, false), center, k);
  for (Index j = 0; j < k; ++j) {
    SliceAxis& axis = result.axes[static_cast<std::size_t>(j)];
    axis.variance = principal.variances[j];
    axis.label = fmt::format("principal component {}", j + 1);
  }
  return {center, principal.vectors};
}

// Both references outlive the function.
SliceFunction unrolled_function(const Problem& problem, const ReducedProblem<double>& reduced,
                                const UnrolledEnergyOptions& steps) {
  const NetworkEnergy<double> energy(problem.network.architecture, problem.network.activity_decay);
  const bool closed = has_closed_form(problem.network);
  return [&problem, &reduced, energy, steps, closed](const Vector& at) -> SliceValue {
    const UnrolledEnergy there =
        closed ? unrolled_energy(reduced.architecture(), at, reduced.factor(), steps)
               : unrolled_energy(energy, at, problem.data, steps);
    return {there.value, there.summary};
  };
}

double default_range(const std::vector<SliceTrajectory>& trajectories) {
  double farthest = 0;
  for (const SliceTrajectory& one : trajectories)
    if (one.projected.coordinates.size() > 0)
      farthest = std::max(farthest, one.projected.coordinates.cwiseAbs().maxCoeff());
  return farthest > 0 ? 1.15 * farthest : 1;
}

}  // namespace

SliceStudyResult slice_study(const SliceStudyOptions& given,
                             const std::function<void(const std::string&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const auto say = [&](const std::string& text) {
    if (progress) progress(text);
  };
  const SliceStudyOptions options = effective(given);
  SliceStudyResult result;
  result.problem = make_problem(options.problem);
  const Architecture& net = result.problem.network.architecture;
  const Vector& theta = result.problem.network.theta;
  require(options.line || theta.size() >= 2,
          "--line: expected with a network of one parameter, got a plane");
  require(options.inference_steps == 0 || net.depth() >= 2,
          "--inference-steps: expected a network with a hidden layer, got --hidden none");
  const std::vector<std::string> names =
      objective_names(options.objectives, result.problem.network);
  // All parameters are coordinates of the slice: no reduction of the inputs.
  const ReducedProblem<double> reduced(net, result.problem.data,
                                       exact_reductions(result.problem.network, {true, false}));
  std::vector<Owned> objectives;
  objectives.reserve(names.size());
  for (const std::string& name : names)
    objectives.push_back(problem_objective(name, result.problem, reduced));

  if (options.trajectory > 0) say("training");
  const std::vector<Path> paths = walk_all(objectives, theta, options);
  say("directions");
  result.plane = make_plane(result, paths, options, reduced);
  const SlicePlane& plane = *result.plane;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    SliceTrajectory one;
    one.objective = names[i];
    one.values = paths[i].values;
    one.projected = project(plane, paths[i].points);
    one.summary = paths[i].summary;
    result.trajectories.push_back(std::move(one));
  }
  result.range = options.range.value_or(default_range(result.trajectories));
  result.grid = slice_grid(plane, result.range, options.resolution);

  std::vector<SliceFunction> functions;
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    say(fmt::format("values of the {}", objective_title(names[i])));
    SlicedObjective one;
    one.name = names[i];
    one.title = objective_title(one.name);
    one.surface = slice(*objectives[i], plane, result.grid, true);
    const Evaluation<double> center = objectives[i]->at(plane.center());
    for (Index j = 0; j < plane.dim() && center.summary.ok(); ++j)
      one.models.push_back(quadratic_model(*center.point, plane.directions().col(j)));
    result.surfaces.push_back(std::move(one));
    functions.push_back(value_of(*objectives[i]));
  }
  if (options.inference_steps > 0) {
    say("values of the energy after inference steps");
    const UnrolledEnergyOptions unrolled{options.inference_steps, *options.inference_step};
    functions.emplace_back(unrolled_function(result.problem, reduced, unrolled));
    SlicedObjective one;
    one.name = "inference";
    one.title = fmt::format("energy, {} steps of {:g}", unrolled.steps, unrolled.step);
    one.surface = slice(functions.back(), plane, result.grid);
    // Between the loss, where inference starts, and the equilibrium, where it ends.
    const auto place = result.surfaces.begin() + (is_loss(result.surfaces.front().name) ? 1 : 0);
    functions.insert(functions.begin() + (place - result.surfaces.begin()), functions.back());
    functions.pop_back();
    result.surfaces.insert(place, std::move(one));
  }
  for (SliceTrajectory& one : result.trajectories) {
    const Matrix& c = one.projected.coordinates;
    one.on_plane.resize(c.cols(), static_cast<Index>(functions.size()));
    for (std::size_t f = 0; f < functions.size(); ++f)
      parallel_for(c.cols(), [&](Index step) {
        const Vector at = plane.at(c(0, step), plane.dim() == 2 ? c(1, step) : 0);
        const SliceValue there = functions[f](at);
        one.on_plane(step, static_cast<Index>(f)) =
            there.summary.ok() ? there.value : std::numeric_limits<double>::quiet_NaN();
      });
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace saddlescope::analysis
