#include "saddlescope/analysis/atlas_files.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json to_json(const CensusRow& row) {
  Json out = {{"points", row.points}, {"critical", row.critical}, {"orbits", row.orbits}};
  for (std::size_t k = 0; k < kAtlasClasses; ++k)
    out["verdicts"][name(static_cast<AtlasClass>(k))] = row.classes[k];
  out["certificates"] = row.certificates;
  return out;
}

Json to_json(const AtlasResult& result, const std::vector<AtlasFinding>& findings) {
  Json out = Json::array();
  for (const AtlasFinding& finding : findings)
    out.push_back({{"point", finding.record},
                   {"description",
                    describe(result, result.records[static_cast<std::size_t>(finding.record)])},
                   {"finding", finding.text}});
  return out;
}

CsvTable transition_table(const std::vector<OrbitTransition>& transitions) {
  CsvTable table;
  table.header = {"lambda_u", "lambda_v", "mu",    "lambda",          "pi_1",
                  "d_c",      "found",    "bound", "negative_before", "negative_after"};
  for (const OrbitTransition& one : transitions) {
    const bool found = one.scan.transitions.size() == 1;
    std::vector<std::string> row;
    for (const double v :
         {one.family.lambda_u, one.family.lambda_v, one.family.mu, one.family.lambda,
          one.family.hidden_precision, one.predicted, one.found, one.error})
      row.push_back(csv_number(v));
    row.push_back(found ? std::to_string(one.scan.transitions[0].negative_before) : "");
    row.push_back(found ? std::to_string(one.scan.transitions[0].negative_after) : "");
    table.rows.push_back(std::move(row));
  }
  return table;
}

// Numeric columns of the table of points as vectors, and the weights of each problem's points.
void write_points(const Atlas& atlas, const fs::path& file) {
  const AtlasResult& result = atlas.result;
  Hdf5Writer out(file);
  AtlasOptions options = atlas.options;
  out.attribute("/", "config", describe(options).to_json().dump());
  out.attribute("/", "provenance", provenance().dump());
  out.attribute("/", "verdicts",
                "0 not critical, 1 strict saddle, 2 local minimum, 3 non-strict saddle, 4 "
                "degenerate, 5 undecided");
  const auto n = static_cast<Index>(result.records.size());
  const auto column = [&](const std::string& path, const auto& value) {
    Vector values(n);
    for (Index i = 0; i < n; ++i)
      values[i] = static_cast<double>(value(result.records[static_cast<std::size_t>(i)]));
    out.vector(path, values);
  };
  out.group("/points");
  column("/points/problem", [](const AtlasRecord& r) { return r.problem; });
  column("/points/rank", [](const AtlasRecord& r) { return r.rank; });
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string group = k == 0 ? "/points/mse" : "/points/energy";
    out.group(group);
    column(group + "/value", [k](const AtlasRecord& r) { return r.under[k].value; });
    column(group + "/gradient_norm",
           [k](const AtlasRecord& r) { return r.under[k].gradient_norm; });
    column(group + "/hessian_norm", [k](const AtlasRecord& r) { return r.under[k].hessian_norm; });
    column(group + "/n_negative",
           [k](const AtlasRecord& r) { return r.under[k].inertia.n_negative; });
    column(group + "/n_zero", [k](const AtlasRecord& r) { return r.under[k].inertia.n_zero; });
    column(group + "/n_positive",
           [k](const AtlasRecord& r) { return r.under[k].inertia.n_positive; });
    column(group + "/symmetry_nullity",
           [k](const AtlasRecord& r) { return r.under[k].symmetry_nullity; });
    column(group + "/excess_nullity",
           [k](const AtlasRecord& r) { return r.under[k].excess_nullity; });
    column(group + "/lambda_min", [k](const AtlasRecord& r) { return r.under[k].lambda_min; });
    column(group + "/verdict",
           [k](const AtlasRecord& r) { return static_cast<int>(r.under[k].verdict); });
    column(group + "/escape_order", [k](const AtlasRecord& r) { return r.under[k].escape_order; });
  }
  for (std::size_t i = 0; i < result.problems.size(); ++i) {
    const AtlasProblem& problem = result.problems[i];
    const Architecture& net = problem.network.architecture;
    Matrix theta(static_cast<Index>(problem.points.size()), net.n_parameters());
    for (Index row = 0; row < theta.rows(); ++row)
      theta.row(row) = problem.points[static_cast<std::size_t>(row)].built.theta.transpose();
    const std::string group = fmt::format("/problems/{}", i);
    out.matrix(group + "/theta", theta);  // a point per row
    out.matrix(group + "/x", problem.data.x.transpose());
    out.matrix(group + "/y", problem.data.y.transpose());
    out.attribute(group, "data", problem.kind);
    out.attribute(group, "widths", fmt::format("{}", fmt::join(net.widths, ",")));
    out.attribute(group, "scales", fmt::format("{}", fmt::join(net.scales, ",")));
    out.attribute(group, "skips", fmt::format("{}", fmt::join(net.skips, ",")));
    out.attribute(group, "precisions", fmt::format("{}", fmt::join(net.precisions, ",")));
  }
  out.commit();
}

