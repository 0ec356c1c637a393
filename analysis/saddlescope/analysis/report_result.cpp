// A JSON file of any verb as fields and tables that can be read.
#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/report.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kEntriesShown = 8;  // of a list in one cell
constexpr std::size_t kRowsShown = 100;   // of a list of objects
constexpr std::size_t kFewObjects = 4;    // that stand as columns once they have more fields
constexpr int kDeepest = 64;              // levels of nesting; no result has more than a few

bool is_scalar(const Json& json) { return !json.is_object() && !json.is_array(); }

std::string scalar_text(const Json& json) {
  if (json.is_null()) return "";
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// The text of a scalar or of a list: its entries, the first ones of a long list, and only how many
// there are where they are no scalars.
std::string cell_text(const Json& json) {
  if (is_scalar(json)) return scalar_text(json);
  if (json.is_object() || !std::all_of(json.begin(), json.end(), is_scalar))
    return fmt::format("({} entries)", json.size());
  std::vector<std::string> entries;
  for (const Json& entry : json)
    if (entries.size() < kEntriesShown) entries.push_back(scalar_text(entry));
  const bool cut = entries.size() < json.size();
  return fmt::format("{}{}", fmt::join(entries, ", "),
                     cut ? fmt::format(", … ({} entries)", json.size()) : "");
}

void flatten(const Json& json, const std::string& prefix, std::vector<ReportField>& fields) {
  for (const auto& [key, value] : json.items()) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    if (value.is_object() && !value.empty()) {
      flatten(value, name, fields);
    } else {
      fields.push_back({name, cell_text(value)});
    }
  }
}

std::vector<ReportField> flattened(const Json& json) {
  std::vector<ReportField> fields;
  if (json.is_object()) flatten(json, "", fields);
  return fields;
}

// One row per object, a column for each of their fields in the order in which they appear. `key`
// heads the first column, which holds the names of the objects; empty: they have none.
ReportTable table_of(const std::string& title, const std::string& key,
                     const std::vector<std::pair<std::string, const Json*>>& objects) {
  ReportTable table;
  table.title = title;
  table.n_rows = objects.size();
  if (!key.empty()) table.header.push_back(key);
  std::map<std::string, std::size_t> column;
  for (const auto& [name, object] : objects) {
    if (table.rows.size() == kRowsShown) break;
    std::vector<std::string> row;
    if (!key.empty()) row.push_back(name);
    for (const ReportField& field : flattened(*object)) {
      const auto [place, added] = column.emplace(field.name, table.header.size());
      if (added) table.header.push_back(field.name);
      if (row.size() <= place->second) row.resize(place->second + 1);
      row[place->second] = field.value;
    }
    table.rows.push_back(std::move(row));
  }
  for (auto& row : table.rows) row.resize(table.header.size());
  return table;
}

// Rows become columns; objects without names are numbered.
ReportTable transposed(const ReportTable& table, bool named) {
  ReportTable out;
  out.title = table.title;
  out.header.emplace_back("quantity");
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    out.header.push_back(named ? table.rows[i].front() : std::to_string(i + 1));
  for (std::size_t column = named ? 1 : 0; column < table.header.size(); ++column) {
    std::vector<std::string> row = {table.header[column]};
    for (const auto& from : table.rows) row.push_back(from[column]);
    out.rows.push_back(std::move(row));
  }
  out.n_rows = out.rows.size();
  return out;
}

bool holds_objects(const Json& json) {
  return !json.empty() && !is_scalar(json) &&
         std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_object(); });
}

// Objects of objects and lists of objects become tables, the rest fields.
void add_contents(const Json& json, ReportResult& result) {
  for (const auto& [key, value] : json.items()) {
    if (!holds_objects(value)) {
      Json one;
      one[key] = value;
      for (ReportField& field : flattened(one))
        if (!field.value.empty()) result.numbers.push_back(std::move(field));
      continue;
    }
    std::vector<std::pair<std::string, const Json*>> objects;
    for (const auto& [name, object] : value.items()) objects.emplace_back(name, &object);
    const bool named = value.is_object();
    ReportTable table = table_of(key, named ? "of" : "", objects);
    const bool turn = table.n_rows <= kFewObjects && table.header.size() > kFewObjects + 1;
    result.tables.push_back(turn ? transposed(table, named) : std::move(table));
  }
}

std::vector<std::string> texts(const Json& json, const char* key) {
  return json.value(key, std::vector<std::string>{});
}

