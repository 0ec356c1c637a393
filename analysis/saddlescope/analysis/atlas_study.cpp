#include "saddlescope/analysis/atlas_study.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/hessian/linear_enclosure.hpp"
#include "saddlescope/saddle/fingerprint.hpp"

namespace saddlescope::analysis {
namespace {

using Clock = std::chrono::steady_clock;

constexpr LinearObjective kObjectives[] = {LinearObjective::kMse, LinearObjective::kEnergy};

AtlasVerdict keep(Classification&& found, std::vector<Certificate>& certificates) {
  AtlasVerdict kept;
  kept.verdict = found.verdict;
  kept.reason = found.reason;
  kept.value = found.value;
  kept.is_global = found.is_global;
  kept.gradient_norm = found.gradient_norm;
  kept.hessian_norm = found.hessian_norm;
  kept.curvature_scale = found.curvature_scale;
  kept.inertia = found.inertia;
  kept.symmetry_nullity = found.symmetry_nullity;
  kept.excess_nullity = found.excess_nullity;
  kept.lambda_min = found.lambda_min;
  kept.escape_order = found.escape_order;
  kept.decided_in_quad = found.decided_in_quad;
  if (found.certificate) {
    kept.certificate = static_cast<Index>(certificates.size());
    certificates.push_back(std::move(*found.certificate));
  }
  return kept;
}

// Classes modulo the objective's symmetry, among the points of one family.
void group_orbits(const AtlasProblem& problem, std::vector<AtlasRecord>& records) {
  std::map<std::string, std::vector<std::size_t>> families;
  for (std::size_t i = 0; i < records.size(); ++i)
    families[problem.points[i].built.family].push_back(i);
  const Architecture& net = problem.network.architecture;
  for (const auto& family : families) {
    for (std::size_t objective = 0; objective < 2; ++objective) {
      std::vector<Fingerprint> prints;
      for (const std::size_t i : family.second) {
        const Vector& theta = problem.points[i].built.theta;
        // What constructing a point by a few products leaves.
        const double error = 1e-13 * theta.norm();
        prints.push_back(objective == 0 ? general_linear_fingerprint(net, theta, error)
                                        : orthogonal_fingerprint(net, theta, error));
      }
      const std::vector<Index> groups = group_by_orbit(prints);
      for (std::size_t k = 0; k < groups.size(); ++k)
        records[family.second[k]].under[objective].orbit = groups[k];
    }
  }
}

std::vector<AtlasRecord> classify_problem(const AtlasProblem& problem, Index number,
                                          const AtlasOptions& options,
                                          std::vector<Certificate>& certificates) {
  ClassifyOptions classify_options;
  classify_options.max_order = std::max(options.max_order, problem.depth);
  classify_options.seed = options.seed;
  std::vector<AtlasRecord> records(problem.points.size());
  for (std::size_t objective = 0; objective < 2; ++objective) {
    // A few samples: left as they are, so that moments that vanish exactly stay zero.
    const LinearLandscape landscape(kObjectives[objective], problem.network.architecture,
                                    problem.data, {.compress = false, .input_span = false});
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i].problem = number;
      records[i].point = static_cast<Index>(i);
      records[i].rank = problem.points[i].built.rank;
      records[i].under[objective] =
          keep(classify(landscape, problem.points[i].built.theta, classify_options), certificates);
    }
  }
  group_orbits(problem, records);
  return records;
}

bool strict_or_open(const AtlasVerdict& verdict) {
  return verdict.verdict == PointVerdict::kStrictSaddle ||
         verdict.verdict == PointVerdict::kUndecided;
}

