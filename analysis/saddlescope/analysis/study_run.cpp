#include "saddlescope/analysis/study_run.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/analysis/work_progress.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/training/training_state.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

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

// As the log of a checkpoint: [update, training loss, test loss, accuracy, gradient norm, objective].
Json curve_json(const std::vector<CurvePoint>& curve) {
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json();
  };
  Json out = Json::array();
  for (const CurvePoint& point : curve)
    out.push_back({point.update, point.train_loss, point.test_loss, number(point.test_accuracy),
                   number(point.gradient_norm), number(point.objective)});
  return out;
}

std::vector<CurvePoint> curve_from(const Json& json) {
  const auto number = [](const Json& value) {
    return value.is_null() ? std::optional<double>() : value.get<double>();
  };
  std::vector<CurvePoint> out;
  out.reserve(json.size());
  for (const Json& row : json)
    out.push_back(
        {row.at(0), row.at(1), row.at(2), number(row.at(3)), number(row.at(4)), number(row.at(5))});
  return out;
}

// What a kept run must have in common with the one asked for. The label stands for the options.
template <class T>
std::string config_of(const KeptRun& kept, const NetworkEnergy<T>& energy, const Vector& theta,
                      const Dataset& train, const Dataset& test, Index every) {
  const Matrix weights = theta;
  Json json = {{"run", kept.label},
               {"widths", energy.architecture().widths},
               {"every", every},
               {"bytes_of_a_number", sizeof(T)},
               {"weights_checksum", checksum({&weights})},
               {"train_checksum", checksum(train)},
               {"test_checksum", checksum(test)},
               {"made_by", provenance().at("git_revision")}};
  return json.dump();
}

// The file of a run; does nothing where it is kept nowhere.
class Keeper {
 public:
  struct Curve {
    const std::vector<CurvePoint>& points;
    Index recorded;  // the update of the last point, also where its losses were not finite
  };

  Keeper(const KeptRun& kept, const std::function<std::string()>& config) : kept_(kept) {
    if (!kept_.file.empty()) config_ = config();
  }

  // Restores what is kept of this run.
  [[nodiscard]] bool resume(TwinTraining& training, std::vector<CurvePoint>& curve,
                            Index& recorded) const {
    if (kept_.file.empty() || !std::filesystem::exists(kept_.file)) return false;
    const Checkpoint found = read_checkpoint(kept_.file);
    if (found.config != config_) return false;
    training.restore(found.state);
    const Json log = Json::parse(found.log);
    curve = curve_from(log.at("curve"));
    recorded = log.at("recorded");
    return true;
  }

  void keep(const TwinTraining& training, const Curve& curve) {
    if (!kept_.file.empty() && seconds_since(last_) >= kept_.seconds) write(training, curve);
  }

  // A run that was short costs less to make again than to keep.
  void keep_end(const TwinTraining& training, const Curve& curve) {
    if (!kept_.file.empty() && seconds_since(begin_) >= kept_.seconds) write(training, curve);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  void write(const TwinTraining& training, const Curve& curve) {
    std::filesystem::create_directories(kept_.file.parent_path());
    const Json log = {{"recorded", curve.recorded}, {"curve", curve_json(curve.points)}};
    write_checkpoint(kept_.file, {config_, log.dump(), training.save()});
    last_ = Clock::now();
  }

  const KeptRun& kept_;
  std::string config_;
  Clock::time_point begin_ = Clock::now(), last_ = begin_;
};

}  // namespace

template <class T>
StudyRun run_for_study(const NetworkEnergy<T>& energy, const TwinOptions& options,
                       const Vector& theta, const Dataset& train, const Dataset& test, Index every,
                       const OnCurvePoint& on_point, const KeptRun& kept) {
  require(options.algorithms.size() == 1 && every >= 1,
          "run of a study: expected one algorithm and points at least an update apart, got {} and "
          "{}",
          options.algorithms.size(), every);
  const auto training = make_twin_training<T>(energy, options, theta, train, test);
  StudyRun out;
  Index recorded = 0;
  const auto go_on_after_point = [&] {
    return !on_point || on_point(out, training->save().runs.front().theta);
  };
  const auto record = [&] {
    for (const TrainingRecord& one : training->record({})) out.curve.push_back(point_of(one));
    recorded = training->update();
    return go_on_after_point();
  };
  Keeper keeper(kept, [&] { return config_of(kept, energy, theta, train, test, every); });
  const bool resumed = keeper.resume(*training, out.curve, recorded);
  bool go_on = !resumed ? record() : recorded != training->update() || go_on_after_point();
  while (go_on && training->advance()) {
    if (training->update() % every == 0) go_on = record();
    keeper.keep(*training, {out.curve, recorded});
  }
  if (recorded != training->update()) static_cast<void>(record());
  keeper.keep_end(*training, {out.curve, recorded});
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
                                        const OnCurvePoint&, const KeptRun&);
template StudyRun run_for_study<float>(const NetworkEnergy<float>&, const TwinOptions&,
                                       const Vector&, const Dataset&, const Dataset&, Index,
                                       const OnCurvePoint&, const KeptRun&);

}  // namespace saddlescope::analysis
