#include "saddlescope/analysis/escape_files.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/problem_objective.hpp"
#include "saddlescope/analysis/problem_title.hpp"
#include "saddlescope/analysis/result_files.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kColumns[] = {"time", "value",  "gradient_norm", "radius", "squared_weights",
                                    "loss", "S_norm", "hidden_errors"};

std::vector<double> numbers(const FlowRecord& r) {
  return {r.time, r.value,  r.gradient_norm, r.radius, r.squared_weights,
          r.loss, r.S_norm, r.hidden_errors};
}

// The last three are known of linear networks only.
std::size_t n_columns(const EscapeStudyResult& result) {
  return std::size(kColumns) - (has_closed_form(result.problem.network) ? 0 : 3);
}

CsvTable way_table(const EscapeStudyResult& result) {
  CsvTable table;
  table.header = {"objective"};
  table.header.insert(table.header.end(), std::begin(kColumns),
                      std::begin(kColumns) + n_columns(result));
  for (const ObjectiveEscape& one : result.objectives)
    for (const FlowRecord& record : one.way.records) {
      std::vector<std::string> row = {one.objective};
      const std::vector<double> all = numbers(record);
      for (std::size_t column = 0; column < n_columns(result); ++column)
        row.push_back(csv_number(all[column]));
      table.rows.push_back(std::move(row));
    }
  return table;
}

void write_ways(const fs::path& file, const EscapeStudyResult& result,
                const ReducedProblem<double>& reduced) {
  Hdf5Writer writer(file);
  for (const ObjectiveEscape& one : result.objectives) {
    const std::string group = "/" + one.objective;
    writer.group(group);
    if (!one.escape) continue;
    writer.vector(group + "/direction", reduced.lift(one.escape->ray.direction).col(0));
    writer.vector(group + "/theta_end", reduced.lift(one.way.theta).col(0));
    const auto n = static_cast<Index>(one.way.records.size());
    for (std::size_t column = 0; column < n_columns(result); ++column) {
      Vector values(n);
      for (Index i = 0; i < n; ++i)
        values[i] = numbers(one.way.records[static_cast<std::size_t>(i)])[column];
      writer.vector(fmt::format("{}/{}", group, kColumns[column]), values);
    }
    writer.attribute(group, "predicted", one.escape->predicted);
    writer.attribute(group, "measured", one.escape->measured);
    writer.attribute(group, "epsilon", one.escape->epsilon);
    writer.attribute(group, "radius_of_escape", one.escape->radius);
    writer.attribute(group, "order", static_cast<std::int64_t>(one.escape->ray.order));
    writer.attribute(group, "coefficient", one.escape->ray.coefficient);
  }
  writer.commit();
}

Json to_json(const ObjectiveEscape& one, bool closed_form) {
  Json json;
  json["verdict"] = name(one.classification.verdict);
  json["direction"] = one.direction;
  if (!one.escape) {
    json["message"] = one.summary.message;
    return json;
  }
  const EscapeTime& out = *one.escape;
  json["order"] = out.ray.order;
  json["coefficient"] = out.ray.coefficient;
  if (out.ray.order == 2) json["lambda_min"] = 2 * out.ray.coefficient;
  json["epsilon"] = out.epsilon;
  json["radius"] = out.radius;
  json["deviation_at_epsilon"] = out.deviation_at_epsilon;
  json["deviation_at_radius"] = out.deviation_at_radius;
  json["predicted"] = out.predicted;
  json["measured"] = out.measured > 0 ? Json(out.measured) : Json();
  json["ratio"] = out.measured > 0 ? Json(out.measured / out.predicted) : Json();
  json["message"] = out.summary.message;
  if (closed_form)
    json["balance_residual"] = std::max(out.flow.balance_residual, one.way.balance_residual);
  json["way"] = {{"end", name(one.way.end)},
                 {"time", one.way.time},
                 {"steps", one.way.steps},
                 {"message", one.way.summary.message}};
  const Runaway& away = one.way.runaway;
  json["runaway"] = {{"found", away.found},
                     {"value_drop", away.value_drop},
                     {"loss_change", away.loss_change},
                     {"S_growth", away.S_growth},
                     {"weight_growth", away.weight_growth},
                     {"message", away.message}};
  return json;
}

}  // namespace

