#include <array>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/analysis/train_seeds.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kQuantities = {"test_accuracy", "train_accuracy", "test_loss", "train_loss"};
constexpr std::array kCosts = {"seconds", "seconds_per_update", "gemm_multiple"};

Json estimate_or_null(const std::optional<Estimate>& estimate) {
  return estimate ? estimate_json(*estimate) : Json();
}

// Means stand where a single run has its numbers.
Json algorithm_json(const SeedsResult& result, const std::string& algorithm) {
  Json json, estimates, each;
  Index finite = 0;
  const auto add = [&](const char* quantity) {
    const auto mean = seeds_mean(result, algorithm, quantity);
    json[quantity] = mean ? Json(mean->value) : Json();
    estimates[quantity] = estimate_or_null(mean);
    for (const SeedRun& run : result.seeds)
      each[quantity].push_back(run.summary.at("algorithms").at(algorithm).at(quantity));
  };
  for (const char* quantity : kQuantities) add(quantity);
  for (const char* quantity : kCosts) add(quantity);
  for (const SeedRun& run : result.seeds)
    if (run.summary.at("algorithms").at(algorithm).at("finite") == true) ++finite;
  json["finite"] = finite == static_cast<Index>(result.seeds.size());
  json["finite_seeds"] = finite;
  json["estimates"] = std::move(estimates);
  json["each"] = std::move(each);
  return json;
}

CsvTable table_of(const SeedsResult& result) {
  CsvTable table;
  table.header = {"seed", "algorithm"};
  for (const char* quantity : kQuantities) table.header.emplace_back(quantity);
  for (const char* quantity : kCosts) table.header.emplace_back(quantity);
  table.header.insert(table.header.end(), {"updates", "finite"});
  for (const SeedRun& run : result.seeds)
    for (const std::string& algorithm : result.algorithms) {
      const Json& one = run.summary.at("algorithms").at(algorithm);
      std::vector<std::string> row = {std::to_string(run.seed), algorithm};
      for (std::size_t i = 2; i + 2 < table.header.size(); ++i) {
        const Json& value = one.at(table.header[i]);
        row.push_back(value.is_number() ? csv_number(value.get<double>()) : "");
      }
      row.push_back(one.at("updates").dump());
      row.emplace_back(one.at("finite") == true ? "1" : "0");
      table.rows.push_back(std::move(row));
    }
  return table;
}

}  // namespace

std::string train_seeds_text(const SeedsResult& result, const TrainOptions& options) {
  std::string text = fmt::format(
      "data     {}\nnetwork  {}\nupdate   {} at {:g}, {}, batches of {}\n\n  {:<22}{:>30}{:>30}\n",
      result.data_title, result.network_title, options.optimiser, *options.learning_rate,
      options.schedule, result.batch, "mean of seeds [95 %]", result.algorithms.front(),
      result.algorithms.size() > 1 ? result.algorithms.back() : "");
  const bool twins = result.algorithms.size() > 1;
  const auto line = [&](const char* label, const char* quantity, double factor,
                        const char* format) {
    text += fmt::format("  {:<22}", label);
    for (const std::string& algorithm : result.algorithms) {
      const auto mean = seeds_mean(result, algorithm, quantity);
      text += fmt::format("{:>30}", mean ? estimate_text(*mean, format, factor) : "-");
    }
    text += "\n";
  };
  line("test accuracy (%)", "test_accuracy", 100, "{:.2f}");
  line("training accuracy (%)", "train_accuracy", 100, "{:.2f}");
  line("test loss", "test_loss", 1, "{:.4g}");
  line("training loss", "train_loss", 1, "{:.4g}");
  // Seconds are what the machine did, no draw of a seed: a mean without an interval.
  text += fmt::format("  {:<22}", "seconds");
  for (const std::string& algorithm : result.algorithms) {
    const auto mean = seeds_mean(result, algorithm, "seconds");
    text += fmt::format("{:>30}", mean ? fmt::format("{:.3g}", mean->value) : "-");
  }
  text += "\n";
  text += fmt::format("\n  {:<22}{:>30}{:>30}\n", "test accuracy (%)", result.algorithms.front(),
                      twins ? result.algorithms.back() : "");
  Index trained = 0;
  for (const SeedRun& run : result.seeds) {
    trained += run.trained_now ? 1 : 0;
    text += fmt::format("  seed {:<17}", run.seed);
    for (const std::string& algorithm : result.algorithms) {
      const Json& one = run.summary.at("algorithms").at(algorithm);
      const Json& accuracy = one.at("test_accuracy");
      text += fmt::format("{:>30}", one.at("finite") != true ? "not finite"
                                    : accuracy.is_number()
                                        ? fmt::format("{:.2f}", 100 * accuracy.get<double>())
                                        : "-");
    }
    text += "\n";
  }
  if (trained < static_cast<Index>(result.seeds.size()))
    text += fmt::format("\n  {} of {} seeds were done before\n",
                        static_cast<Index>(result.seeds.size()) - trained, result.seeds.size());
  const auto say = [&](const char* label, const std::optional<Estimate>& difference, double factor,
                       const char* format, const char* unit) {
    if (!difference) return;
    text += fmt::format("\n  {}, PC - BP of the same seed: {}{}\n  ({:g} % interval, {}, n = {})\n",
                        label, estimate_text(*difference, format, factor), unit,
                        100 * difference->level, difference->method, difference->n);
  };
  if (!twins) return text;
  if (const auto accuracy = seeds_difference(result, "test_accuracy")) {
    say("test accuracy", accuracy, 100, "{:+.2f}", " percentage points");
  } else {
    say("test loss", seeds_difference(result, "test_loss"), 1, "{:+.4g}", "");
  }
  return text;
}

std::vector<std::string> write_train_seeds(const SeedsResult& result, const TrainOptions& given,
                                           const fs::path& folder) {
  TrainOptions options = effective(given);
  write_csv(folder / "seeds.csv", table_of(result));
  Json json;
  json["options"] = describe(options).to_json();
  for (const SeedRun& run : result.seeds) json["seeds"].push_back(run.seed);
  for (const std::string& algorithm : result.algorithms)
    json["algorithms"][algorithm] = algorithm_json(result, algorithm);
  if (result.algorithms.size() > 1)
    for (const char* quantity : kQuantities)
      json["difference_pc_minus_bp"][quantity] =
          estimate_or_null(seeds_difference(result, quantity));
  std::vector<std::string> warnings = result.warnings;
  for (const std::string& why : redraw(folder, {"seeds"}, !options.no_figures, [&] {
         return std::vector<Figure>{train_seeds_figure(result)};
       }))
    warnings.push_back(why);
  return write_record(folder / "summary.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
