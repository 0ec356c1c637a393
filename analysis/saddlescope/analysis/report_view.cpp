#include "saddlescope/analysis/report_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/base/version.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::json;

enum class Kind { kClaims, kStudy, kRun };

Kind kind_of(const ReportFolder& folder) {
  Kind kind = Kind::kRun;
  for (const ReportResult& result : folder.results) {
    if (result.claims) return Kind::kClaims;
    if (result.study) kind = Kind::kStudy;
  }
  return kind;
}

// "saddles-fig5: how many updates .." of a study, else the verbs and the folder.
std::string title_of(const ReportFolder& folder) {
  std::string verbs;
  for (const ReportResult& result : folder.results) {
    if (result.study) return result.study->id + ": " + result.study->shows;
    if (verbs.find(result.verb) == std::string::npos)
      verbs += (verbs.empty() ? "" : ", ") + result.verb;
  }
  for (const ReportTable& table : folder.tables)
    if (verbs.empty() && table.title == kSweepTable) verbs = "sweep";
  if (verbs.empty()) verbs = "tables";
  return folder.path == "." || folder.path == verbs ? verbs
                                                    : fmt::format("{}: {}", verbs, folder.path);
}

Json overview_row(const ReportFolder& folder, const std::string& title, const std::string& id) {
  Json out = {{"row_title", title}, {"row_id", id}, {"row_path", folder.path}, {"study", Json()}};
  for (const ReportResult& result : folder.results)
    if (result.study) out["study"] = study_view(*result.study);
  double seconds = 0;
  for (const ReportResult& result : folder.results)
    seconds += number_in(result.seconds).value_or(0);
  out["row_seconds"] = cell(fmt::format("{:.3g}", seconds));
  out["row_pictures"] = cell(std::to_string(folder.pictures.size()));
  return out;
}

Json section(const Report& report, Kind kind, const char* heading, const char* id,
             const PictureSource& source) {
  Json out = {{"section_title", heading},
              {"section_id", id},
              {"articles", Json::array()},
              {"studies", Json()},
              {"runs", Json()}};
  Json rows = Json::array();
  for (const ReportFolder& folder : report.folders) {
    if (kind_of(folder) != kind) continue;
    const std::string own = fmt::format("{}-{}", id, rows.size() + 1);
    const std::string title = title_of(folder);
    out["articles"].push_back(article(folder, title, own, source));
    rows.push_back(overview_row(folder, title, own));
  }
  const bool filtered = rows.size() >= kFilteredFrom;
  if (kind != Kind::kClaims && rows.size() > 1)
    out[kind == Kind::kStudy ? "studies" : "runs"] = {{"filtered", filtered}, {"rows", rows}};
  return out;
}

Json summary(const Report& report) {
  std::size_t held = 0, claims = 0, agreeing = 0, quick = 0, studies = 0, results = 0, pictures = 0;
  for (const ReportFolder& folder : report.folders) {
    pictures += folder.pictures.size();
    for (const ReportResult& result : folder.results) {
      ++results;
      if (result.claims) {
        for (const ReportClaim& claim : *result.claims) {
          if (claim.superseded) continue;
          ++claims;
          if (claim.verdict == "holds") ++held;
        }
      }
      if (result.study && !result.study->superseded) {
        ++studies;
        if (result.study->agreement == "agrees") ++agreeing;
        if (result.study->agreement == "agrees (quick)") ++quick;
      }
    }
  }
  Json out = Json::array();
  const auto add = [&](std::string count, const char* what) {
    out.push_back({{"count", std::move(count)}, {"what", what}});
  };
  if (claims > 0) add(fmt::format("{} of {}", held, claims), "claims hold");
  if (studies > 0) add(fmt::format("{} of {}", agreeing, studies), "published experiments agree");
  if (quick > 0)
    add(fmt::format("{} of {}", quick, studies), "agree at the reduced sizes of --quick alone");
  add(std::to_string(results), results == 1 ? "result" : "results");
  add(std::to_string(pictures), pictures == 1 ? "figure" : "figures");
  if (!report.unreadable.empty())
    add(std::to_string(report.unreadable.size()), report.unreadable.size() == 1
                                                      ? "file that could not be read"
                                                      : "files that could not be read");
  return out;
}

}  // namespace

Json report_view(const Report& report, const std::string& heading, const PictureSource& source) {
  Json out = {
      {"heading", heading},
      {"summary", summary(report)},
      {"version", build_info().version},
      {"colours", {{"good", colour::kLoss}, {"bad", colour::kEnergy}, {"muted", colour::kMuted}}},
      {"sections", Json::array()},
      {"unreadable", Json()}};
  const auto add = [&](Kind kind, const char* title, const char* id) {
    Json one = section(report, kind, title, id, source);
    if (!one["articles"].empty()) out["sections"].push_back(std::move(one));
  };
  add(Kind::kClaims, "Claims of the theory", "claims");
  add(Kind::kStudy, "Published experiments", "experiments");
  add(Kind::kRun, "Runs", "runs");
  Json files = Json::array();
  for (const UnreadableFile& one : report.unreadable)
    files.push_back({{"unreadable_file", one.file}, {"why", one.reason}});
  out["unreadable"] = block(std::move(files));
  return out;
}

}  // namespace saddlescope::analysis