// What the construction foretold, against what was found.
void compare_prediction(const AtlasRecord& record, const Prediction& foretold, std::size_t which,
                        bool orbit, Index index, AtlasResult& result) {
  const AtlasVerdict& found = record.under[which];
  const char* objective = which == 0 ? "loss" : "energy";
  const auto violated = [&](const std::string& text) {
    result.violations.push_back({index, fmt::format("{}: {}", objective, text)});
  };
  if (found.verdict == PointVerdict::kUndecided) return;
  if (foretold.critical != found.critical()) {
    violated(foretold.critical ? "critical by construction, but " + found.reason
                               : "critical, though the construction is not");
    return;
  }
  if (!found.critical()) return;
  // The value is kept along the orbit; what curvature theory foretells is kept by the loss only.
  if (foretold.value &&
      std::abs(found.value - *foretold.value) > 1e-10 * std::max(1.0, std::abs(found.value)))
    violated(fmt::format("value {:.17g}, foretold {:.17g}", found.value, *foretold.value));
  if (orbit && which == 1) return;
  if (foretold.negative_curvature && *foretold.negative_curvature != (found.inertia.n_negative > 0))
    violated(fmt::format("{} negative eigenvalues, foretold {}", found.inertia.n_negative,
                         *foretold.negative_curvature ? "some" : "none"));
  if (foretold.lambda_min_at_most &&
      found.lambda_min > *foretold.lambda_min_at_most + 1e-12 * found.hessian_norm)
    violated(fmt::format("lambda_min {:.17g} above its bound {:.17g}", found.lambda_min,
                         *foretold.lambda_min_at_most));
}

// What is proved of a point that is no strict saddle: how nearly it is critical, and that F* > 0.
std::string enclosed(const AtlasProblem& problem, const AtlasPoint& point) {
  const EnclosedData data = enclose_data(problem.data);
  const LinearEnclosure enclosure(LinearObjective::kEnergy, problem.network.architecture, data,
                                  point.built.theta);
  if (!enclosure.summary().ok()) return enclosure.summary().message;
  return fmt::format("proved: |gradient| <= {:.2g}, F* >= {:.6g}",
                     enclosure.gradient_norm().upper(), enclosure.value().lower());
}

void judge(AtlasResult& result) {
  for (std::size_t i = 0; i < result.records.size(); ++i) {
    const AtlasRecord& record = result.records[i];
    const auto index = static_cast<Index>(i);
    const AtlasProblem& problem = result.problems[static_cast<std::size_t>(record.problem)];
    const AtlasPoint& point = problem.points[static_cast<std::size_t>(record.point)];
    compare_prediction(record, point.built.mse, 0, point.orbit, index, result);
    compare_prediction(record, point.built.energy, 1, point.orbit, index, result);
    for (std::size_t which = 0; which < 2; ++which)
      if (record.under[which].verdict == PointVerdict::kUndecided)
        result.undecided.push_back({index, fmt::format("{}: {}", which == 0 ? "loss" : "energy",
                                                       record.under[which].reason)});
    const AtlasVerdict& energy = record.under[1];
    if (!energy.critical() || energy.is_global || strict_or_open(energy)) continue;
    const std::string text = fmt::format("{}, F* = {:.6g}: {}; {}", name(energy.verdict),
                                         energy.value, energy.reason, enclosed(problem, point));
    if (problem.hypothesis != StrictnessHypothesis::kNone)
      result.violations.push_back({index, "strictness theorem: " + text});
    else
      result.counterexamples.push_back({index, text});
  }
}

}  // namespace

OptionTable describe(AtlasOptions& options) {
  OptionTable table;
  table.add("depths", &options.depths, "numbers of layers L, each 2 to 12 [2,3,4,5,6]");
  table.add("kinds", &options.kinds, "kinds of data: realisable, noisy, uncorrelated [all three]");
  table.add("problems", &options.problems,
            "networks with data drawn per depth and kind of data, >= 1 [26]");
  table.add("points", &options.points, "critical points per family and problem, >= 1 [6]");
  table.add("max-width", &options.max_width, "largest hidden width, 2 to 64 [8]");
  table.add("orbit-condition", &options.orbit_condition,
            "condition number of the group elements that move every second point, >= 1 [4]");
  table.add(
      "max-order", &options.max_order,
      "highest order at which a descent is searched at degenerate points, 2 to 32; L is always "
      "tried [8]");
  table.add("seed", &options.seed, "seed of every random draw, >= 0 [0]");
  table.add("no-check", &options.no_check, "do not replay the certificates after writing them",
            OptionRole::kRun);
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/atlas]", OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

