#include "saddlescope/analysis/spectrum_files.hpp"

#include <cstdint>
#include <system_error>
#include <utility>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/analysis/spectrum_figure.hpp"
#include "saddlescope/analysis/spectrum_table.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;

void write_objective(Hdf5Writer& file, const ObjectiveSpectrum& objective, bool dense) {
  const std::string group = "/" + objective.name;
  file.group(group);
  if (dense) {
    file.vector(group + "/eigenvalues", objective.eigenvalues);
  } else {
    file.vector(group + "/eigenvalues_smallest", objective.smallest);
    file.vector(group + "/eigenvalues_largest", objective.largest);
    Vector residuals(objective.smallest_residuals.size() + objective.largest_residuals.size());
    residuals << objective.smallest_residuals, objective.largest_residuals;
    file.vector(group + "/residuals", residuals);  // of the smallest, then of the largest
  }
  if (objective.theory) {
    file.vector(group + "/theory_eigenvalues", objective.theory->eigenvalues);
    file.attribute(group, "theory_source", objective.theory->source);
  }
  if (objective.vectors.cols() > 0) {
    file.matrix(group + "/eigenvectors", objective.vectors);  // a column per vector
    file.vector(group + "/eigenvector_values", objective.vector_values);
  }
  const auto count = [&](const char* name, Index value) {
    file.attribute(group, name, static_cast<std::int64_t>(value));
  };
  file.attribute(group, "value", objective.value);
  file.attribute(group, "gradient_norm", objective.gradient_norm);
  file.attribute(group, "gradient_bound", objective.gradient_bound);
  count("n_negative", objective.inertia.n_negative);
  count("n_zero", objective.inertia.n_zero);
  count("n_positive", objective.inertia.n_positive);
  file.attribute(group, "zero_threshold", objective.zero_threshold);
  file.attribute(group, "lambda_min", objective.lambda_min);
  file.attribute(group, "lambda_max", objective.lambda_max);
  if (objective.independent_inertia) {
    count("n_negative_independent", objective.independent_inertia->n_negative);
    count("n_zero_independent", objective.independent_inertia->n_zero);
    count("n_positive_independent", objective.independent_inertia->n_positive);
    file.attribute(group, "zero_threshold_independent", objective.independent_threshold);
  }
  if (objective.theory_distance) {
    file.attribute(group, "theory_distance", *objective.theory_distance);
  }
  if (objective.zero_rank_bound) {
    file.attribute(group, "zero_rank_bound", *objective.zero_rank_bound);
  }
  file.attribute(group, "verdict", name(objective.judgement.verdict));
  file.attribute(group, "verdict_reason", objective.judgement.reason);
}

void write_spectrum_file(const fs::path& path, const SpectrumResult& result,
                         const nlohmann::ordered_json& config) {
  Hdf5Writer file(path);
  for (const ObjectiveSpectrum& objective : result.objectives) {
    write_objective(file, objective, result.dense);
  }
  file.group("/config");
  file.attribute("/config", "options", config.dump());
  const nlohmann::ordered_json made_by = provenance();
  for (auto item = made_by.begin(); item != made_by.end(); ++item) {
    if (item->is_string()) {
      file.attribute("/config", item.key(), item->get<std::string>());
    } else {
      file.attribute("/config", item.key(), item->get<std::int64_t>());
    }
  }
  file.attribute("/config", "data", result.problem.data.name);
  file.attribute("/config", "normalisation", result.problem.data.normalisation);
  file.attribute("/config", "data_checksum", result.data_checksum);
  file.attribute("/config", "network_checksum", result.network_checksum);
  file.attribute("/config", "parameters", static_cast<std::int64_t>(result.p));
  file.attribute("/config", "parameters_reduced", static_cast<std::int64_t>(result.p_reduced));
  file.attribute("/config", "wall_seconds", result.seconds);
  file.commit();
}

nlohmann::ordered_json inertia_json(const Inertia& inertia) {
  return {{"n_negative", inertia.n_negative},
          {"n_zero", inertia.n_zero},
          {"n_positive", inertia.n_positive}};
}

nlohmann::ordered_json summary_json(const SpectrumResult& result,
                                    const nlohmann::ordered_json& config) {
  nlohmann::ordered_json summary = record_of(config, result.problem.data);
  const Architecture& architecture = result.problem.network.architecture;
  summary["network"] = {{"widths", architecture.widths}, {"scales", architecture.scales},
                        {"skips", architecture.skips},   {"precisions", architecture.precisions},
                        {"point", result.problem.point}, {"checksum", result.network_checksum}};
  summary["method"] = result.dense ? "dense" : "extreme";
  summary["parameters"] = result.p;
  summary["parameters_reduced"] = result.p_reduced;
  for (const ObjectiveSpectrum& objective : result.objectives) {
    nlohmann::ordered_json entry;
    entry["value"] = objective.value;
    entry["gradient_norm"] = objective.gradient_norm;
    entry["gradient_bound"] = objective.gradient_bound;
    entry["lambda_min"] = objective.lambda_min;
    entry["lambda_max"] = objective.lambda_max;
    entry.update(inertia_json(objective.inertia));
    entry["zero_threshold"] = objective.zero_threshold;
    if (objective.independent_inertia) {
      entry["independent"] = inertia_json(*objective.independent_inertia);
      entry["independent"]["zero_threshold"] = objective.independent_threshold;
    }
    if (objective.theory) entry["theory"] = objective.theory->source;
    if (objective.theory_distance) entry["theory_distance"] = *objective.theory_distance;
    if (objective.zero_rank_bound) entry["zero_rank_bound"] = *objective.zero_rank_bound;
    entry["verdict"] = name(objective.judgement.verdict);
    entry["verdict_reason"] = objective.judgement.reason;
    entry["notes"] = objective.notes;
    entry["seconds"] = objective.seconds;
    summary["objectives"][objective.name] = entry;
  }
  return summary;
}

std::vector<Figure> figures(const SpectrumResult& result) {
  std::vector<Figure> out = {spectrum_figure(result)};
  if (auto maps = hessian_figure(result)) out.push_back(*std::move(maps));
  return out;
}

// Files of an earlier run in the same folder that this run does not replace would show other
// numbers beside these.
void remove_leftovers(const fs::path& folder) {
  for (const char* file :
       {"hessian_mse.csv", "hessian_ce.csv", "hessian_energy.csv", "spectrum_histogram.csv"}) {
    fs::remove(folder / file);
  }
}

}  // namespace

std::vector<std::string> write_spectrum(const SpectrumResult& result, const SpectrumOptions& given,
                                        const fs::path& folder) {
  SpectrumOptions options = effective(given);
  const nlohmann::ordered_json config = describe(options).to_json();
  fs::create_directories(folder);
  remove_leftovers(folder);
  write_problem(folder, result.problem);
  write_csv(folder / "spectrum.csv", spectrum_table(result));
  std::vector<std::string> warnings =
      redraw(folder, {"spectrum", "hessian"}, !options.no_figures, [&] { return figures(result); });
  warnings = write_record(folder / "summary.json", summary_json(result, config),
                          std::move(warnings), result.seconds);
  write_spectrum_file(folder / "spectrum.h5", result, config);
  return warnings;
}

}  // namespace saddlescope::analysis
