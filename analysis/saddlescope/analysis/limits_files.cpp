#include "saddlescope/analysis/limits_files.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/limits_law.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Column {
  std::string name;
  std::function<double(const LimitsPoint&)> value;
};

// What a LimitsPoint holds, cosines of layers aside.
std::vector<Column> point_columns() {
  std::vector<Column> out = {
      {"loss", [](const LimitsPoint& p) { return p.loss; }},
      {"energy", [](const LimitsPoint& p) { return p.energy; }},
      {"ratio", [](const LimitsPoint& p) { return p.ratio; }},
      {"ratio_error", [](const LimitsPoint& p) { return p.ratio_error; }},
      {"spectral_excess", [](const LimitsPoint& p) { return p.spectral_excess; }},
      {"mean_excess", [](const LimitsPoint& p) { return p.mean_excess; }}};
  for (std::size_t k = 0; k < kDescentPairs.size(); ++k) {
    out.push_back({fmt::format("cosine_{}", kDescentPairs[k].name),
                   [k](const LimitsPoint& p) { return p.cosine[k]; }});
    out.push_back({fmt::format("cosine_{}_error", kDescentPairs[k].name),
                   [k](const LimitsPoint& p) { return p.cosine_error[k]; }});
  }
  return out;
}

std::vector<std::string> cell_columns(const LimitsCell& cell) {
  return {cell.parameterisation, std::to_string(cell.hidden_layers), std::to_string(cell.width),
          std::to_string(cell.seed)};
}

