#include "saddlescope/analysis/search_study.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <utility>

#include <Eigen/SVD>
#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/search_keeper.hpp"
#include "saddlescope/analysis/search_state.hpp"
#include "saddlescope/analysis/work_progress.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"
#include "saddlescope/network/initialise.hpp"
#include "saddlescope/saddle/fingerprint.hpp"
#include "saddlescope/saddle/gradient_flow.hpp"

namespace saddlescope::analysis {
namespace {

constexpr std::chrono::milliseconds kPause(500);  // between two writes of a slow search

Vector start_weights(const SearchStudyOptions& options, const Network& network, Index start,
                     double scale) {
  InitialiseOptions init;
  const std::string& known = network.parameterisation;
  const bool scaled = known == "ntp" || known == "mupc";
  if (scaled) init.parameterisation = parse_parameterisation(known);
  init.kind = parse_initialisation(options.problem.init.value_or(scaled ? "normal" : "uniform"));
  init.sigma = options.problem.init_scale.value_or(1) * scale;
  RandomStream stream(options.problem.seed, fmt::format("search start {}", start));
  return initialise(network.architecture, init, stream);
}

// The start after a random time of gradient flow, log-uniform in [T/1000, T]: trained networks pass
// near saddles that random weights are far from.
Vector follow_flow(const SearchStudyOptions& options, const Objective<double>& objective,
                   Index start, const Vector& theta, const std::function<void(double)>& progress) {
  if (options.flow_time == 0) return theta;
  RandomStream stream(options.problem.seed, fmt::format("search flow time {}", start));
  FlowOptions flow;
  flow.duration = options.flow_time * std::pow(1000, -stream.uniform(0, 1));
  flow.tolerance = 1e-5;
  flow.records = 1;
  flow.progress = progress;
  return gradient_flow(objective, Vector::Zero(theta.size()), theta, flow).theta;
}

// All that the numbers of a start depend on, whatever the number of starts.
std::string config_of(SearchStudyOptions options, const Problem& problem) {
  nlohmann::ordered_json json = describe(options).to_json();
  json.erase("starts");
  json["data_checksum"] = checksum(problem.data);
  return json.dump();
}

// The distance to the critical manifold that the gradient leaves, to first order: |g| over the
// least eigenvalue that is not zero.
double theta_error(const Classification& one) {
  double least = one.hessian_norm;
  for (const double value : one.eigenvalues)
    if (std::abs(value) > one.zero_threshold) least = std::min(least, std::abs(value));
  return least > 0 ? one.gradient_norm / least : 0;
}

// The rank of A_{L:1}: singular values above 1e-6 of the product of the maps' norms, none of them
// taken below |theta|/sqrt(L), as a map that should be zero holds rounding; -1 if one lies between
// 1e-9 and 1e-6 of it.
Index rank_of_map(const Architecture& net, const Vector& theta) {
  const std::vector<Matrix> maps = effective_maps(net, theta);
  Matrix product = maps.front();
  const double least = theta.norm() / std::sqrt(static_cast<double>(maps.size()));
  double size = std::max(maps.front().norm(), least);
  for (std::size_t l = 1; l < maps.size(); ++l) {
    product = (maps[l] * product).eval();
    size *= std::max(maps[l].norm(), least);
  }
  const Vector values = Eigen::JacobiSVD<Matrix>(product).singularValues();
  const Index above = (values.array() > 1e-6 * size).count();
  const Index above_noise = (values.array() > 1e-9 * size).count();
  return above == above_noise ? above : -1;
}

void compare(const Architecture& net, const ReducedProblem<double>& reduced,
             ObjectiveSearch& search) {
  std::vector<Fingerprint> prints;
  std::vector<SearchRecord*> points;
  for (SearchRecord& record : search.records) {
    if (!record.verdict || !record.verdict->examined()) continue;
    const Vector theta = reduced.lift(record.search.theta);
    const double error = theta_error(*record.verdict);
    const Fingerprint general = general_linear_fingerprint(net, theta, error);
    record.rank = rank_of_map(net, theta);
    prints.push_back(is_loss(search.objective) ? general
                                               : orthogonal_fingerprint(net, theta, error));
    points.push_back(&record);
  }
  const std::vector<Index> groups = group_by_orbit(prints);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i]->orbit = groups[i];
    search.n_orbits = std::max(search.n_orbits, groups[i] + 1);
  }
}

}  // namespace

