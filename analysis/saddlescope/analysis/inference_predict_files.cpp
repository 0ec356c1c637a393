#include "saddlescope/analysis/inference_predict_files.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/inference_spectrum_figure.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Every node once, ascending; the density there of all bulks.
Matrix density_table(const SpectralPrediction& prediction) {
  std::vector<double> x;
  for (const SpectralBulk& bulk : prediction.bulks) x.insert(x.end(), bulk.x.begin(), bulk.x.end());
  std::sort(x.begin(), x.end());
  x.erase(std::unique(x.begin(), x.end()), x.end());
  Matrix table(static_cast<Index>(x.size()), 2);
  for (std::size_t i = 0; i < x.size(); ++i)
    table.row(static_cast<Index>(i)) << x[i], prediction.density(x[i]);
  return table;
}

CsvTable distribution_csv(const SpectralPrediction& prediction, const Matrix& density) {
  CsvTable table{{"x", "density", "share_at_most"}, {}, {}};
  for (Index i = 0; i < density.rows(); ++i)
    table.rows.push_back({csv_number(density(i, 0)), csv_number(density(i, 1)),
                          csv_number(prediction.at_most(density(i, 0)))});
  return table;
}

CsvTable atoms_csv(const SpectralPrediction& prediction) {
  CsvTable table{{"x", "multiplicity", "weight", "equation_weight"}, {}, {}};
  for (const SpectralAtom& atom : prediction.atoms)
    table.rows.push_back({csv_number(atom.x), std::to_string(atom.multiplicity),
                          csv_number(atom.weight), csv_number(atom.equation_weight)});
  return table;
}

struct Edges {
  double least = 0, greatest = 0;  // medians over the draws
};
Edges median_edges(const std::vector<MeasuredSpectrum>& measured) {
  std::vector<double> least, greatest;
  for (const MeasuredSpectrum& one : measured) {
    least.push_back(one.eigenvalues[0]);
    greatest.push_back(one.eigenvalues[one.eigenvalues.size() - 1]);
  }
  return {median(least), median(greatest)};
}

}  // namespace

void write_prediction(Hdf5Writer& file, const SpectralPrediction& prediction) {
  const auto n = static_cast<Index>(prediction.atoms.size());
  Matrix atoms(n, 2);
  Vector multiplicities(n), weights(n);
  for (Index i = 0; i < n; ++i) {
    const SpectralAtom& atom = prediction.atoms[static_cast<std::size_t>(i)];
    atoms.row(i) << atom.x, atom.weight;
    multiplicities[i] = static_cast<double>(atom.multiplicity);
    weights[i] = atom.equation_weight;
  }
  file.matrix("/density", density_table(prediction));
  file.matrix("/atoms", atoms);
  file.vector("/atom_multiplicities", multiplicities);
  file.vector("/atom_equation_weights", weights);
  file.attribute("/", "predicted_lambda_min", prediction.lambda_min);
  file.attribute("/", "predicted_lambda_max", prediction.lambda_max);
  file.attribute("/", "predicted_condition_number", prediction.condition_number);
  file.attribute("/", "predicted_lambda_min_median", prediction.lambda_min_median);
  file.attribute("/", "predicted_lambda_max_median", prediction.lambda_max_median);
  file.attribute("/", "mass_error", prediction.mass_error);
  file.attribute("/", "residual", prediction.residual);
}

Json prediction_json(const SpectralPrediction& prediction, const EntryVariances& variances) {
  Json json;
  json["variances"] = {{"values", variances.values}, {"source", variances.source}};
  json["status"] = prediction.summary.ok() ? "ok" : prediction.summary.message;
  json["lambda_min"] = prediction.lambda_min;
  json["lambda_max"] = prediction.lambda_max;
  json["condition_number"] = prediction.condition_number;
  json["lambda_min_median"] = prediction.lambda_min_median;
  json["lambda_max_median"] = prediction.lambda_max_median;
  json["mass_error"] = prediction.mass_error;
  json["residual"] = prediction.residual;
  json["extrapolated_nodes"] = prediction.n_extrapolated;
  json["atoms"] = Json::array();
  for (const SpectralAtom& atom : prediction.atoms)
    json["atoms"].push_back({{"x", atom.x},
                             {"multiplicity", atom.multiplicity},
                             {"weight", atom.weight},
                             {"equation_weight", atom.equation_weight}});
  json["bulks"] = Json::array();
  for (const SpectralBulk& bulk : prediction.bulks)
    json["bulks"].push_back({{"low", bulk.low}, {"high", bulk.high}, {"mass", bulk.mass}});
  return json;
}

