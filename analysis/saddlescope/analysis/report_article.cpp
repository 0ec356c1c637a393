#include "saddlescope/analysis/report_article.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::json;

constexpr int kDigits = 6;
constexpr int kErrorDigits = 3;

// Integers as they stand, other numbers with so many digits.
std::string shown(const std::string& text, int digits = kDigits) {
  const std::optional<double> value = number_in(text);
  if (!value || !std::isfinite(*value)) return text;
  const bool is_integer = text.find_first_not_of("-0123456789") == std::string::npos;
  return is_integer ? text : fmt::format("{:.{}g}", *value, digits);
}

Json number_cell(const std::string& text, int digits) {
  const std::optional<double> value = number_in(text);
  const bool is_number = value && std::isfinite(*value);
  return {{"text", shown(text, digits)}, {"number", is_number ? Json(text) : Json()}};
}

Json column(const std::string& title) { return {{"title", title}}; }

Json fields(const std::vector<ReportField>& from) {
  Json out = Json::array();
  for (const ReportField& field : from)
    out.push_back({{"name", field.name}, {"value", shown(field.value)}});
  return out;
}

Json table_view(const ReportTable& table) {
  Json out = {{"table_title", table.title},
              {"table_file", table.file.empty() ? Json() : Json(address(table.file))},
              {"filtered", table.rows.size() >= kFilteredFrom},
              {"columns", Json::array()},
              {"rows", Json::array()}};
  for (const std::string& title : table.header) out["columns"].push_back(column(title));
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const std::string& text : row) cells.push_back(cell(text));
    out["rows"].push_back({{"cells", std::move(cells)}});
  }
  out["shortened"] =
      table.rows.size() < table.n_rows
          ? Json(fmt::format("the first {} of {} rows", table.rows.size(), table.n_rows))
          : Json();
  return out;
}

Json tables_view(const std::vector<ReportTable>& tables) {
  Json out = Json::array();
  for (const ReportTable& table : tables)
    if (!table.header.empty()) out.push_back(table_view(table));
  return out;
}

// "holds", "fails", .. as the name of a style; anything else is undecided.
std::string style_of(const std::string& verdict) {
  if (verdict == "holds" || verdict == "agrees") return "good";
  if (verdict == "fails" || verdict.starts_with("differs")) return "bad";
  return "open";
}

Json verdict_view(const std::string& verdict) {
  return {{"verdict", verdict}, {"style", style_of(verdict)}};
}

Json claim_view(const ReportClaim& claim) {
  Json out = verdict_view(claim.verdict);
  out["claim"] = claim.id;
  out["statement"] = claim.statement;
  out["source"] = claim.source;
  out["sweep"] = claim.sweep;
  out["derivation"] = claim.derivation;
  out["reason"] = claim.reason.empty() ? Json() : Json(claim.reason);
  out["error"] = number_cell(claim.error, kErrorDigits);
  out["tolerance"] = number_cell(claim.tolerance, kErrorDigits);
  out["ratio"] = number_cell(claim.ratio, kErrorDigits);
  out["cases"] = cell(claim.cases);
  out["quantity"] = claim.quantity;
  out["worst_case"] = claim.worst_case;
  return out;
}

Json claims_view(const std::vector<ReportClaim>& claims) {
  Json out = {{"rows", Json::array()},
              {"held", fmt::format("{} of {} claims hold", n_holding(claims), claims.size())}};
  for (const ReportClaim& claim : claims) out["rows"].push_back(claim_view(claim));
  return out;
}

Json picture_view(const ReportPicture& picture, const PictureSource& source) {
  Json data = Json::array();
  for (const std::string& file : picture.data)
    data.push_back(
        {{"file", std::filesystem::path(file).filename().string()}, {"href", address(file)}});
  return {{"picture_title", picture.title},
          {"caption", picture.caption},
          {"source_of_image", source(picture)},
          {"link", address(picture.svg.empty() ? picture.png : picture.svg)},
          {"data", block(std::move(data))}};
}

Json result_view(const ReportResult& result) {
  std::vector<ReportField> provenance = result.provenance;
  if (!result.seconds.empty()) provenance.push_back({"seconds of computing", result.seconds});
  return {{"verb", result.verb},
          {"file", result.file},
          {"file_href", address(result.file)},
          {"claims", result.claims ? claims_view(*result.claims) : Json()},
          {"study", result.study ? study_view(*result.study) : Json()},
          {"warnings", block(result.warnings)},
          {"numbers", block(fields(result.numbers))},
          {"result_tables", tables_view(result.tables)},
          {"options", block(fields(result.options))},
          {"provenance", block(fields(provenance))}};
}

}  // namespace

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

Json cell(const std::string& text) { return number_cell(text, kDigits); }

Json block(Json list) {
  if (list.empty()) return {};
  return {{"items", std::move(list)}};
}

std::size_t n_holding(const std::vector<ReportClaim>& claims) {
  return static_cast<std::size_t>(std::count_if(
      claims.begin(), claims.end(), [](const auto& one) { return one.verdict == "holds"; }));
}

Json study_view(const ReportStudy& study) {
  Json out = verdict_view(study.agreement);
  out["id"] = study.id;
  out["scale"] = study.scale;
  out["shows"] = study.shows;
  out["published"] = study.published;
  out["ours"] = study.ours;
  out["judgement"] = study.judgement;
  out["confounds"] = block(study.confounds);
  out["rules"] = block(study.rules);
  return out;
}

Json article(const ReportFolder& folder, const std::string& title, const std::string& id,
             const PictureSource& source) {
  Json out = {{"article_id", id},          {"article_title", title},
              {"path", folder.path},       {"results", Json::array()},
              {"pictures", Json::array()}, {"tables", block(tables_view(folder.tables))}};
  for (const ReportResult& result : folder.results) out["results"].push_back(result_view(result));
  for (const ReportPicture& picture : folder.pictures)
    out["pictures"].push_back(picture_view(picture, source));
  return out;
}

std::string address(const std::string& path) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string out;
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace saddlescope::analysis