AtlasOptions effective(AtlasOptions options) {
  require(!options.depths->empty(), "--depths: expected at least one number of layers");
  for (const Index depth : *options.depths)
    require(depth >= 2 && depth <= 12, "--depths: expected 2 to 12, got {}", depth);
  for (const Index depth : *options.depths)
    require(std::count(options.depths->begin(), options.depths->end(), depth) == 1,
            "--depths: expected each once, got {} twice", depth);
  require(!options.kinds.empty(), "--kinds: expected at least one kind of data");
  for (const std::string& kind : options.kinds)
    require_known("--kinds", {"realisable", "noisy", "uncorrelated"}, kind);
  for (const std::string& kind : options.kinds)
    require(std::count(options.kinds.begin(), options.kinds.end(), kind) == 1,
            "--kinds: expected each once, got {} twice", kind);
  require(options.problems >= 1, "--problems: expected >= 1, got {}", options.problems);
  require(options.points >= 1, "--points: expected >= 1, got {}", options.points);
  require(options.max_width >= 2 && options.max_width <= 64,
          "--max-width: expected 2 to 64, got {}", options.max_width);
  require(std::isfinite(options.orbit_condition) && options.orbit_condition >= 1,
          "--orbit-condition: expected >= 1, got {}", options.orbit_condition);
  require(options.max_order >= 2 && options.max_order <= 32,
          "--max-order: expected 2 to 32, got {}", options.max_order);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

AtlasResult atlas_study(const AtlasOptions& given,
                        const std::function<void(const std::string&)>& progress) {
  const Clock::time_point start = Clock::now();
  const AtlasOptions options = effective(given);
  std::vector<AtlasDraw> draws;
  for (const Index depth : *options.depths)
    for (const std::string& kind : options.kinds)
      for (Index number = 0; number < options.problems; ++number)
        draws.push_back({depth, kind, number, options.max_width, options.points,
                         options.orbit_condition, options.seed});
  AtlasResult result;
  result.problems = counterexample_problems();
  const auto fixed = static_cast<Index>(result.problems.size());
  const Index n = fixed + static_cast<Index>(draws.size());
  result.problems.resize(static_cast<std::size_t>(n));
  result.certificates.resize(static_cast<std::size_t>(n));
  std::vector<std::vector<AtlasRecord>> records(static_cast<std::size_t>(n));

  std::mutex lock;
  Index done = 0, points = 0;
  parallel_for(n, [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    if (i >= fixed) result.problems[k] = draw_problem(draws[static_cast<std::size_t>(i - fixed)]);
    records[k] = classify_problem(result.problems[k], i, options, result.certificates[k]);
    if (!progress) return;
    const std::lock_guard guard(lock);
    points += static_cast<Index>(records[k].size());
    ++done;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    progress(fmt::format("{} of {} problems, {} points, {:.0f} s left", done, n, points,
                         seconds / static_cast<double>(done) * static_cast<double>(n - done)));
  });
  for (auto& some : records) result.records.insert(result.records.end(), some.begin(), some.end());
  judge(result);
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

std::string describe(const AtlasResult& result, const AtlasRecord& record) {
  const AtlasProblem& problem = result.problems[static_cast<std::size_t>(record.problem)];
  const AtlasPoint& point = problem.points[static_cast<std::size_t>(record.point)];
  const Architecture& net = problem.network.architecture;
  const bool skips = std::any_of(net.skips.begin(), net.skips.end(), [](int s) { return s != 0; });
  return fmt::format("{}, {}, {}{}, {} data{}", point.built.family, fmt::join(net.widths, "-"),
                     problem.network.parameterisation, skips ? ", skips" : "", problem.kind,
                     point.orbit ? ", moved along its orbit" : "");
}

}  // namespace saddlescope::analysis
