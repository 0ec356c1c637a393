#include "saddlescope/analysis/atlas_census.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

constexpr const char* kObjectives[] = {"loss", "energy"};

const AtlasProblem& problem_of(const AtlasResult& result, const AtlasRecord& record) {
  return result.problems[static_cast<std::size_t>(record.problem)];
}

const AtlasPoint& point_of(const AtlasResult& result, const AtlasRecord& record) {
  return problem_of(result, record).points[static_cast<std::size_t>(record.point)];
}

void count(const AtlasVerdict& verdict, CensusRow& row) {
  ++row.points;
  if (!verdict.critical()) return;
  ++row.critical;
  ++row.classes[static_cast<std::size_t>(class_of(verdict))];
  if (verdict.certificate >= 0) ++row.certificates;
  if (verdict.verdict != PointVerdict::kNonStrictSaddle) return;
  row.highest_order = std::max(row.highest_order, verdict.escape_order);
  row.lowest_order = row.lowest_order == 0 ? verdict.escape_order
                                           : std::min(row.lowest_order, verdict.escape_order);
}

}  // namespace

std::string name(AtlasClass kind) {
  constexpr const char* kNames[] = {"strict saddle",    "non-strict saddle", "degenerate",
                                    "spurious minimum", "global minimum",    "undecided"};
  return kNames[static_cast<std::size_t>(kind)];
}

AtlasClass class_of(const AtlasVerdict& verdict) {
  switch (verdict.verdict) {
    case PointVerdict::kStrictSaddle:
      return AtlasClass::kStrict;
    case PointVerdict::kNonStrictSaddle:
      return AtlasClass::kNonStrict;
    case PointVerdict::kDegenerate:
      return verdict.is_global ? AtlasClass::kGlobal : AtlasClass::kDegenerate;
    case PointVerdict::kLocalMinimum:
      return verdict.is_global ? AtlasClass::kGlobal : AtlasClass::kSpuriousMinimum;
    case PointVerdict::kUndecided:
    case PointVerdict::kNotCritical:
      break;
  }
  return AtlasClass::kUndecided;
}

Census take_census(const AtlasResult& result) {
  Census census;
  using Key = std::tuple<int, Index, std::string, std::string>;
  std::map<Key, CensusRow> rows;
  std::map<Key, std::set<std::pair<Index, Index>>> orbits;
  std::array<std::set<std::tuple<Index, std::string, Index>>, 2> all_orbits;
  for (const AtlasRecord& record : result.records) {
    const AtlasProblem& problem = problem_of(result, record);
    const std::string& family = point_of(result, record).built.family;
    bool critical = false;
    for (int which = 0; which < 2; ++which) {
      const AtlasVerdict& verdict = record.under[static_cast<std::size_t>(which)];
      const Key key{which, problem.depth, family, problem.kind};
      count(verdict, rows[key]);
      count(verdict, census.all[static_cast<std::size_t>(which)]);
      if (!verdict.critical()) continue;
      critical = true;
      orbits[key].insert({record.problem, verdict.orbit});
      all_orbits[static_cast<std::size_t>(which)].insert({record.problem, family, verdict.orbit});
      if (verdict.gradient_norm > 0)
        census.worst_gradient =
            std::max(census.worst_gradient, verdict.gradient_norm / verdict.curvature_scale);
    }
    if (critical) ++census.n_distinct;
  }
  for (auto& [key, row] : rows) {
    row.objective = kObjectives[std::get<0>(key)];
    row.depth = std::get<1>(key);
    row.family = std::get<2>(key);
    row.kind = std::get<3>(key);
    row.orbits = static_cast<Index>(orbits[key].size());
    if (row.kind != "counterexample" && row.objective == "energy" && row.critical > 0)
      census.fewest_orbits =
          census.fewest_orbits == 0 ? row.orbits : std::min(census.fewest_orbits, row.orbits);
    census.rows.push_back(row);
  }
  for (std::size_t which = 0; which < 2; ++which) {
    census.all[which].objective = kObjectives[which];
    census.all[which].orbits = static_cast<Index>(all_orbits[which].size());
  }
  return census;
}