std::vector<ReportClaim> claims_of(const Json& json) {
  std::vector<ReportClaim> claims;
  for (const Json& one : json.at("claims")) {
    const Json& worst = one.at("worst");
    const auto text = [](const Json& from, const char* key) { return scalar_text(from.at(key)); };
    claims.push_back({text(one, "id"), text(one, "statement"), text(one, "source"),
                      text(one, "sweep"), text(one, "tolerance"), text(one, "verdict"),
                      text(one, "reason"), text(worst, "error"), text(worst, "tolerance"),
                      text(worst, "ratio"), text(one, "cases"), text(one, "seconds"),
                      text(worst, "quantity"), worst.at("case").dump()});
  }
  return claims;
}

// `agrees` is true, false, or a word for what could not be decided.
ReportStudy study_of(const Json& json) {
  const auto text = [&](const char* key) { return scalar_text(json.at(key)); };
  const Json& agrees = json.at("agrees");
  std::string agreement = "undecided";
  if (agrees.is_boolean()) agreement = agrees.get<bool>() ? "agrees" : "differs";
  if (agrees.is_string()) agreement = agrees.get<std::string>();
  // A verdict at reduced sizes is told apart.
  if (json.contains("verdict")) agreement = text("verdict");
  std::vector<std::string> rules;
  if (json.contains("quick_reduces") && !text("quick_reduces").empty())
    rules.push_back("reduced by --quick: " + text("quick_reduces"));
  if (json.contains("rules"))
    for (const Json& rule : json.at("rules"))
      rules.push_back(fmt::format("{} ({}): {}", scalar_text(rule.at("rule")),
                                  scalar_text(rule.at("from")),
                                  rule.at("met").get<bool>() ? "met" : "not met"));
  return {text("id"),   text("scale"), text("shows"),     text("published"),
          text("ours"), agreement,     text("judgement"), texts(json, "confounds_of_the_original"),
          rules};
}

// The verb that writes a file of this name; summary.json is told by what it holds.
std::string verb_of(const std::string& stem, const Json& json) {
  if (stem == "summary") {
    if (json.contains("algorithms")) return "train";
    return json.contains("objectives") ? "spectrum" : stem;
  }
  static const std::map<std::string, std::string> kVerbs = {{"atlas", "saddle atlas"},
                                                            {"certificate", "inference solve"},
                                                            {"classification", "saddle classify"},
                                                            {"condition", "inference condition"},
                                                            {"construction", "saddle construct"},
                                                            {"escape", "saddle escape"},
                                                            {"limits", "inference limits"},
                                                            {"mean_field", "inference mean-field"},
                                                            {"phase", "inference phase"},
                                                            {"prediction", "inference predict"},
                                                            {"result", "reproduce"},
                                                            {"search", "saddle search"},
                                                            {"spectrum", "inference spectrum"}};
  const auto found = kVerbs.find(stem);
  return found == kVerbs.end() ? stem : found->second;
}

ReportResult result_of(const Json& json, const std::string& file) {
  require(json.is_object() && json.contains("provenance"),
          "expected a result of saddlescope, an object with a 'provenance', found {}",
          json.is_object() ? "an object without one" : json.type_name());
  ReportResult result;
  result.file = file;
  result.verb = verb_of(std::filesystem::path(file).stem().string(), json);
  if (json.contains("claims") && json.contains("exit_code")) result.claims = claims_of(json);
  if (json.contains("published") && json.contains("ours")) result.study = study_of(json);
  result.options = flattened(json.value(result.study ? "configuration" : "options", Json()));
  result.provenance = flattened(json.at("provenance"));
  result.warnings = texts(json, "warnings");
  if (json.contains("wall_seconds")) result.seconds = scalar_text(json.at("wall_seconds"));
  if (result.study) {
    add_contents(json.value("quantities", Json::object()), result);
    return result;
  }
  Json rest = json;
  for (const char* key :
       {"options", "provenance", "warnings", "wall_seconds", "claims", "exit_code"})
    rest.erase(key);
  add_contents(rest, result);
  return result;
}

}  // namespace

ReportResult read_result(const std::string& text, const std::string& file) {
  try {
    const auto shallow = [](int depth, Json::parse_event_t, const Json&) {
      require(depth <= kDeepest, "expected at most {} levels of nesting", kDeepest);
      return true;
    };
    return result_of(Json::parse(text, shallow), file);
  } catch (const Json::exception& error) {
    const std::string message = error.what();  // "[json.exception.parse_error.101] parse error .."
    const std::size_t end = message.find("] ");
    throw std::invalid_argument(end == std::string::npos ? message : message.substr(end + 2));
  }
}

}  // namespace saddlescope::analysis
