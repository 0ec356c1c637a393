#include "saddlescope/analysis/inference_spectrum_files.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/inference_predict_files.hpp"
#include "saddlescope/analysis/inference_spectrum_figure.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

CsvTable values_csv(const InferenceSpectrumResult& result) {
  CsvTable table{{"part", "eigenvalue"}, {}, {}};
  const auto add = [&](const char* part, const Vector& values) {
    for (const double value : values) table.rows.push_back({part, csv_number(value)});
  };
  add("hessian", result.spectrum.eigenvalues);
  if (result.parts) {
    add("diagonal", result.parts->diagonal);
    add("coupling", result.parts->coupling);
  }
  return table;
}

}  // namespace

std::string inference_spectrum_text(const InferenceSpectrumResult& result) {
  const Vector& values = result.spectrum.eigenvalues;
  std::string text = result.title + fmt::format("   |   dimension {}\n\n", values.size());
  if (!result.state.empty()) text += fmt::format("  {:<24}{}\n", "inference", result.state);
  text += fmt::format("  {:<24}{:.10g} .. {:.10g}, each +- {:.1e}\n", "eigenvalues of H_z",
                      result.lambda_min, result.lambda_max, result.spectrum.threshold);
  text += result.resolved
              ? fmt::format("  {:<24}{:.8g}\n", "condition number", result.condition_number)
          : std::isnan(result.condition_number)
              ? fmt::format("  {:<24}none: F_zz is indefinite\n", "condition number")
              : fmt::format("  {:<24}undecided, at least {:.3g}: lambda_min is below its error\n",
                            "condition number", result.condition_number);
  if (result.parts) {
    const auto line = [&](const char* label, const Vector& v) {
      text += fmt::format("  {:<24}{:.10g} .. {:.10g}\n", label, v[0], v[v.size() - 1]);
    };
    line("diagonal blocks D", result.parts->diagonal);
    line("couplings O", result.parts->coupling);
  }
  if (!result.prediction) return text;
  text += fmt::format("  {:<24}{}\n", "entry variances from", result.variances->source);
  text += prediction_text(*result.prediction);
  text +=
      fmt::format("  {:<24}{:.2e}\n", "Kolmogorov distance", result.spectrum.kolmogorov_distance);
  return text;
}

std::vector<std::string> write_inference_spectrum(const InferenceSpectrumResult& result,
                                                  const InferenceSpectrumOptions& given,
                                                  const fs::path& folder) {
  InferenceSpectrumOptions options = effective(given);
  fs::create_directories(folder);
  write_network(folder / "network.h5", result.network);
  {
    Hdf5Writer file(folder / "spectrum.h5");
    file.vector("/eigenvalues", result.spectrum.eigenvalues);
    if (result.parts) {
      file.vector("/parts/diagonal", result.parts->diagonal);
      file.vector("/parts/coupling", result.parts->coupling);
    }
    if (result.prediction) {
      write_prediction(file, *result.prediction);
      file.attribute("/", "kolmogorov_distance", result.spectrum.kolmogorov_distance);
    }
    file.attribute("/", "zero_threshold", result.spectrum.threshold);
    file.attribute("/", "lambda_min", result.lambda_min);
    file.attribute("/", "lambda_max", result.lambda_max);
    file.attribute("/", "condition_number", result.condition_number);
    file.attribute("/", "resolved", static_cast<std::int64_t>(result.resolved ? 1 : 0));
    file.commit();
  }
  write_csv(folder / "spectrum.csv", values_csv(result));
  Json json;
  json["options"] = describe(options).to_json();
  json["network"] = result.title;
  if (!result.state.empty()) json["inference"] = result.state;
  json["dimension"] = result.spectrum.eigenvalues.size();
  json["lambda_min"] = result.lambda_min;
  json["lambda_max"] = result.lambda_max;
  json["condition_number"] = result.condition_number;
  json["condition_number_is"] = result.resolved                       ? "value"
                                : std::isnan(result.condition_number) ? "none: F_zz is indefinite"
                                                                      : "lower bound";
  json["zero_threshold"] = result.spectrum.threshold;
  if (result.parts) {
    const auto range = [](const Vector& v) {
      return Json{{"lambda_min", v[0]}, {"lambda_max", v[v.size() - 1]}};
    };
    json["parts"] = {{"diagonal", range(result.parts->diagonal)},
                     {"coupling", range(result.parts->coupling)}};
  }
  if (result.prediction) {
    json["prediction"] = prediction_json(*result.prediction, *result.variances);
    json["kolmogorov_distance"] = result.spectrum.kolmogorov_distance;
  }
  const auto figures = [&] {
    const SpectralPicture picture{"spectrum",
                                  result.title,
                                  result.spectrum.eigenvalues,
                                  result.spectrum.threshold,
                                  result.prediction ? &*result.prediction : nullptr,
                                  result.spectrum.kolmogorov_distance};
    std::vector<Figure> out = {spectral_figure(picture)};
    if (auto maps = hessian_parts_figure(result)) out.push_back(*std::move(maps));
    return out;
  };
  std::vector<std::string> warnings =
      redraw(folder, {"spectrum", "hessian"}, !options.no_figures, figures);
  return write_record(folder / "spectrum.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