CsvTable census_table(const Census& census) {
  CsvTable table;
  table.header = {"objective", "L", "family", "data", "points", "critical", "orbits"};
  for (std::size_t k = 0; k < kAtlasClasses; ++k)
    table.header.push_back(name(static_cast<AtlasClass>(k)));
  for (const char* column : {"certificates", "lowest_order", "highest_order"})
    table.header.emplace_back(column);
  for (const CensusRow& row : census.rows) {
    std::vector<std::string> cells = {row.objective,
                                      std::to_string(row.depth),
                                      row.family,
                                      row.kind,
                                      std::to_string(row.points),
                                      std::to_string(row.critical),
                                      std::to_string(row.orbits)};
    for (const Index n : row.classes) cells.push_back(std::to_string(n));
    for (const Index n : {row.certificates, row.lowest_order, row.highest_order})
      cells.push_back(std::to_string(n));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

CsvTable points_table(const AtlasResult& result) {
  CsvTable table;
  table.header = {"point", "problem", "L",    "widths",     "parameterisation",
                  "skips", "lambda",  "data", "hypothesis", "family",
                  "orbit", "rank"};
  for (const char* objective : {"mse", "energy"})
    for (const char* column :
         {"value", "gradient_norm", "hessian_norm", "n_negative", "n_zero", "n_positive",
          "symmetry_nullity", "excess_nullity", "lambda_min", "verdict", "is_global",
          "escape_order", "precision", "orbit_class", "certificate"})
      table.header.push_back(fmt::format("{}_{}", objective, column));
  constexpr const char* kHypotheses[] = {"none", "A", "B"};
  for (std::size_t i = 0; i < result.records.size(); ++i) {
    const AtlasRecord& record = result.records[i];
    const AtlasProblem& problem = problem_of(result, record);
    const AtlasPoint& point = point_of(result, record);
    const Architecture& net = problem.network.architecture;
    const bool skips =
        std::any_of(net.skips.begin(), net.skips.end(), [](int s) { return s != 0; });
    std::vector<std::string> row = {std::to_string(i),
                                    std::to_string(record.problem),
                                    std::to_string(problem.depth),
                                    fmt::format("{}", fmt::join(net.widths, "-")),
                                    problem.network.parameterisation,
                                    skips ? "1" : "0",
                                    csv_number(net.lambda()),
                                    problem.kind,
                                    kHypotheses[static_cast<int>(problem.hypothesis)],
                                    point.built.family,
                                    point.orbit ? "1" : "0",
                                    std::to_string(record.rank)};
    for (const AtlasVerdict& one : record.under) {
      for (const double v : {one.value, one.gradient_norm, one.hessian_norm})
        row.push_back(csv_number(v));
      for (const Index n : {one.inertia.n_negative, one.inertia.n_zero, one.inertia.n_positive,
                            one.symmetry_nullity, one.excess_nullity})
        row.push_back(std::to_string(n));
      row.push_back(csv_number(one.lambda_min));
      row.push_back(name(one.verdict));
      row.emplace_back(one.is_global ? "1" : "0");
      row.push_back(std::to_string(one.escape_order));
      row.emplace_back(one.decided_in_quad ? "quad" : "double");
      for (const Index n : {one.orbit, one.certificate}) row.push_back(std::to_string(n));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

CsvTable orders_table(const AtlasResult& result) {
  std::map<std::tuple<Index, std::string, Index>, Index> counts;
  for (const AtlasRecord& record : result.records)
    if (record.under[0].verdict == PointVerdict::kNonStrictSaddle)
      ++counts[{problem_of(result, record).depth, point_of(result, record).built.family,
                record.under[0].escape_order}];
  CsvTable table;
  table.header = {"L", "family", "order", "points"};
  for (const auto& [key, n] : counts)
    table.rows.push_back({std::to_string(std::get<0>(key)), std::get<1>(key),
                          std::to_string(std::get<2>(key)), std::to_string(n)});
  return table;
}

CsvTable findings_table(const AtlasResult& result) {
  CsvTable table;
  table.header = {"what", "point", "description", "finding"};
  const auto add = [&](const char* what, const std::vector<AtlasFinding>& findings) {
    for (const AtlasFinding& finding : findings)
      table.rows.push_back(
          {what, std::to_string(finding.record),
           describe(result, result.records[static_cast<std::size_t>(finding.record)]),
           finding.text});
  };
  add("violation", result.violations);
  add("counterexample", result.counterexamples);
  add("undecided", result.undecided);
  return table;
}

}  // namespace saddlescope::analysis
