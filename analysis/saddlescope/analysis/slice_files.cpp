#include "saddlescope/analysis/slice_files.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kAxisNames[] = {"s", "t"};

CsvTable grid_table(const SliceStudyResult& result) {
  const bool line = result.grid.t.size() == 1;
  CsvTable table;
  table.header = {"s"};
  if (!line) table.header.emplace_back("t");
  for (const SlicedObjective& one : result.surfaces) {
    table.header.push_back(one.name);
    if (line && !one.models.empty()) table.header.push_back(one.name + "_quadratic");
    if (one.surface.descent_s.size() == 0) continue;
    table.header.push_back(one.name + "_descent_s");
    if (!line) table.header.push_back(one.name + "_descent_t");
  }
  for (Index i = 0; i < result.grid.s.size(); ++i)
    for (Index j = 0; j < result.grid.t.size(); ++j) {
      std::vector<std::string> row = {csv_number(result.grid.s[i])};
      if (!line) row.push_back(csv_number(result.grid.t[j]));
      for (const SlicedObjective& one : result.surfaces) {
        row.push_back(csv_number(one.surface.values(i, j)));
        if (line && !one.models.empty())
          row.push_back(csv_number(one.models.front().at(result.grid.s[i])));
        if (one.surface.descent_s.size() == 0) continue;
        row.push_back(csv_number(one.surface.descent_s(i, j)));
        if (!line) row.push_back(csv_number(one.surface.descent_t(i, j)));
      }
      table.rows.push_back(std::move(row));
    }
  return table;
}

CsvTable trajectory_table(const SliceStudyResult& result) {
  CsvTable table;
  table.header = {"objective", "step", "value", "s"};
  if (result.axes.size() > 1) table.header.emplace_back("t");
  table.header.emplace_back("off_slice");
  table.header.emplace_back("distance");
  for (const SliceTrajectory& one : result.trajectories)
    for (Index k = 0; k < one.values.size(); ++k) {
      std::vector<std::string> row = {one.objective, fmt::format("{}", k),
                                      csv_number(one.values[k])};
      for (Index j = 0; j < one.projected.coordinates.rows(); ++j)
        row.push_back(csv_number(one.projected.coordinates(j, k)));
      row.push_back(csv_number(one.projected.off_plane[k]));
      row.push_back(csv_number(one.projected.distance[k]));
      table.rows.push_back(std::move(row));
    }
  return table;
}

void write_arrays(const fs::path& file, const SliceStudyResult& result) {
  Hdf5Writer writer(file);
  writer.vector("/center", result.plane->center());
  writer.matrix("/directions", result.plane->directions());
  writer.vector("/s", result.grid.s);
  if (result.axes.size() > 1) writer.vector("/t", result.grid.t);
  for (std::size_t j = 0; j < result.axes.size(); ++j) {
    const SliceAxis& axis = result.axes[j];
    writer.attribute("/directions", fmt::format("label_{}", kAxisNames[j]), axis.label);
    if (axis.index > 0)
      writer.attribute("/directions", fmt::format("eigenvalue_{}", kAxisNames[j]), axis.eigenvalue);
  }
  for (const SlicedObjective& one : result.surfaces) {
    const std::string group = "/" + one.name;
    writer.matrix(group + "/values", one.surface.values);
    writer.attribute(group, "missing", static_cast<std::int64_t>(one.surface.n_missing));
    if (one.surface.descent_s.size() == 0) continue;
    writer.matrix(group + "/descent_s", one.surface.descent_s);
    if (result.axes.size() > 1) writer.matrix(group + "/descent_t", one.surface.descent_t);
  }
  for (const SliceTrajectory& one : result.trajectories) {
    if (one.values.size() == 0) continue;
    const std::string group = fmt::format("/{}/trajectory", one.objective);
    writer.vector(group + "/value", one.values);
    writer.matrix(group + "/coordinates", one.projected.coordinates);
    writer.vector(group + "/off_slice", one.projected.off_plane);
    writer.vector(group + "/distance", one.projected.distance);
    writer.attribute(group, "explained", one.projected.explained);
  }
  writer.commit();
}

Json to_json(const SliceAxis& axis) {
  Json json = {{"label", axis.label}};
  if (axis.index > 0) {
    json["index"] = axis.index;
    json["eigenvalue"] = axis.eigenvalue;
    json["error"] = axis.error;
    json["residual"] = axis.residual;
    json["multiplicity"] = axis.multiplicity;
  }
  if (axis.variance > 0) json["explained_variance"] = axis.variance;
  return json;
}

Json to_json(const SlicedObjective& one) {
  Json json = {{"title", one.title}, {"missing", one.surface.n_missing}};
  if (one.surface.n_missing > 0) json["first_missing"] = one.surface.first_missing;
  for (std::size_t j = 0; j < one.models.size(); ++j) {
    json["value"] = one.models[j].value;
    json[fmt::format("slope_{}", kAxisNames[j])] = one.models[j].slope;
    json[fmt::format("curvature_{}", kAxisNames[j])] = one.models[j].curvature;
  }
  return json;
}

Json to_json(const SliceTrajectory& one) {
  Json json = {{"steps", std::max<Index>(one.values.size() - 1, 0)},
               {"explained", one.projected.explained},
               {"message", one.summary.message}};
  if (one.values.size() > 0) {
    json["value_start"] = one.values[0];
    json["value_end"] = one.values[one.values.size() - 1];
    json["farthest_off_slice"] = one.projected.off_plane.maxCoeff();
  }
  return json;
}

}  // namespace

std::vector<std::string> write_slice(const SliceStudyResult& result, const SliceStudyOptions& given,
                                     const fs::path& folder) {
  SliceStudyOptions options = effective(given);
  fs::create_directories(folder);
  write_problem(folder, result.problem);
  write_csv(folder / "slice.csv", grid_table(result));
  fs::remove(folder / "slice_trajectory.csv");
  if (!result.trajectories.empty())
    write_csv(folder / "slice_trajectory.csv", trajectory_table(result));
  write_arrays(folder / "slice.h5", result);

  std::vector<std::string> warnings =
      redraw(folder, {"slice", "slice_field", "slice_trajectory"}, !options.no_figures,
             [&] { return slice_figures(result); });
  Json json = record_of(describe(options).to_json(), result.problem.data);
  json["range"] = result.range;
  json["axes"] = Json::array();
  for (const SliceAxis& axis : result.axes) json["axes"].push_back(to_json(axis));
  if (result.rows > 0) {
    json["rows"] = result.rows;
    json["zero_rows"] = result.zero_rows;
  }
  for (const SlicedObjective& one : result.surfaces) json["surfaces"][one.name] = to_json(one);
  for (const SliceTrajectory& one : result.trajectories)
    json["trajectories"][one.objective] = to_json(one);
  return write_record(folder / "slice.json", std::move(json), std::move(warnings), result.seconds);
}

}  // namespace saddlescope::analysis
