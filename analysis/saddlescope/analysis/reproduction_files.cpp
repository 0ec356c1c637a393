#include "saddlescope/analysis/reproduction_files.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "saddlescope/analysis/result_files.hpp"

namespace saddlescope::analysis {

namespace fs = std::filesystem;

Reproduction reproduce(const Study& study, const StudyContext& context) {
  const auto begin = std::chrono::steady_clock::now();
  Reproduction out = {study, context.scale, study.run(context)};
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (context.scale == StudyScale::kQuick && !study.quick_decides) {
    out.result.judgement = fmt::format(
        "--quick has {}, too small for the headline to show; at this size the same test {}",
        study.quick_reduces,
        out.result.agreement == Agreement::kAgrees    ? "passes"
        : out.result.agreement == Agreement::kDiffers ? "fails"
                                                      : "says nothing");
    out.result.agreement = Agreement::kNotTested;
  }
  return out;
}

fs::path runs_folder(const Study& study, const fs::path& folder) {
  return folder / study.id / "runs";
}

std::string verdict_of(const Reproduction& done) {
  const bool decided =
      done.result.agreement == Agreement::kAgrees || done.result.agreement == Agreement::kDiffers;
  const bool reduced = done.scale == StudyScale::kQuick && !done.study.quick_reduces.empty();
  return name(done.result.agreement) + (decided && reduced ? " (quick)" : "");
}

std::string reproduction_text(const Reproduction& done) {
  std::string text = fmt::format("{} ({}, {:.0f} s): {}\n  published  {}\n  ours       {}\n",
                                 done.study.id, name(done.scale), done.seconds, done.study.shows,
                                 done.study.published, done.result.ours);
  if (done.scale == StudyScale::kQuick && !done.study.quick_reduces.empty())
    text += fmt::format("  reduced    {}\n", done.study.quick_reduces);
  for (const StudyRule& rule : done.result.rules)
    text += fmt::format("  rule       {} ({}): {}\n", rule.rule, rule.from,
                        rule.met ? "met" : "not met");
  return text + fmt::format("  {}: {}\n", verdict_of(done), done.result.judgement);
}

std::vector<std::string> write_reproduction(const Reproduction& done,
                                            const ReproduceOptions& options,
                                            const fs::path& folder) {
  const fs::path place = folder / done.study.id;
  fs::create_directories(place);
  const StudyResult& result = done.result;
  std::vector<std::string> files;
  for (const StudyTable& table : result.tables) {
    files.push_back(table.name + ".csv");
    write_csv(place / files.back(), table.table);
  }
  std::vector<std::string> warnings = redraw(place, {result.figure.name}, !options.no_figures,
                                             [&] { return std::vector<Figure>{result.figure}; });
  nlohmann::ordered_json json;
  json["id"] = done.study.id;
  json["scale"] = name(done.scale);
  json["data"] = done.study.takes_images ? options.data : "";
  json["shows"] = done.study.shows;
  json["published"] = done.study.published;
  json["ours"] = result.ours;
  json["verdict"] = verdict_of(done);
  if (result.agreement == Agreement::kAgrees || result.agreement == Agreement::kDiffers) {
    json["agrees"] = result.agreement == Agreement::kAgrees;
  } else {
    json["agrees"] = name(result.agreement);
  }
  json["quick_reduces"] = done.scale == StudyScale::kQuick ? done.study.quick_reduces : "";
  json["rules"] = nlohmann::ordered_json::array();
  for (const StudyRule& rule : result.rules)
    json["rules"].push_back({{"rule", rule.rule}, {"from", rule.from}, {"met", rule.met}});
  json["judgement"] = result.judgement;
  json["confounds_of_the_original"] = done.study.confounds;
  json["configuration"] = result.configuration;
  json["quantities"] = result.quantities;
  json["tables"] = files;
  json["figure"] = result.figure.name;
  warnings =
      write_record(place / "result.json", std::move(json), std::move(warnings), done.seconds);
  fs::remove_all(runs_folder(done.study, folder));
  return warnings;
}

}  // namespace saddlescope::analysis