Json summary(const Atlas& atlas) {
  AtlasOptions options = atlas.options;
  Json out;
  out["options"] = describe(options).to_json();
  out["points"] = atlas.census.n_distinct;
  out["loss"] = to_json(atlas.census.all[0]);
  out["energy"] = to_json(atlas.census.all[1]);
  out["worst_gradient_relative_to_curvature"] = atlas.census.worst_gradient;
  out["fewest_orbits_of_a_row"] = atlas.census.fewest_orbits;
  out["certificates"] = {{"file", "certificates.h5"}, {"count", atlas.n_certificates}};
  if (atlas.check) {
    out["certificates"]["replayed"] =
        atlas.check->n_certificates - static_cast<Index>(atlas.check->failed.size());
    out["certificates"]["largest_gradient_bound"] = atlas.check->largest_gradient_bound;
    out["certificates"]["weakest_curvature_bound"] = atlas.check->weakest_curvature_bound;
  }
  out["violations"] = to_json(atlas.result, atlas.result.violations);
  out["counterexamples"] = to_json(atlas.result, atlas.result.counterexamples);
  out["undecided"] = to_json(atlas.result, atlas.result.undecided);
  for (const OrbitTransition& one : atlas.transitions)
    out["transitions"].push_back({{"d_c", one.predicted},
                                  {"found", std::isfinite(one.found) ? Json(one.found) : Json()},
                                  {"bound", std::isfinite(one.error) ? Json(one.error) : Json()}});
  const EscapeAgreement escapes = agreement(atlas.escapes);
  out["escapes"] = {{"strict", escapes.strict},
                    {"worst_relative_error_strict", escapes.worst_strict},
                    {"higher_order", escapes.higher},
                    {"worst_relative_error_higher_order", escapes.worst_higher},
                    {"worst_balance_residual", escapes.worst_balance},
                    {"unfinished", escapes.unfinished}};
  if (const PowerLaw& law = escapes.strict_law; law.points > 0)
    out["escapes"]["power_of_slowness"] = {
        {"exponent", law.exponent}, {"low", law.low}, {"high", law.high}, {"points", law.points}};
  out["classify_seconds"] = atlas.result.seconds;
  return out;
}

}  // namespace

void write_and_check(Atlas& atlas, const fs::path& folder,
                     const std::function<void(const std::string&)>& progress) {
  fs::create_directories(folder);
  CertificateCollection collection;
  for (std::size_t i = 0; i < atlas.result.problems.size(); ++i)
    for (const Certificate& certificate : atlas.result.certificates[i])
      collection.add(certificate, atlas.result.problems[i].data, fmt::format("problem {}", i));
  atlas.n_certificates = collection.size();
  const fs::path file = folder / "certificates.h5";
  fs::remove(file);
  if (collection.size() == 0) return;
  if (progress) progress(fmt::format("writing {} certificates", collection.size()));
  write_certificates(file, collection);
  if (!atlas.options.no_check) atlas.check = check_certificates(file, progress);
}

std::vector<std::string> write_atlas(const Atlas& atlas, const fs::path& folder) {
  fs::create_directories(folder);
  write_csv(folder / "points.csv", points_table(atlas.result));
  write_csv(folder / "census.csv", census_table(atlas.census));
  write_csv(folder / "orders.csv", orders_table(atlas.result));
  write_csv(folder / "findings.csv", findings_table(atlas.result));
  write_csv(folder / "transition.csv", transition_table(atlas.transitions));
  write_csv(folder / "escape.csv", escape_table(atlas.result, atlas.escapes));
  write_points(atlas, folder / "atlas.h5");
  std::vector<std::string> warnings = redraw(
      folder,
      {"atlas_value_index", "atlas_verdicts", "atlas_inertia", "atlas_orders", "atlas_transition"},
      !atlas.options.no_figures, [&] { return atlas_figures(atlas); });
  return write_record(folder / "atlas.json", summary(atlas), std::move(warnings), atlas.seconds);
}

}  // namespace saddlescope::analysis
