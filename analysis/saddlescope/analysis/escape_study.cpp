#include "saddlescope/analysis/escape_study.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/work_progress.hpp"
#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::analysis {
namespace {

bool is_loss_origin(const LinearLandscape& landscape, const Vector& theta) {
  const std::vector<int>& skips = landscape.architecture().skips;
  return landscape.which() == LinearObjective::kMse && (theta.array() == 0).all() &&
         std::all_of(skips.begin(), skips.end(), [](int skip) { return skip == 0; });
}

// Where a flow runs: with balance laws along it in closed form, without them for other networks.
struct Place {
  Place(const std::string& name, const Problem& problem) {
    const Architecture& net = problem.network.architecture;
    if (has_closed_form(problem.network)) {
      linear = std::make_unique<LinearLandscape>(
          is_loss(name) ? LinearObjective::kMse : LinearObjective::kEnergy, net, problem.data);
      start = linear->reduced().reduce(problem.network.theta);
    } else {
      general = problem_objective(name, problem,
                                  ReducedProblem<double>(net, problem.data, {false, false}));
      start = problem.network.theta;
    }
  }
  [[nodiscard]] const Objective<double>& objective() const {
    return linear ? linear->objective() : *general;
  }
  [[nodiscard]] EscapeTime time(const EscapeRay& ray, const EscapeTimeOptions& options) const {
    return linear ? escape_time(*linear, start, ray, options)
                  : escape_time(*general, start, ray, options);
  }
  [[nodiscard]] FlowResult flow(const Vector& displacement, const FlowOptions& options) const {
    return linear ? gradient_flow(*linear, start, displacement, options)
                  : gradient_flow(*general, start, displacement, options);
  }

  std::unique_ptr<LinearLandscape> linear;  // one of the two
  std::unique_ptr<Objective<double>> general;
  Vector start;  // in the objective's parameters, which are reduced for `linear`
};

// The ray to leave along, or why there is none; in the place's parameters.
std::optional<EscapeRay> choose_ray(const Place& place, const Vector& theta,
                                    const std::string& asked, ObjectiveEscape& out) {
  const Classification& one = out.classification;
  const bool strict = one.verdict == PointVerdict::kStrictSaddle;
  if (asked != "order" && strict) {
    out.direction = "eigenvector";
    return steepest_ray(place.objective(), place.start);
  }
  // Orders beyond 2 are found for linear networks only.
  if (asked != "eigenvector" && !strict && one.escape_order >= 3) {
    out.direction = "order";
    const LinearLandscape& landscape = *place.linear;
    if (is_loss_origin(landscape, theta)) return loss_origin_ray(landscape);
    Vector v = landscape.reduced().reduce(one.escape_direction);
    const double length = v.norm();
    return EscapeRay{
        v / length, one.escape_order,
        one.escape_coefficient / std::pow(length, static_cast<double>(one.escape_order))};
  }
  out.direction = "none";
  if (one.verdict == PointVerdict::kNotCritical) {
    out.summary = {Status::kRefused,
                   fmt::format("not critical: {}; saddle classify --polish, or saddle construct, "
                               "gives a point to start from",
                               one.reason)};
    return {};
  }
  out.summary = {Status::kRefused, fmt::format("no descending direction of the kind '{}': {}, {}",
                                               asked, name(one.verdict), one.reason)};
  return {};
}

// Of flows side by side, the slowest of which decides when all are done.
class FlowsProgress {
 public:
  // A flow is expected to end at 1/`part` of its duration.
  FlowsProgress(WorkProgress& line, std::string what, std::vector<std::string> names, double part)
      : line_(line), what_(std::move(what)), names_(std::move(names)), part_(part) {}

  // Outlived by this object.
  std::function<void(double)> of(Index flow) {
    const std::lock_guard lock(mutex_);
    shares_.emplace(flow, 0);
    return [this, flow](double share) { tell(flow, std::min(1.0, part_ * share)); };
  }

 private:
  void tell(Index flow, double share) {
    constexpr double kPercent = 100;
    const std::lock_guard lock(mutex_);
    shares_[flow] = share;
    std::string text = what_;
    double least = 1;
    for (const auto& [i, one] : shares_) {
      text += fmt::format("{} {} {:.0f} %", i == shares_.begin()->first ? ":" : ",",
                          names_[static_cast<std::size_t>(i)], kPercent * one);
      least = std::min(least, one);
    }
    line_.tell(text, least);
  }

  WorkProgress& line_;
  std::string what_;
  std::vector<std::string> names_;
  double part_;
  std::mutex mutex_;
  std::map<Index, double> shares_;
};

}  // namespace

