#include "saddlescope/analysis/train_files.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::optional<double> last(const TrainLog& log, const std::string& run, const std::string& column) {
  const auto series = log.series(run, column);
  if (series.empty()) return std::nullopt;
  return series.back().value;
}

// /<run>/<quantity>: update, epoch and value, the last of layers a column each.
void write_log(const fs::path& file, const TrainResult& result) {
  Hdf5Writer writer(file);
  for (const RunState& run : result.state.runs)
    for (const auto& [quantity, layers] : result.log.columns()) {
      const auto first =
          result.log.series(run.algorithm, column_name(quantity, layers == 0 ? 0 : 1));
      if (first.empty()) continue;
      const std::string group = fmt::format("/{}/{}", run.algorithm, quantity);
      const auto n = static_cast<Index>(first.size());
      Vector update(n), epoch(n);
      Matrix value(n, std::max(layers, Index{1}));
      for (Index c = 0; c < value.cols(); ++c) {
        const auto series =
            result.log.series(run.algorithm, column_name(quantity, layers == 0 ? 0 : c + 1));
        for (Index i = 0; i < n; ++i) {
          const TrainLog::Entry& entry = series[static_cast<std::size_t>(i)];
          update[i] = static_cast<double>(entry.update);
          epoch[i] = entry.epoch;
          value(i, c) = entry.value;
        }
      }
      writer.vector(group + "/update", update);
      writer.vector(group + "/epoch", epoch);
      if (layers == 0) {
        writer.vector(group + "/value", value.col(0));
      } else {
        writer.matrix(group + "/value", value);
      }
    }
  writer.commit();
}

Json to_json(const TrainResult& result, std::size_t i) {
  const RunState& run = result.state.runs[i];
  Json json;
  for (const char* column : {"test_accuracy", "train_accuracy", "train_loss", "test_loss"})
    json[column] = number(last(result.log, run.algorithm, column));
  json["seconds"] = run.seconds;
  json["seconds_per_update"] = number(result.seconds_per_update[i]);
  json["gemm_multiple"] = number(result.gemm_multiple[i]);
  json["updates"] = run.updates;
  json["finite"] = run.summary.ok();
  json["message"] = run.summary.message;
  return json;
}

}  // namespace

std::vector<std::string> write_train(const TrainResult& result, const TrainOptions& given,
                                     const fs::path& folder) {
  TrainOptions options = effective(given);
  Network network = result.problem.problem.network;
  fs::remove(folder / "network_bp.h5");
  for (std::size_t i = 0; i < result.state.runs.size(); ++i) {
    network.theta = result.state.runs[i].theta;
    write_network(folder / (i == 0 ? "network.h5" : "network_bp.h5"), network);
  }
  write_dataset(folder / "data.h5", result.problem.train);
  write_dataset(folder / "test_data.h5", result.problem.test);
  write_log(folder / "log.h5", result);
  Json json;
  json["options"] = describe(options).to_json();
  json["data"] = {{"name", result.problem.problem.data.name},
                  {"train_samples", result.problem.train.n_samples()},
                  {"test_samples", result.problem.test.n_samples()},
                  {"train_checksum", checksum(result.problem.train)},
                  {"test_checksum", checksum(result.problem.test)}};
  json["parameters"] = result.problem.problem.network.architecture.n_parameters();
  for (std::size_t i = 0; i < result.state.runs.size(); ++i)
    json["algorithms"][result.state.runs[i].algorithm] = to_json(result, i);
  json["resumed_at_update"] = result.resumed_at;
  std::vector<std::string> warnings;
  for (const RunState& run : result.state.runs)
    if (!run.summary.ok())
      warnings.push_back(fmt::format("{} stopped: {}", run.algorithm, run.summary.message));
  std::vector<std::string> names = {"train"};
  names.insert(names.end(), std::begin(kProbeFigures), std::end(kProbeFigures));
  for (const std::string& why : redraw(folder, names, !options.no_figures, [&] {
         std::vector<Figure> figures = probe_figures(result);
         figures.insert(figures.begin(), train_figure(result));
         return figures;
       }))
    warnings.push_back(why);
  return write_record(folder / "summary.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
