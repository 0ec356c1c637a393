#include "saddlescope/analysis/train_seeds.hpp"

#include <chrono>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/train_files.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

TrainOptions options_of(const TrainOptions& all, Index k, const fs::path& folder) {
  TrainOptions one = all;
  one.seeds = 1;
  one.problem.seed += static_cast<std::uint64_t>(k);
  const fs::path place = folder / fmt::format("seed-{}", one.problem.seed);
  one.out = place.string();
  one.resume = !all.resume.empty() && fs::exists(place / "checkpoint.h5") ? one.out : "";
  return one;
}

// The summary of a seed that was trained to its end with these options on the same data.
std::optional<Json> finished(const TrainOptions& options) {
  const fs::path file = fs::path(options.out) / "summary.json";
  if (!fs::exists(file)) return std::nullopt;
  Json json = Json::parse(read_text(file), nullptr, false);
  TrainOptions effective_options = effective(options);
  if (json.is_discarded() || !json.contains("options") ||
      json.at("options") != describe(effective_options).to_json())
    return std::nullopt;
  const TrainProblem problem = make_train_problem(options);
  const auto& data = json.at("data");
  require(
      data.at("train_checksum") == checksum(problem.train) &&
          data.at("test_checksum") == checksum(problem.test),
      "{}: expected the data of checksums {} and {}, found others: the run began with other data",
      file.string(), data.at("train_checksum").dump(), data.at("test_checksum").dump());
  return json;
}

SeedRun run_seed(const TrainOptions& options, std::vector<std::string>& warnings,
                 const std::function<void(const std::string&)>& progress) {
  const fs::path folder = options.out;
  SeedRun out;
  out.seed = options.problem.seed;
  if (auto summary = finished(options)) {
    out.summary = std::move(*summary);
  } else {
    out.trained_now = true;
    fs::create_directories(folder);
    fs::remove(folder / "summary.json");
    const TrainResult result = train_study(options, folder, progress);
    write_train(result, options, folder);
    out.summary = Json::parse(read_text(folder / "summary.json"));
  }
  for (const Json& warning : out.summary.at("warnings"))
    warnings.push_back(fmt::format("seed {}: {}", out.seed, warning.get<std::string>()));
  out.log = read_csv(folder / "log.csv", true);
  return out;
}

// Of the seeds in which each of `algorithms` ended finite: the quantity of each.
std::vector<std::vector<double>> ends(const SeedsResult& result,
                                      const std::vector<std::string>& algorithms,
                                      const std::string& quantity) {
  std::vector<std::vector<double>> out(algorithms.size());
  for (const SeedRun& run : result.seeds) {
    std::vector<double> values;
    for (const std::string& algorithm : algorithms) {
      const Json& runs = run.summary.at("algorithms");
      if (!runs.contains(algorithm)) continue;
      const Json& one = runs.at(algorithm);
      if (one.at("finite") == true && one.at(quantity).is_number())
        values.push_back(one.at(quantity).get<double>());
    }
    if (values.size() < algorithms.size()) continue;
    for (std::size_t i = 0; i < values.size(); ++i) out[i].push_back(values[i]);
  }
  return out;
}

}  // namespace

std::optional<Json> read_seeds_config(const fs::path& folder) {
  const fs::path file = folder / kSeedsState;
  if (!fs::exists(file)) return std::nullopt;
  const Json json = Json::parse(read_text(file), nullptr, false);
  require(!json.is_discarded() && json.contains("options") && json.at("options").is_object(),
          "{}: expected the options of a training run, found something else", file.string());
  return json.at("options");
}

SeedsResult train_seeds(const TrainOptions& given, const fs::path& folder,
                        const std::function<void(const std::string&)>& progress) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  TrainOptions options = effective(given);
  require(options.seeds >= 2, "seeds: expected >= 2, got {}", options.seeds);
  if (options.resume.empty()) {
    fs::remove(folder / "checkpoint.h5");
    fs::remove(folder / "summary.json");
    for (Index k = 0; k < options.seeds; ++k)
      for (const char* file : {"summary.json", "checkpoint.h5"})
        fs::remove(fs::path(options_of(options, k, folder).out) / file);
  }
  write_text(folder / kSeedsState, Json{{"options", describe(options).to_json()}}.dump(2) + "\n");

  SeedsResult result;
  const TrainProblem problem = make_train_problem(options_of(options, 0, folder));
  result.data_title = data_title(problem.problem);
  result.network_title = network_title(problem.problem);
  result.batch = batch_size(options, problem.train.n_samples());
  for (Index k = 0; k < options.seeds; ++k) {
    std::function<void(const std::string&)> show;
    if (progress)
      show = [&](const std::string& text) {
        progress(fmt::format("seed {} of {}: {}", k + 1, options.seeds, text));
      };
    result.seeds.push_back(run_seed(options_of(options, k, folder), result.warnings, show));
  }
  for (const auto& [algorithm, run] : result.seeds.front().summary.at("algorithms").items())
    result.algorithms.push_back(algorithm);
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

std::optional<Estimate> seeds_mean(const SeedsResult& result, const std::string& algorithm,
                                   const std::string& quantity) {
  const auto values = ends(result, {algorithm}, quantity);
  if (values[0].empty()) return std::nullopt;
  return mean_estimate(values[0]);
}

std::optional<Estimate> seeds_difference(const SeedsResult& result, const std::string& quantity) {
  const auto values = ends(result, {"pc", "bp"}, quantity);
  if (values[0].empty()) return std::nullopt;
  return paired_difference(values[0], values[1]);
}

}  // namespace saddlescope::analysis