CsvTable map_csv(const LimitsResult& result) {
  CsvTable table;
  table.header = {"parameterisation", "hidden_layers", "width", "seed", "expected_excess"};
  for (const Column& column : point_columns()) table.header.push_back(column.name);
  for (const MapCell& one : result.map) {
    std::vector<std::string> row = cell_columns(one.cell);
    row.push_back(csv_number(one.expected_excess));
    for (const Column& column : point_columns()) row.push_back(csv_number(column.value(one.point)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

struct RecordColumn {
  std::string name;
  std::function<double(const TwinRecord&)> value;
};

std::vector<RecordColumn> record_columns() {
  std::vector<RecordColumn> out = {
      {"step", [](const TwinRecord& r) { return static_cast<double>(r.step); }},
      {"bp_loss", [](const TwinRecord& r) { return r.bp_loss; }},
      {"distance", [](const TwinRecord& r) { return r.distance; }},
      {"bp_path", [](const TwinRecord& r) { return r.bp_path; }},
      {"pc_condition_number", [](const TwinRecord& r) { return r.condition_number; }},
      {"pc_condition_error", [](const TwinRecord& r) { return r.condition_error; }}};
  for (const Column& column : point_columns())
    out.push_back(
        {"pc_" + column.name, [column](const TwinRecord& r) { return column.value(r.at_pc); }});
  return out;
}

CsvTable training_csv(const LimitsResult& result) {
  CsvTable table;
  table.header = {"parameterisation", "hidden_layers", "width", "seed"};
  for (const RecordColumn& column : record_columns()) table.header.push_back(column.name);
  for (const TwinRun& run : result.training)
    for (const TwinRecord& record : run.records) {
      std::vector<std::string> row = cell_columns(run.cell);
      for (const RecordColumn& column : record_columns())
        row.push_back(csv_number(column.value(record)));
      table.rows.push_back(std::move(row));
    }
  return table;
}

CsvTable expectation_csv(const LimitsResult& result) {
  CsvTable table;
  table.header = {"parameterisation", "init",  "skips",   "gamma",
                  "lambda",           "draws", "exact",   "mean",
                  "standard_error",   "z",     "entry_z", "entries"};
  for (const MeanSchurResult& one : result.expectation) {
    const ArchitectureOptions& shape = one.asked.architecture;
    table.rows.push_back(
        {name(shape.parameterisation), name(one.asked.init.kind), shape.skips ? "1" : "0",
         csv_number(shape.gamma), csv_number(shape.lambda), std::to_string(one.asked.draws),
         csv_number(one.exact), csv_number(one.mean), csv_number(one.standard_error),
         csv_number(one.z), csv_number(one.entry_z), std::to_string(one.n_entries)});
  }
  return table;
}

Vector axis(const std::vector<Index>& values) {
  Vector out(static_cast<Index>(values.size()));
  for (Index i = 0; i < out.size(); ++i)
    out[i] = static_cast<double>(values[static_cast<std::size_t>(i)]);
  return out;
}

// /init/<parameterisation>/seed_<s>/<quantity>: hidden layers x widths;
// .../layers/H_<H>/cosine_<pair>: widths x L.
void write_map(Hdf5Writer& writer, const LimitsResult& result) {
  const LimitsOptions& o = result.options;
  writer.vector("/init/widths", axis(*o.widths));
  writer.vector("/init/hidden_layers", axis(*o.hidden_layers));
  const auto n_widths = static_cast<Index>(o.widths->size());
  const auto n_depths = static_cast<Index>(o.hidden_layers->size());
  const auto cell = [&](std::size_t p, Index h, Index w, Index s) -> const MapCell& {
    const Index place = (static_cast<Index>(p) * n_depths + h) * n_widths + w;
    return result.map[static_cast<std::size_t>(place * o.seeds + s)];
  };
  std::vector<Column> columns = point_columns();
  for (std::size_t p = 0; p < o.parameterisations.size(); ++p) {
    for (Index s = 0; s < o.seeds; ++s) {
      const std::string group = fmt::format("/init/{}/seed_{}", o.parameterisations[p],
                                            o.seed + static_cast<std::uint64_t>(s));
      Matrix values(n_depths, n_widths);
      for (const Column& column : columns) {
        for (Index h = 0; h < n_depths; ++h)
          for (Index w = 0; w < n_widths; ++w) values(h, w) = column.value(cell(p, h, w, s).point);
        writer.matrix(group + "/" + column.name, values);
      }
      for (Index h = 0; h < n_depths; ++h)
        for (Index w = 0; w < n_widths; ++w) values(h, w) = cell(p, h, w, s).expected_excess;
      writer.matrix(group + "/expected_excess", values);
      for (Index h = 0; h < n_depths; ++h) {
        const Index H = (*o.hidden_layers)[static_cast<std::size_t>(h)];
        for (std::size_t k = 0; k < kDescentPairs.size(); ++k) {
          Matrix layers(n_widths, H + 1);
          for (Index w = 0; w < n_widths; ++w)
            layers.row(w) =
                Eigen::Map<const Vector>(cell(p, h, w, s).point.layer_cosine[k].data(), H + 1);
          writer.matrix(fmt::format("{}/layers/H_{}/cosine_{}", group, H, kDescentPairs[k].name),
                        layers);
        }
      }
    }
  }
}

// /training/<parameterisation>/H_<H>/width_<n>/seed_<s>/<quantity>: a number per record;
// .../layers/cosine_<pair>: records x L.
void write_training(Hdf5Writer& writer, const LimitsResult& result) {
  for (const TwinRun& run : result.training) {
    const std::string group =
        fmt::format("/training/{}/H_{}/width_{}/seed_{}", run.cell.parameterisation,
                    run.cell.hidden_layers, run.cell.width, run.cell.seed);
    writer.group(group);
    writer.attribute(group, "learning_rate", run.learning_rate);
    writer.attribute(group, "message", run.summary.message);
    const auto n = static_cast<Index>(run.records.size());
    for (const RecordColumn& column : record_columns()) {
      Vector values(n);
      for (Index i = 0; i < n; ++i)
        values[i] = column.value(run.records[static_cast<std::size_t>(i)]);
      writer.vector(group + "/" + column.name, values);
    }
    for (std::size_t k = 0; k < kDescentPairs.size(); ++k) {
      Matrix layers(n, run.cell.depth());
      for (Index i = 0; i < n; ++i)
        layers.row(i) = Eigen::Map<const Vector>(
            run.records[static_cast<std::size_t>(i)].at_pc.layer_cosine[k].data(),
            run.cell.depth());
      writer.matrix(fmt::format("{}/layers/cosine_{}", group, kDescentPairs[k].name), layers);
    }
  }
}

void write_expectation(Hdf5Writer& writer, const LimitsResult& result) {
  const auto n = static_cast<Index>(result.expectation.size());
  Vector exact(n), mean(n), error(n);
  for (Index i = 0; i < n; ++i) {
    const MeanSchurResult& one = result.expectation[static_cast<std::size_t>(i)];
    exact[i] = one.exact;
    mean[i] = one.mean;
    error[i] = one.standard_error;
  }
  writer.vector("/expectation/exact", exact);
  writer.vector("/expectation/mean", mean);
  writer.vector("/expectation/standard_error", error);
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const LimitLaw& law) {
  return {{"parameterisation", law.parameterisation},
          {"quantity", law.quantity},
          {"width_exponent", number(law.width_exponent)},
          {"width_exponent_error", number(law.width_error)},
          {"depth_exponent", number(law.depth_exponent)},
          {"depth_exponent_error", number(law.depth_error)},
          {"points", law.n_points},
          {"at_widest", law.at_widest},
          {"vanishes", name(law.vanishes)}};
}

}  // namespace

std::vector<std::string> write_limits(const LimitsResult& result, const fs::path& folder) {
  LimitsOptions options = result.options;
  fs::create_directories(folder);
  for (const char* file : {"limits.csv", "limits_training.csv", "limits_expectation.csv"})
    fs::remove(folder / file);

  Hdf5Writer writer(folder / "limits.h5");
  Json json = record_of(describe(options).to_json(), result.data);
  if (!result.map.empty()) {
    write_csv(folder / "limits.csv", map_csv(result));
    write_map(writer, result);
    for (const LimitLaw& law : limit_laws(options, result.map))
      json["laws"].push_back(to_json(law));
    json["init_seconds"] = result.map_seconds;
  }
  if (!result.training.empty()) {
    write_csv(folder / "limits_training.csv", training_csv(result));
    write_training(writer, result);
    for (const LimitLaw& law : training_laws(options, result.training))
      json["training_laws"].push_back(to_json(law));
    json["stopped"] = Json::array();
    for (const TwinRun& run : result.training)
      if (!run.summary.ok())
        json["stopped"].push_back(cell_name(run.cell) + ": " + run.summary.message);
    json["training_seconds"] = result.training_seconds;
  }
  if (!result.expectation.empty()) {
    write_csv(folder / "limits_expectation.csv", expectation_csv(result));
    write_expectation(writer, result);
    for (const MeanSchurResult& one : result.expectation)
      json["expectation"].push_back(
          {{"parameterisation", name(one.asked.architecture.parameterisation)},
           {"init", name(one.asked.init.kind)},
           {"skips", one.asked.architecture.skips},
           {"gamma", one.asked.architecture.gamma},
           {"exact", one.exact},
           {"mean", one.mean},
           {"standard_error", one.standard_error},
           {"z", one.z}});
    json["expectation_seconds"] = result.expectation_seconds;
  }
  writer.commit();

  std::vector<std::string> warnings =
      redraw(folder, {"limits_maps", "limits_laws", "limits_training"}, !options.no_figures,
             [&] { return limits_figures(result); });
  return write_record(folder / "limits.json", std::move(json), std::move(warnings),
                      result.map_seconds + result.training_seconds + result.expectation_seconds);
}

}  // namespace saddlescope::analysis