OptionTable describe(EscapeStudyOptions& options) {
  OptionTable table;
  describe(options.problem, table);
  table.add("objective", &options.objectives, "mse, energy or both [mse,energy]");
  table.add("direction", &options.direction,
            "eigenvector (of the least eigenvalue, at strict saddles), order (of the first order "
            "that descends, at non-strict ones) or auto (what the point has) [auto]");
  table.add("epsilon", &options.epsilon,
            "size of the perturbation, > 0 [1e-4 of the radius at strict saddles, else 0.1]");
  table.add("radius", &options.radius,
            "distance that counts as escaped, > 0 [the largest power of 1/2 up to which the "
            "gradient on the ray is within 0.5 % of its law]");
  table.add("duration", &options.duration,
            "time to follow the flow, beyond the radius [4 times the longest prediction]");
  table.add("tolerance", &options.tolerance,
            "relative error of a step of the flow, 1e-14 .. 0.1 [1e-10]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/escape]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

EscapeStudyOptions effective(EscapeStudyOptions options) {
  options.problem = effective(options.problem);
  require_objectives(options.objectives);
  const std::string& direction = options.direction;
  require_known("--direction", {"auto", "eigenvector", "order"}, direction);
  const auto positive = [](const char* flag, const std::optional<double>& value) {
    require(!value || (*value > 0 && std::isfinite(*value)), "{}: expected > 0, got {}", flag,
            value.value_or(0));
  };
  positive("--epsilon", options.epsilon);
  positive("--radius", options.radius);
  positive("--duration", options.duration);
  require(!options.epsilon || !options.radius || *options.epsilon < *options.radius,
          "--epsilon: expected below --radius {}, got {}", options.radius.value_or(0),
          options.epsilon.value_or(0));
  require(options.tolerance >= 1e-14 && options.tolerance <= 0.1,
          "--tolerance: expected 1e-14 to 0.1, got {}", options.tolerance);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

EscapeStudyResult escape_study(const EscapeStudyOptions& given,
                               const std::function<void(const std::string&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const EscapeStudyOptions options = effective(given);
  EscapeStudyResult result;
  result.problem = make_problem(options.problem);
  const Network& network = result.problem.network;
  const auto n = static_cast<Index>(options.objectives.size());
  result.objectives.resize(options.objectives.size());
  const std::vector<std::string> names = objective_names(options.objectives, network);
  WorkProgress line(progress);
  line.tell("classifying", 0);
  constexpr double kTimed = 3;  // a duration of three predictions, of which one should do
  FlowsProgress timed(line, "timing the escape", names, kTimed);
  parallel_for(n, [&](Index i) {
    ObjectiveEscape& out = result.objectives[static_cast<std::size_t>(i)];
    out.objective = names[static_cast<std::size_t>(i)];
    const Place place(out.objective, result.problem);
    ClassifyOptions classify_options;
    classify_options.seed = options.problem.seed;
    out.classification =
        classify_point(out.objective, result.problem, network.theta, classify_options);
    const auto ray = choose_ray(place, network.theta, options.direction, out);
    if (!ray) return;
    EscapeTimeOptions timing;
    timing.radius = options.radius.value_or(0);
    timing.epsilon = options.epsilon.value_or(0);
    timing.flow.tolerance = options.tolerance;
    timing.flow.progress = timed.of(i);
    out.escape = place.time(*ray, timing);
  });
  for (const ObjectiveEscape& one : result.objectives)
    if (one.escape) result.duration = std::max(result.duration, 4 * one.escape->predicted);
  if (options.duration) result.duration = *options.duration;
  WorkProgress way_line(progress);
  FlowsProgress followed(way_line, "following the flow", names, 1);
  parallel_for(n, [&](Index i) {
    ObjectiveEscape& out = result.objectives[static_cast<std::size_t>(i)];
    if (!out.escape) return;
    const Place place(out.objective, result.problem);
    FlowOptions flow;
    flow.duration = result.duration;
    flow.tolerance = options.tolerance;
    flow.gradient_tolerance = 0;
    flow.records = 400;
    flow.progress = followed.of(i);
    // A tenth of random noise: the ray may lie in an invariant subspace (at the origin all layers
    // but one stay zero), which no real training keeps to.
    RandomStream stream(options.problem.seed, "escape noise");
    Vector noise = stream.normal_matrix(out.escape->ray.direction.size(), 1);
    noise *= 0.1 / noise.norm();
    out.way = place.flow(out.escape->epsilon * (out.escape->ray.direction + noise), flow);
  });
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace saddlescope::analysis
