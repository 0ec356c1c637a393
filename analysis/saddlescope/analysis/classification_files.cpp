#include "saddlescope/analysis/classification_files.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/network/network_file.hpp"
#include "saddlescope/saddle/certificate_file.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json count(Index n) { return n < 0 ? Json() : Json(n); }

Json to_json(const Inertia& inertia) {
  return {{"n_negative", inertia.n_negative},
          {"n_zero", inertia.n_zero},
          {"n_positive", inertia.n_positive}};
}

Json to_json(const PolishResult& polished) {
  return {{"steps", polished.steps},
          {"gradient_before", polished.gradient_before},
          {"gradient_after", polished.gradient_after},
          {"distance", polished.distance},
          {"message", polished.summary.message}};
}

std::vector<double> numbers(const Vector& v) { return {v.data(), v.data() + v.size()}; }

// Files of an earlier run in the same folder that this run does not replace.
void remove_leftovers(const fs::path& folder) {
  for (const char* file :
       {"certificate_mse.h5", "certificate_energy.h5", "network_mse.h5", "network_ce.h5",
        "network_energy.h5", "classification_ce.csv", "eigenvalues.csv", "classification_mse.csv",
        "classification_energy.csv", "classification.json"})
    fs::remove(folder / file);
}

void write_certificate(const fs::path& file, const Certificate& certificate, const Dataset& data) {
  CertificateCollection collection;
  collection.add(certificate, data);
  write_certificates(file, collection);
}

CsvTable eigenvalue_table(const ClassificationResult& result) {
  CsvTable table;
  table.header = {"index"};
  Index rows = 0;
  for (const Classification& one : result.objectives) {
    if (!one.examined()) continue;
    table.header.push_back(one.objective);
    rows = one.eigenvalues.size();
  }
  for (Index i = 0; i < rows; ++i) {
    std::vector<std::string> row = {std::to_string(i + 1)};
    for (const Classification& one : result.objectives)
      if (one.examined()) row.push_back(csv_number(one.eigenvalues[i]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

std::string certificate_name(const Classification& classification) {
  return fmt::format("certificate_{}.h5", classification.objective);
}

Json to_json(const Classification& one) {
  Json out;
  out["verdict"] = name(one.verdict);
  out["reason"] = one.reason;
  out["value"] = one.value;
  out["value_error"] = one.value_error;
  out["lower_bound"] = one.lower_bound;
  out["is_global"] = one.is_global;
  out["gradient_norm"] = one.gradient_norm;
  out["gradient_bound"] = one.gradient_bound;
  const bool seen = one.examined();
  out["hessian_norm"] = seen ? Json(one.hessian_norm) : Json();
  out["gradient_relative"] =
      seen && one.hessian_norm > 0 ? Json(one.gradient_norm / one.hessian_norm) : Json();
  out["n_negative"] = count(one.inertia.n_negative);
  out["n_zero"] = count(one.inertia.n_zero);
  out["n_positive"] = count(one.inertia.n_positive);
  out["zero_threshold"] = seen ? Json(one.zero_threshold) : Json();
  if (one.independent) {
    out["independent"] = to_json(*one.independent);
    out["independent"]["zero_threshold"] = one.independent_threshold;
  }
  out["symmetry_nullity"] = count(one.symmetry_nullity);
  out["excess_nullity"] = count(one.excess_nullity);
  out["lambda_min"] = seen ? Json(one.lambda_min) : Json();
  out["lambda_min_direction"] = numbers(one.lowest);
  out["escape_order"] = one.escape_order > 0 ? Json(one.escape_order) : Json();
  out["escape_coefficient"] = one.escape_order > 0 ? Json(one.escape_coefficient) : Json();
  out["escape_direction"] = numbers(one.escape_direction);
  out["precision"] = one.decided_in_quad ? "quad" : "double";
  if (one.certificate) {
    const Certificate& proof = *one.certificate;
    out["certificate"] = {{"file", certificate_name(one)},
                          {"direction", name(proof.direction_kind)},
                          {"gradient_bound", proof.gradient_bound},
                          {"curvature_bound", proof.curvature_bound},
                          {"claims",
                           {fmt::format("|gradient| <= {:.17g}", proof.gradient_bound),
                            fmt::format("lambda_min <= {:.17g}", proof.curvature_bound)}}};
  } else {
    out["certificate"] = nullptr;
  }
  out["notes"] = one.notes;
  return out;
}

std::vector<std::string> write_classification(const ClassificationResult& result,
                                              const ClassificationOptions& given,
                                              const fs::path& folder) {
  ClassificationOptions options = effective(given);
  fs::create_directories(folder);
  remove_leftovers(folder);
  const Problem& problem = result.problem;
  write_problem(folder, problem);
  Json json = record_of(describe(options).to_json(), problem.data);
  const Architecture& net = problem.network.architecture;
  json["network"] = {{"widths", net.widths},
                     {"scales", net.scales},
                     {"skips", net.skips},
                     {"precisions", net.precisions},
                     {"point", problem.point},
                     {"parameters", net.n_parameters()},
                     {"checksum", result.network_checksum}};
  bool examined = false;
  for (const Classification& one : result.objectives) {
    json["objectives"][one.objective] = to_json(one);
    if (!result.polished.empty()) {
      const PolishResult& polished =
          result.polished[static_cast<std::size_t>(&one - result.objectives.data())];
      json["objectives"][one.objective]["polish"] = to_json(polished);
      Network network = problem.network;
      network.theta = polished.theta;
      write_network(folder / fmt::format("network_{}.h5", one.objective), network);
    }
    examined = examined || one.examined();
    if (one.certificate)
      write_certificate(folder / certificate_name(one), *one.certificate, problem.data);
  }
  if (examined) write_csv(folder / "eigenvalues.csv", eigenvalue_table(result));
  std::vector<std::string> warnings =
      redraw(folder, {"classification"}, !options.no_figures && examined,
             [&] { return std::vector<Figure>{classification_figure(result)}; });
  return write_record(folder / "classification.json", std::move(json), std::move(warnings),
                      result.seconds);
}

}  // namespace saddlescope::analysis
