#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/slice_study.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/training/optimiser.hpp"

namespace saddlescope::analysis {
namespace {

void require_positive(const char* flag, const std::optional<double>& value) {
  require(!value || (*value > 0 && std::isfinite(*value)), "{}: expected > 0, got {}", flag,
          value.value_or(0));
}

void fill_directions(SliceStudyOptions& options) {
  const std::string& kind = options.directions;
  const bool indexed = kind == "axes" || kind == "eigenvectors";
  require_known("--directions", {"axes", "eigenvectors", "random", "pca"}, kind);
  require(indexed || !options.indices,
          "--indices: expected with --directions axes or eigenvectors, got them with {}", kind);
  require(kind == "eigenvectors" || !options.eigen_of,
          "--eigen-of: expected with --directions eigenvectors, got it with {}", kind);
  require(kind == "pca" || !options.center,
          "--center: expected with --directions pca, got it with {}", kind);
  require(kind != "pca" || options.trajectory >= 1,
          "--directions pca: expected the steps of a trajectory with --trajectory, got none");
  if (kind == "eigenvectors") {
    options.eigen_of = options.eigen_of.value_or("energy");
    if (!is_loss(*options.eigen_of))
      require_known("--eigen-of", {"mse", "energy"}, *options.eigen_of);
  }
  if (kind == "pca") {
    options.center = options.center.value_or("mean");
    require_known("--center", {"mean", "end"}, *options.center);
  }
  if (!indexed) return;
  if (!options.indices) {
    options.indices = std::vector<Index>{1};
    if (!options.line) options.indices->push_back(kind == "axes" ? 2 : -1);
  }
  require(
      options.indices->size() == (options.line ? 1U : 2U), "--indices: expected {}, got {} of them",
      options.line ? "one with --line" : "two for a plane (or --line)", options.indices->size());
}

void fill_trajectory(SliceStudyOptions& options) {
  require(options.trajectory >= 0, "--trajectory: expected >= 0, got {}", options.trajectory);
  if (options.trajectory == 0) {
    const auto alone = [](const char* flag, bool given) {
      require(!given, "{}: expected with --trajectory STEPS, got it without", flag);
    };
    alone("--learning-rate", options.learning_rate.has_value());
    alone("--optimiser", options.optimiser.has_value());
    alone("--start-noise", options.start_noise.has_value());
    return;
  }
  options.learning_rate = options.learning_rate.value_or(0.1);
  require_positive("--learning-rate", options.learning_rate);
  options.optimiser = options.optimiser.value_or("gd");
  (void)parse_optimiser(*options.optimiser);
  // At these points the gradient is zero and nothing would move.
  const std::string& point = *options.problem.point;
  const bool stationary = point == "origin" || point == "zero-rank";
  options.start_noise = options.start_noise.value_or(stationary ? 0.05 : 0);
  require(*options.start_noise >= 0 && std::isfinite(*options.start_noise),
          "--start-noise: expected >= 0, got {}", *options.start_noise);
}

}  // namespace

OptionTable describe(SliceStudyOptions& options) {
  OptionTable table;
  describe(options.problem, table);
  table.add("objective", &options.objectives, "mse, energy or both [mse,energy]");
  table.add("directions", &options.directions,
            "axes (single parameters), eigenvectors (of a Hessian at the point), random "
            "(filter-normalised: each row as long as the point's) or pca (principal components of "
            "the trajectories) [eigenvectors]");
  table.add("line", &options.line, "one direction instead of a plane");
  table.add("indices", &options.indices,
            "which eigenvectors or parameters: 1 is the smallest eigenvalue or first parameter, -1 "
            "the largest or last [1,-1 of eigenvectors, 1,2 of axes, 1 with --line]");
  table.add("eigen-of", &options.eigen_of, "whose eigenvectors: mse or energy [energy]");
  table.add("center", &options.center,
            "centre of a pca plane: mean (of all steps of all trajectories) or end (the mean of "
            "their last steps) [mean]");
  table.add("range", &options.range,
            "the slice goes from -range to range along each direction, > 0 [1.15 times the "
            "trajectories' farthest coordinate, else 1]");
  table.add("resolution", &options.resolution,
            "points along each direction, >= 2; odd ones include the point itself [41]");
  table.add("trajectory", &options.trajectory,
            "steps of training on each objective from the same start, >= 0 [0]");
  table.add("learning-rate", &options.learning_rate,
            "step of the optimiser, the same for all objectives, > 0 [0.1]");
  table.add("optimiser", &options.optimiser, "gd, momentum or adam [gd]");
  table.add("start-noise", &options.start_noise,
            "deviation of the Gaussian noise added to the point to start from, >= 0 [0.05 at "
            "origin and zero-rank, else 0]");
  table.add("inference-steps", &options.inference_steps,
            "also slice the energy after this many steps of inference from the forward pass, >= 0 "
            "[0: not]");
  table.add("inference-step", &options.inference_step,
            "size of such a step, on the energy of one sample, > 0 [0.1]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/slice]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

SliceStudyOptions effective(SliceStudyOptions options) {
  options.problem = effective(options.problem);
  require_objectives(options.objectives);
  fill_trajectory(options);
  fill_directions(options);
  require_positive("--range", options.range);
  require(options.resolution >= 2 && options.resolution <= 2001,
          "--resolution: expected 2 to 2001, got {}", options.resolution);
  require(options.inference_steps >= 0, "--inference-steps: expected >= 0, got {}",
          options.inference_steps);
  require(options.inference_steps > 0 || !options.inference_step,
          "--inference-step: expected with --inference-steps, got it without");
  if (options.inference_steps > 0) options.inference_step = options.inference_step.value_or(0.1);
  require_positive("--inference-step", options.inference_step);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

}  // namespace saddlescope::analysis
