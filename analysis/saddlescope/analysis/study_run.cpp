#include "saddlescope/analysis/study_run.hpp"

#include <algorithm>
#include <atomic>
#include <memory>

#include <fmt/format.h>

#include "saddlescope/analysis/work_progress.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::analysis {
namespace {

CurvePoint point_of(const TrainingRecord& record) {
  CurvePoint out;
  out.update = record.update;
  for (const auto& [quantity, value] : record.values) {
    if (quantity == "train_loss") out.train_loss = value[0];
    if (quantity == "test_loss") out.test_loss = value[0];
    if (quantity == "test_accuracy") out.test_accuracy = value[0];
    if (quantity == "gradient_norm") out.gradient_norm = value[0];
    if (quantity == "objective") out.objective = value[0];
  }
  return out;
}

}  // namespace

template <class T>
StudyRun run_for_study(const NetworkEnergy<T>& energy, const TwinOptions& options,
                       const Vector& theta, const Dataset& train, const Dataset& test, Index every,
                       const OnCurvePoint& on_point) {
  require(options.algorithms.size() == 1 && every >= 1,
          "run of a study: expected one algorithm and points at least an update apart, got {} and "
          "{}",
          options.algorithms.size(), every);
  const auto training = make_twin_training<T>(energy, options, theta, train, test);
  StudyRun out;
  const auto record = [&] {
    for (const TrainingRecord& one : training->record({})) out.curve.push_back(point_of(one));
    return !on_point || on_point(out, training->save().runs.front().theta);
  };
  bool go_on = record();
  Index recorded = 0;
  while (go_on && training->advance())
    if (training->update() % every == 0) {
      go_on = record();
      recorded = training->update();
    }
  if (recorded != training->update()) static_cast<void>(record());
  const RunState end = training->save().runs.front();
  out.theta = end.theta;
  out.summary = end.summary;
  return out;
}

std::optional<Index> first_at_or_below(const StudyRun& run, double level) {
  for (const CurvePoint& point : run.curve)
    if (point.train_loss <= level) return point.update;
  return std::nullopt;
}

std::optional<Index> objective_down_to(const StudyRun& run, double share) {
  std::optional<double> first;
  for (const CurvePoint& point : run.curve) {
    if (!point.objective) continue;
    if (!first) first = point.objective;
    if (*point.objective <= share * *first) return point.update;
  }
  return std::nullopt;
}

void run_jobs(Index n, const std::function<void(Index)>& task,
              const std::function<void(const std::string&)>& progress) {
  WorkProgress line(progress);
  std::atomic<Index> done = 0;
  const auto tell = [&] {
    const Index now = done;
    line.tell(fmt::format("{} of {} runs", now, n),
              static_cast<double>(now) / static_cast<double>(std::max<Index>(1, n)));
  };
  tell();
  parallel_for(n, [&](Index i) {
    task(i);
    ++done;
    tell();
  });
}

std::string activation_title(const std::string& name) {
  if (name == "identity") return "linear";
  return name == "relu" ? "ReLU" : name;
}

template StudyRun run_for_study<double>(const NetworkEnergy<double>&, const TwinOptions&,
                                        const Vector&, const Dataset&, const Dataset&, Index,
                                        const OnCurvePoint&);
template StudyRun run_for_study<float>(const NetworkEnergy<float>&, const TwinOptions&,
                                       const Vector&, const Dataset&, const Dataset&, Index,
                                       const OnCurvePoint&);

}  // namespace saddlescope::analysis
