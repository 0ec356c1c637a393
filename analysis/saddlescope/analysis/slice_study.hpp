// Loss and energy on a line or plane through one point, with the ways of gradient descent over it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/problem.hpp"
#include "saddlescope/saddle/landscape_slice.hpp"
#include "saddlescope/saddle/slice_directions.hpp"

namespace saddlescope::analysis {

// Members left empty take the default that describe() states.
struct SliceStudyOptions {
  ProblemOptions problem;
  std::vector<std::string> objectives = {"mse", "energy"};
  std::string directions = "eigenvectors";
  bool line = false;
  std::optional<std::vector<Index>> indices;
  std::optional<std::string> eigen_of;
  std::optional<std::string> center;
  std::optional<double> range;
  Index resolution = 41;
  Index trajectory = 0;
  std::optional<double> learning_rate;
  std::optional<std::string> optimiser;
  std::optional<double> start_noise;
  Index inference_steps = 0;
  std::optional<double> inference_step;
  int threads = 0;
  std::string out = "out/slice";
  bool no_figures = false;
};

[[nodiscard]] OptionTable describe(SliceStudyOptions& options);
[[nodiscard]] SliceStudyOptions effective(SliceStudyOptions options);

struct SliceAxis {
  std::string label;  // "eigenvector 1 of 3 of F*": of its Hessian
  // Where the axis is an eigenvector.
  Index index = 0;  // 1 .. p; 0: none
  double eigenvalue = 0, residual = 0, error = 0;
  Index multiplicity = 0;
  double variance = 0;  // of a principal component: its share; 0: none
};

struct SlicedObjective {
  std::string name;   // mse | energy | inference
  std::string title;  // "loss (MSE)"
  SliceSurface surface;
  std::vector<QuadraticModel> models;  // one per axis; empty for inference
};

struct SliceTrajectory {
  std::string objective;  // whose gradient it follows
  Vector values;          // of that objective, at each step
  ProjectedTrajectory projected;
  Matrix on_plane;  // steps x surfaces: their values at the projections
  Summary summary;  // why it ended early
};

struct SliceStudyResult {
  Problem problem;
  std::optional<SlicePlane> plane;  // always there when the study returns
  std::vector<SliceAxis> axes;
  Index zero_rows = 0, rows = 0;  // of filter-normalised directions
  SliceGrid grid;
  double range = 0;
  std::vector<SlicedObjective> surfaces;
  std::vector<SliceTrajectory> trajectories;
  double seconds = 0;
};

// Throws std::invalid_argument where the directions asked for do not exist at this point;
// std::runtime_error where the Hessian's eigenvectors cannot be computed.
[[nodiscard]] SliceStudyResult slice_study(
    const SliceStudyOptions& options, const std::function<void(const std::string&)>& progress = {});

}  // namespace saddlescope::analysis