std::string escape_text(const EscapeStudyResult& result) {
  std::string text =
      data_title(result.problem) + "   |   " + network_title(result.problem) + "\n\n";
  const auto line = [&](const std::string& label, auto&& cell) {
    text += fmt::format("  {:<22}", label);
    for (const ObjectiveEscape& one : result.objectives)
      text += fmt::format("{:>20}", std::string(cell(one)));
    text += "\n";
  };
  const bool any = std::any_of(result.objectives.begin(), result.objectives.end(),
                               [](const ObjectiveEscape& one) { return one.escape.has_value(); });
  const auto number = [&](const std::string& label, auto&& value, const char* format = "{:.4g}") {
    if (!any) return;
    line(label, [&](const ObjectiveEscape& one) {
      return one.escape ? fmt::format(fmt::runtime(format), value(one)) : std::string("-");
    });
  };
  line("", [](const ObjectiveEscape& one) { return objective_title(one.objective); });
  line("verdict", [](const ObjectiveEscape& one) { return name(one.classification.verdict); });
  line("direction", [](const ObjectiveEscape& one) { return one.direction; });
  number(
      "order k", [](const ObjectiveEscape& one) { return one.escape->ray.order; }, "{}");
  number(
      "lambda_min (k = 2)",
      [](const ObjectiveEscape& one) {
        return one.escape->ray.order == 2 ? fmt::format("{:.6g}", 2 * one.escape->ray.coefficient)
                                          : std::string("-");
      },
      "{}");
  number(
      "coefficient c", [](const ObjectiveEscape& one) { return one.escape->ray.coefficient; },
      "{:.6g}");
  number("epsilon", [](const ObjectiveEscape& one) { return one.escape->epsilon; });
  number("radius", [](const ObjectiveEscape& one) { return one.escape->radius; });
  number(
      "law's deviation there",
      [](const ObjectiveEscape& one) { return one.escape->deviation_at_radius; }, "{:.1e}");
  number(
      "time predicted", [](const ObjectiveEscape& one) { return one.escape->predicted; }, "{:.6g}");
  number(
      "time measured",
      [](const ObjectiveEscape& one) {
        return one.escape->measured > 0 ? fmt::format("{:.6g}", one.escape->measured)
                                        : std::string("not reached");
      },
      "{}");
  number(
      "measured/predicted",
      [](const ObjectiveEscape& one) {
        return one.escape->measured > 0
                   ? fmt::format("{:.5f}", one.escape->measured / one.escape->predicted)
                   : std::string("-");
      },
      "{}");
  if (has_closed_form(result.problem.network))
    number(
        "balance residual",
        [](const ObjectiveEscape& one) {
          return std::max(one.escape->flow.balance_residual, one.way.balance_residual);
        },
        "{:.1e}");
  number(
      "value at the end", [](const ObjectiveEscape& one) { return one.way.records.back().value; },
      "{:.6g}");
  for (const ObjectiveEscape& one : result.objectives) {
    for (const std::string& words :
         {one.summary.message, one.escape ? one.escape->summary.message : std::string(),
          one.way.summary.message, one.way.runaway.message})
      if (!words.empty()) text += fmt::format("\n{}: {}\n", objective_title(one.objective), words);
  }
  return text;
}

std::vector<std::string> write_escape(const EscapeStudyResult& result,
                                      const EscapeStudyOptions& given, const fs::path& folder) {
  EscapeStudyOptions options = effective(given);
  fs::create_directories(folder);
  const Problem& problem = result.problem;
  const ReducedProblem<double> reduced(problem.network.architecture, problem.data,
                                       exact_reductions(problem.network));
  write_problem(folder, problem);
  write_csv(folder / "escape.csv", way_table(result));
  write_ways(folder / "escape.h5", result, reduced);
  Json json = record_of(describe(options).to_json(), problem.data);
  json["duration"] = result.duration;
  bool any = false;
  for (const ObjectiveEscape& one : result.objectives) {
    json["objectives"][one.objective] = to_json(one, has_closed_form(problem.network));
    any = any || one.escape.has_value();
  }
  std::vector<std::string> warnings = redraw(folder, {"escape"}, !options.no_figures && any, [&] {
    return std::vector<Figure>{escape_figure(result)};
  });
  return write_record(folder / "escape.json", std::move(json), std::move(warnings), result.seconds);
}

}  // namespace saddlescope::analysis
