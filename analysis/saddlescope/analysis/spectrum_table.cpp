#include "saddlescope/analysis/spectrum_table.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace saddlescope::analysis {
namespace {

// A row per rank from each end; empty where a pair did not converge.
CsvTable table_of_ends(const SpectrumResult& result) {
  CsvTable table;
  table.header = {"end", "rank"};
  Index count = 0;  // objectives may have converged to different numbers of pairs
  for (const ObjectiveSpectrum& objective : result.objectives) {
    count = std::max({count, objective.smallest.size(), objective.largest.size()});
  }
  for (const ObjectiveSpectrum& objective : result.objectives) {
    table.header.push_back(objective.name);
    table.header.push_back("residual_" + objective.name);
  }
  for (const bool smallest : {true, false}) {
    for (Index rank = 1; rank <= count; ++rank) {
      std::vector<std::string> row = {smallest ? "smallest" : "largest", std::to_string(rank)};
      for (const ObjectiveSpectrum& objective : result.objectives) {
        const Vector& values = smallest ? objective.smallest : objective.largest;
        const Vector& residuals =
            smallest ? objective.smallest_residuals : objective.largest_residuals;
        const bool found = rank <= values.size();
        const Index i = smallest ? rank - 1 : values.size() - rank;
        row.push_back(found ? csv_number(values[i]) : "");
        row.push_back(found ? csv_number(residuals[i]) : "");
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace

CsvTable spectrum_table(const SpectrumResult& result) {
  if (!result.dense) return table_of_ends(result);
  CsvTable table;
  table.header = {"index"};
  std::vector<const Vector*> columns;
  for (const ObjectiveSpectrum& objective : result.objectives) {
    table.header.push_back(objective.name);
    columns.push_back(&objective.eigenvalues);
  }
  for (const ObjectiveSpectrum& objective : result.objectives) {
    if (!objective.theory) continue;
    table.header.push_back("theory_" + objective.name);
    columns.push_back(&objective.theory->eigenvalues);
  }
  for (Index i = 0; i < result.p; ++i) {
    std::vector<std::string> row = {std::to_string(i + 1)};
    for (const Vector* column : columns) row.push_back(csv_number((*column)[i]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace saddlescope::analysis
