#include "saddlescope/analysis/phase_files.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

CsvTable cell_table(const PhaseResult& result) {
  CsvTable table;
  table.header = {"parameterisation", "init",       "skips",     "width",
                  "hidden_layers",    "seed_index", "kappa",     "relative_error_bound",
                  "lambda_min",       "lambda_max", "undecided", "median_kappa",
                  "predicted_kappa"};
  for (const PhaseDiagram& diagram : result.diagrams)
    for (const PhaseCell& cell : diagram.cells)
      for (std::size_t s = 0; s < cell.seeds.size(); ++s) {
        const Conditioning& one = cell.seeds[s];
        table.rows.push_back(
            {diagram.parameterisation, diagram.init, diagram.skips ? "on" : "off",
             std::to_string(cell.width), std::to_string(cell.hidden_layers), std::to_string(s),
             csv_number(one.condition_number), csv_number(one.relative_error_bound),
             csv_number(one.lambda_min), csv_number(one.lambda_max), one.summary.ok() ? "0" : "1",
             csv_number(cell.median),
             cell.predicted ? csv_number(cell.predicted->condition_number) : std::string()});
      }
  return table;
}

CsvTable growth_table(const PhaseResult& result) {
  CsvTable table;
  table.header = {"parameterisation", "init",           "skips", "along", "at", "from", "to",
                  "exponent",         "standard_error", "points"};
  for (const PhaseDiagram& diagram : result.diagrams)
    for (const auto& [along, growth] :
         {std::pair{"depth", diagram.depth_growth}, std::pair{"width", diagram.width_growth}}) {
      if (growth.law.points == 0) continue;
      table.rows.push_back({diagram.parameterisation, diagram.init, diagram.skips ? "on" : "off",
                            along, std::to_string(growth.at), std::to_string(growth.from),
                            std::to_string(growth.to), csv_number(growth.law.exponent),
                            csv_number(growth.law.standard_error),
                            std::to_string(growth.law.points)});
    }
  return table;
}

// One number of every cell as a matrix, widths x hidden layers.
template <class Value>
Matrix grid(const PhaseResult& result, const PhaseDiagram& diagram, const Value& value) {
  Matrix out(static_cast<Index>(result.widths.size()),
             static_cast<Index>(result.hidden_layers.size()));
  for (std::size_t w = 0; w < result.widths.size(); ++w)
    for (std::size_t h = 0; h < result.hidden_layers.size(); ++h)
      out(static_cast<Index>(w), static_cast<Index>(h)) = value(result.cell(diagram, w, h));
  return out;
}

Vector as_vector(const std::vector<Index>& values) {
  return Eigen::Map<const Eigen::Matrix<Index, Eigen::Dynamic, 1>>(
             values.data(), static_cast<Index>(values.size()))
      .cast<double>();
}

void write_grids(const std::filesystem::path& file, const PhaseResult& result,
                 const Json& options) {
  Hdf5Writer out(file);
  out.vector("/widths", as_vector(result.widths));
  out.vector("/hidden_layers", as_vector(result.hidden_layers));
  for (const PhaseDiagram& diagram : result.diagrams) {
    const std::string at = fmt::format("/{}/{}/skips_{}", diagram.parameterisation, diagram.init,
                                       diagram.skips ? "on" : "off");
    out.matrix(at + "/median_condition_number",
               grid(result, diagram, [](const PhaseCell& c) { return c.median; }));
    out.matrix(at + "/undecided",
               grid(result, diagram, [](const PhaseCell& c) { return c.undecided ? 1.0 : 0.0; }));
    if (std::any_of(diagram.cells.begin(), diagram.cells.end(),
                    [](const PhaseCell& c) { return c.predicted.has_value(); }))
      out.matrix(at + "/predicted_condition_number", grid(result, diagram, [](const PhaseCell& c) {
                   return c.predicted ? c.predicted->condition_number
                                      : std::numeric_limits<double>::quiet_NaN();
                 }));
    for (std::size_t s = 0; s < diagram.cells.front().seeds.size(); ++s) {
      const std::string seed = fmt::format("{}/seed_{}", at, s);
      out.matrix(seed + "/condition_number", grid(result, diagram, [&](const PhaseCell& c) {
                   return c.seeds[s].condition_number;
                 }));
      out.matrix(seed + "/lambda_min",
                 grid(result, diagram, [&](const PhaseCell& c) { return c.seeds[s].lambda_min; }));
      out.matrix(seed + "/lambda_max",
                 grid(result, diagram, [&](const PhaseCell& c) { return c.seeds[s].lambda_max; }));
    }
  }
  out.group("/config");
  out.attribute("/config", "options", options.dump());
  out.attribute("/config", "provenance", provenance().dump());
  out.commit();
}

