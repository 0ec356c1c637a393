// Training runs as studies use them: one algorithm, a curve recorded on a grid of updates, and an
// end that may depend on the curve.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/training/twin_training.hpp"

namespace saddlescope::analysis {

struct CurvePoint {
  Index update = 0;
  double train_loss = 0, test_loss = 0;
  std::optional<double> test_accuracy;  // where targets are labels
  // Over the updates since the point before; none at 0.
  std::optional<double> gradient_norm, objective;
};

struct StudyRun {
  std::vector<CurvePoint> curve;  // without points whose losses are not finite
  Vector theta;                   // at the end
  Summary summary;                // not ok: why it ended early
};

// Called at every point with the weights there; false ends the run.
using OnCurvePoint = std::function<bool(const StudyRun& so_far, const Vector& theta)>;

// Where a run is kept while it lasts and once it has ended, so that the same call made again goes on
// from there, to the same bits. `label` names the run among those of all studies and sizes; what is
// kept under another one, of other weights or data, or by another revision of the program is not
// gone on with.
struct KeptRun {
  std::filesystem::path file;  // empty: nowhere
  std::string label;
  double seconds = 10;  // at least so long between two writes; runs that take less are not kept
};

// `options` hold one algorithm. Points lie at 0, every, 2 every, .. and at the end. With `kept`,
// `on_point` must depend on its arguments alone: where a run is gone on with, it is called again at
// the last point kept and not at those before. Throws std::invalid_argument naming the file if what
// is kept cannot be read.
template <class T>
[[nodiscard]] StudyRun run_for_study(const NetworkEnergy<T>& energy, const TwinOptions& options,
                                     const Vector& theta, const Dataset& train, const Dataset& test,
                                     Index every, const OnCurvePoint& on_point = {},
                                     const KeptRun& kept = {});

// The first recorded update with a training loss of `level` or less.
[[nodiscard]] std::optional<Index> first_at_or_below(const StudyRun& run, double level);

// The first whose mean objective since the point before is `share` of the first one's or less.
[[nodiscard]] std::optional<Index> objective_down_to(const StudyRun& run, double share);

// Runs task(0) .. task(n - 1) in parallel and shows how many are done.
void run_jobs(Index n, const std::function<void(Index)>& task,
              const std::function<void(const std::string&)>& progress);

// As figures name it: linear, ReLU, tanh, ..
[[nodiscard]] std::string activation_title(const std::string& name);

}  // namespace saddlescope::analysis
