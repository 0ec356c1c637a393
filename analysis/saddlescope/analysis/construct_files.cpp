#include <fmt/format.h>

#include "saddlescope/analysis/construct_study.hpp"
#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json json_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json objective_json(const Prediction& prediction, const ConstructMeasurement& measured) {
  return {{"value", measured.value},
          {"gradient_norm", measured.gradient_norm},
          {"gradient_bound", measured.gradient_bound},
          {"predicted",
           {{"critical", prediction.critical},
            {"value", json_or_null(prediction.value)},
            {"negative_curvature", json_or_null(prediction.negative_curvature)},
            {"lambda_min_at_most", json_or_null(prediction.lambda_min_at_most)},
            {"is_global", json_or_null(prediction.is_global)}}}};
}

std::string number_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.9g}", *value) : "open";
}

std::string answer_text(const std::optional<bool>& answer) {
  return !answer ? "open" : *answer ? "yes" : "no";
}

}  // namespace

std::string construct_text(const ConstructResult& result) {
  const ConstructedPoint& point = result.point;
  const auto row = [](const std::string& name, const std::string& mse, const std::string& energy) {
    return fmt::format("{:<24}{:>24}{:>24}\n", name, mse, energy);
  };
  const auto gradient = [](const ConstructMeasurement& m) {
    return fmt::format("{:.2e} (+- {:.1e})", m.gradient_norm, m.gradient_bound);
  };
  const Prediction& mse = point.mse;
  const Prediction& energy = point.energy;
  std::string text = fmt::format(
      "{}: {} samples, widths {}, {} parameters, rank {}\n", point.family, result.data.n_samples(),
      fmt::join(result.network.architecture.widths, "-"), result.network.theta.size(), point.rank);
  if (!point.note.empty()) text += point.note + "\n";
  text += row("", "loss (MSE)", "energy F*");
  text += row("value", number_text(result.mse.value), number_text(result.energy.value));
  text += row("  predicted", number_text(mse.value), number_text(energy.value));
  text += row("|gradient|", gradient(result.mse), gradient(result.energy));
  text += row("predicted:", "", "");
  text += row("  critical", answer_text(mse.critical), answer_text(energy.critical));
  text += row("  negative curvature", answer_text(mse.negative_curvature),
              answer_text(energy.negative_curvature));
  text += row("  lambda_min at most", number_text(mse.lambda_min_at_most),
              number_text(energy.lambda_min_at_most));
  text += row("  global minimum", answer_text(mse.is_global), answer_text(energy.is_global));
  return text;
}

void write_construction(const ConstructResult& result, const ConstructOptions& given,
                        const std::filesystem::path& folder) {
  ConstructOptions options = effective(given);
  Json config = {{"family", options.family}};
  if (options.problem.point) {
    config.update(describe(options).to_json());
  } else {
    // The family is its own data and architecture.
    const Json all = describe(options).to_json();
    for (const char* name : {"t", "w", "sigma", "d", "lambda-u", "lambda-v", "mu", "lambda",
                             "hidden-precision", "orbit-condition", "seed"})
      if (all.contains(name)) config[name] = all[name];
  }
  const Matrix weights = result.network.theta;
  const Architecture& net = result.network.architecture;
  Json json;
  json["family"] = result.point.family;
  json["note"] = result.point.note;
  json["options"] = config;
  json["rank"] = result.point.rank;
  json["objectives"] = {{"mse", objective_json(result.point.mse, result.mse)},
                        {"energy", objective_json(result.point.energy, result.energy)}};
  json["data"] = {{"name", result.data.name},
                  {"samples", result.data.n_samples()},
                  {"checksum", checksum(result.data)}};
  json["network"] = {{"widths", net.widths},
                     {"scales", net.scales},
                     {"skips", net.skips},
                     {"precisions", net.precisions},
                     {"checksum", checksum(std::vector<const Matrix*>{&weights})}};
  json["provenance"] = provenance();
  std::filesystem::create_directories(folder);
  write_network(folder / "network.h5", result.network);
  write_dataset(folder / "data.h5", result.data);
  write_text(folder / "construction.json", json.dump(2) + "\n");
}

}  // namespace saddlescope::analysis