Json growth_json(const PhaseGrowth& growth, const char* other) {
  if (growth.law.points == 0) return nullptr;
  return {{"exponent", growth.law.exponent},
          {"standard_error", growth.law.standard_error},
          {"points", growth.law.points},
          {"from", growth.from},
          {"to", growth.to},
          {other, growth.at}};
}

Json to_json(const PhaseResult& result, const PhaseDiagram& diagram) {
  Json json;
  json["parameterisation"] = diagram.parameterisation;
  json["init"] = diagram.init;
  json["skips"] = diagram.skips;
  json["depth_growth"] = growth_json(diagram.depth_growth, "at_width");
  json["width_growth"] = growth_json(diagram.width_growth, "at_hidden_layers");
  Json median = Json::array(), undecided = Json::array(), predicted = Json::array();
  bool any_predicted = false;
  for (std::size_t w = 0; w < result.widths.size(); ++w) {
    Json medians = Json::array(), flags = Json::array(), predictions = Json::array();
    for (std::size_t h = 0; h < result.hidden_layers.size(); ++h) {
      const PhaseCell& cell = result.cell(diagram, w, h);
      medians.push_back(number(cell.median));
      flags.push_back(cell.undecided);
      predictions.push_back(cell.predicted ? number(cell.predicted->condition_number) : nullptr);
      any_predicted = any_predicted || cell.predicted.has_value();
    }
    median.push_back(std::move(medians));
    undecided.push_back(std::move(flags));
    predicted.push_back(std::move(predictions));
  }
  json["median_condition_number"] = std::move(median);  // rows are widths
  json["undecided"] = std::move(undecided);
  if (any_predicted) json["predicted_condition_number"] = std::move(predicted);
  return json;
}

}  // namespace

std::string phase_text(const PhaseResult& result) {
  const std::size_t w = result.widths.size() - 1;
  std::string text = fmt::format(
      "condition number of H_z at width {}, and growth exponents over the upper half of each "
      "axis\n\n  {:<24}",
      result.widths.back(), "");
  const std::size_t last = result.hidden_layers.size() - 1;
  std::vector<std::size_t> shown = {0};
  for (const std::size_t h : {last / 2, last})
    if (h != shown.back()) shown.push_back(h);
  for (const std::size_t h : shown)
    text += fmt::format("{:>12}", fmt::format("H = {}", result.hidden_layers[h]));
  text += fmt::format("{:>20}{:>20}\n", "depth exponent", "width exponent");
  Index n_undecided = 0;
  const auto exponent = [](const PowerLaw& law) {
    return law.points == 0 ? std::string("-")
                           : fmt::format("{:.3f} +- {:.3f}", law.exponent, law.standard_error);
  };
  for (const PhaseDiagram& diagram : result.diagrams) {
    text += fmt::format("  {:<24}", diagram.name());
    for (const std::size_t h : shown) {
      const PhaseCell& cell = result.cell(diagram, w, h);
      text +=
          fmt::format("{:>12}", fmt::format("{}{:.4g}", cell.undecided ? ">~" : "", cell.median));
    }
    text += fmt::format("{:>20}{:>20}\n", exponent(diagram.depth_growth.law),
                        exponent(diagram.width_growth.law));
    for (const PhaseCell& cell : diagram.cells) n_undecided += cell.undecided ? 1 : 0;
  }
  text += fmt::format(
      "\n  {} of {} cells undecided (>~: the tolerance is missed or only a lower "
      "bound is proved), {:.1f} s\n",
      n_undecided, result.diagrams.size() * result.widths.size() * result.hidden_layers.size(),
      result.seconds);
  return text;
}

std::vector<std::string> write_phase(const PhaseResult& result, const PhaseOptions& given,
                                     const std::filesystem::path& folder) {
  PhaseOptions options = effective(given);
  const Json config = describe(options).to_json();
  std::filesystem::create_directories(folder);
  write_csv(folder / "phase.csv", cell_table(result));
  write_csv(folder / "phase_growth.csv", growth_table(result));
  write_grids(folder / "phase.h5", result, config);
  std::vector<std::string> warnings =
      redraw(folder, {"phase_maps", "phase_curves"}, !options.no_figures, [&] {
        return std::vector<Figure>{phase_maps_figure(result, options),
                                   phase_curves_figure(result, options)};
      });
  Json json;
  json["options"] = config;
  json["widths"] = result.widths;
  json["hidden_layers"] = result.hidden_layers;
  for (const PhaseDiagram& diagram : result.diagrams)
    json["diagrams"].push_back(to_json(result, diagram));
  return write_record(folder / "phase.json", std::move(json), std::move(warnings), result.seconds);
}

}  // namespace saddlescope::analysis