OptionTable describe(SearchStudyOptions& options) {
  OptionTable table;
  describe(options.problem, table, "init");
  table.add("starts", &options.starts, "number of random starts under each objective, >= 1 [200]");
  table.add("start-scales", &options.start_scales,
            "factors on --init-scale that the starts take in turn, > 0 [0.1,0.3,1]");
  table.add("flow-time", &options.flow_time,
            "follow gradient flow from the random weights up to this time, log-uniform down to a "
            "thousandth of it, before the search; 0: do not, >= 0 [20]");
  table.add("method", &options.method,
            "newton-mr, gradient-norm or eigenvector-following [newton-mr]");
  table.add("index", &options.index,
            "number of directions to ascend along, eigenvector-following only, >= 0 [0]");
  table.add("max-iterations", &options.max_iterations, "limit on the steps of a search [1000]");
  table.add("objective", &options.objectives, "mse, energy or both [mse,energy]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out,
            "folder for the results; the same command continues what it holds [out/search]",
            OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

SearchStudyOptions effective(SearchStudyOptions options) {
  require(!options.problem.point || *options.problem.point == "init",
          "--point: a search starts from random weights; expected init or nothing, got '{}'",
          options.problem.point.value_or(""));
  options.problem.point = "init";
  options.problem = effective(options.problem);
  require_objectives(options.objectives);
  require(options.problem.init != "zero",
          "--init zero: all starts would be the origin; expected another initialiser");
  require(options.starts >= 1, "--starts: expected >= 1, got {}", options.starts);
  require(!options.start_scales.empty(), "--start-scales: expected at least one factor, got none");
  for (const double scale : options.start_scales)
    require(scale > 0 && std::isfinite(scale), "--start-scales: expected factors > 0, got {}",
            scale);
  require(options.flow_time >= 0 && std::isfinite(options.flow_time),
          "--flow-time: expected >= 0, got {}", options.flow_time);
  const SearchMethod method = parse_search_method(options.method);
  require(!options.index || method == SearchMethod::kEigenvectorFollowing,
          "--index: only --method eigenvector-following has a target, got --method {}",
          options.method);
  require(!options.index || *options.index >= 0, "--index: expected >= 0, got {}",
          options.index.value_or(0));
  require(options.max_iterations >= 1 && options.max_iterations <= 1000000,
          "--max-iterations: expected 1 to 1000000, got {}", options.max_iterations);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

Index count(const ObjectiveSearch& search, SearchEnd end) {
  return std::count_if(search.records.begin(), search.records.end(),
                       [&](const SearchRecord& record) { return record.search.end == end; });
}

SearchStudyResult search_study(const SearchStudyOptions& given, const std::filesystem::path& state,
                               const std::function<void(const std::string&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const SearchStudyOptions options = effective(given);
  SearchStudyResult result;
  result.problem = make_problem(options.problem);
  const Network& network = result.problem.network;
  const ReducedProblem<double> reduced(network.architecture, result.problem.data,
                                       exact_reductions(network));
  const std::string config = config_of(options, result.problem);
  result.objectives = read_search_state(state, config, objective_names(options.objectives, network),
                                        reduced.architecture().n_parameters());
  SearchOptions search_options;
  search_options.method = parse_search_method(options.method);
  search_options.index = options.index.value_or(0);
  search_options.max_iterations = static_cast<int>(options.max_iterations);
  WorkProgress line(progress);
  Index total = 0;
  std::atomic<Index> ended = 0;
  for (const ObjectiveSearch& search : result.objectives)
    total += std::max<Index>(0, options.starts - static_cast<Index>(search.records.size()));
  for (ObjectiveSearch& search : result.objectives) {
    const auto objective = problem_objective(search.objective, result.problem, reduced);
    // Also while a start is under way: one can take minutes.
    const auto tell = [&](const std::string& now) {
      const Index so_far = ended;
      line.tell(
          fmt::format("{}: {} of {} searches done now{}", search.objective, so_far, total, now),
          static_cast<double>(so_far) / static_cast<double>(std::max<Index>(1, total)));
    };
    tell("");
    const auto done = static_cast<Index>(search.records.size());
    result.resumed += std::min(done, options.starts);
    SearchKeeper keeper(
        search.records, [&] { write_search_state(state, config, result.objectives); }, kPause);
    parallel_for(std::max<Index>(0, options.starts - done), [&](Index i) {
      SearchRecord record;
      record.start = done + i;
      record.scale =
          options
              .start_scales[static_cast<std::size_t>(record.start) % options.start_scales.size()];
      const Vector theta =
          reduced.reduce(start_weights(options, network, record.start, record.scale));
      const auto flows = [&](double share) {
        tell(fmt::format(", start {} flows: {:.0f} %", record.start + 1, 100 * share));
      };
      const Vector from = follow_flow(options, *objective, record.start, theta, flows);
      tell(fmt::format(", start {} searches", record.start + 1));
      record.search = search_critical_point(*objective, from, search_options);
      keeper.keep(std::move(record));
      ++ended;
      tell("");
    });
    keeper.finish();
    search.records.resize(static_cast<std::size_t>(options.starts));
  }
  for (ObjectiveSearch& search : result.objectives) {
    WorkProgress verdicts(progress);
    const Index critical = count(search, SearchEnd::kCritical);
    std::atomic<Index> judged = 0;
    parallel_for(options.starts, [&](Index i) {
      SearchRecord& record = search.records[static_cast<std::size_t>(i)];
      if (record.search.end != SearchEnd::kCritical) return;
      ClassifyOptions classify_options;
      classify_options.seed = options.problem.seed;
      record.verdict = classify_point(search.objective, result.problem,
                                      reduced.lift(record.search.theta), classify_options);
      const Index so_far = ++judged;
      verdicts.tell(fmt::format("{}: {} of {} critical points classified", search.objective, so_far,
                                critical),
                    static_cast<double>(so_far) / static_cast<double>(critical));
    });
    if (has_closed_form(network)) compare(network.architecture, reduced, search);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace saddlescope::analysis