std::string prediction_text(const SpectralPrediction& p) {
  std::string text = fmt::format("  {:<24}{:.8g} .. {:.8g}, condition number {:.6g}\n",
                                 "predicted edges", p.lambda_min, p.lambda_max, p.condition_number);
  text += fmt::format("  {:<24}{:.8g} .. {:.8g} (Tracy-Widom)\n", "medians at this width",
                      p.lambda_min_median, p.lambda_max_median);
  for (const SpectralAtom& atom : p.atoms)
    text +=
        fmt::format("  {:<24}x = {:.8g}: {} of {} eigenvalues, weight {:.8f} (equation {:.8f})\n",
                    "atom", atom.x, atom.multiplicity, p.dim, atom.weight, atom.equation_weight);
  text +=
      fmt::format("  {:<24}mass to {:.1e}, residual {:.1e}\n", "errors", p.mass_error, p.residual);
  if (!p.summary.ok()) text += fmt::format("\n{}\n", p.summary.message);
  return text;
}

std::string inference_predict_text(const InferencePredictResult& result) {
  const SpectralPrediction& p = result.prediction;
  std::string text =
      inference_title(result.network) + fmt::format("   |   dimension {}\n\n", p.dim);
  text += fmt::format("  {:<24}{}\n", "entry variances from", result.variances.source);
  text += prediction_text(p);
  if (!result.measured.empty()) {
    const Edges edges = median_edges(result.measured);
    text += fmt::format("  {:<24}{:.8g} .. {:.8g}, median of {}\n", "measured extremes",
                        edges.least, edges.greatest, result.measured.size());
    const auto off = [](double measured, double predicted) {
      return 100 * (measured / predicted - 1);
    };
    text += fmt::format("  {:<24}{:+.2f} % .. {:+.2f} %\n", "off the edges",
                        off(edges.least, p.lambda_min), off(edges.greatest, p.lambda_max));
    text += fmt::format("  {:<24}{:+.2f} % .. {:+.2f} %\n", "off the medians",
                        off(edges.least, p.lambda_min_median),
                        off(edges.greatest, p.lambda_max_median));
    double worst = 0;
    for (const MeasuredSpectrum& one : result.measured)
      worst = std::max(worst, one.kolmogorov_distance);
    text += fmt::format("  {:<24}{:.2e} pooled, {:.2e} for the worst draw\n", "Kolmogorov distance",
                        result.pooled_distance, worst);
  }
  return text;
}

std::vector<std::string> write_inference_predict(const InferencePredictResult& result,
                                                 const InferencePredictOptions& given,
                                                 const fs::path& folder) {
  InferencePredictOptions options = effective(given);
  fs::create_directories(folder);
  const SpectralPrediction& p = result.prediction;
  {
    Hdf5Writer file(folder / "prediction.h5");
    write_prediction(file, p);
    if (!result.measured.empty()) {
      Matrix values(static_cast<Index>(result.measured.size()), p.dim);  // a row per draw
      for (Index s = 0; s < values.rows(); ++s)
        values.row(s) = result.measured[static_cast<std::size_t>(s)].eigenvalues;
      file.matrix("/eigenvalues", values);
      file.attribute("/", "kolmogorov_distance", result.pooled_distance);
    }
    file.commit();
  }
  write_csv(folder / "prediction.csv", distribution_csv(p, density_table(p)));
  write_csv(folder / "atoms.csv", atoms_csv(p));
  Json json;
  json["options"] = describe(options).to_json();
  json["network"] = inference_title(result.network);
  json["dimension"] = p.dim;
  json["prediction"] = prediction_json(p, result.variances);
  json["measured"] = Json::array();
  for (const MeasuredSpectrum& one : result.measured)
    json["measured"].push_back({{"seed", one.seed},
                                {"lambda_min", one.eigenvalues[0]},
                                {"lambda_max", one.eigenvalues[one.eigenvalues.size() - 1]},
                                {"zero_threshold", one.threshold},
                                {"kolmogorov_distance", one.kolmogorov_distance}});
  json["kolmogorov_distance"] = result.measured.empty() ? Json() : Json(result.pooled_distance);
  std::vector<std::string> warnings = redraw(folder, {"prediction"}, !options.no_figures, [&] {
    SpectralPicture picture{"prediction", inference_title(result.network), result.pooled, 0,
                            &p,           result.pooled_distance};
    for (const MeasuredSpectrum& one : result.measured)
      picture.threshold = std::max(picture.threshold, one.threshold);
    return std::vector<Figure>{spectral_figure(picture)};
  });
  json["prediction_seconds"] = result.prediction_seconds;
  return write_record(folder / "prediction.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
