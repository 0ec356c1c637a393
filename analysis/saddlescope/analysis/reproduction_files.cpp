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
  return out;
}

std::string reproduction_text(const Reproduction& done) {
  return fmt::format("{} ({}, {:.0f} s): {}\n  published  {}\n  ours       {}\n  {}    {}\n",
                     done.study.id, name(done.scale), done.seconds, done.study.shows,
                     done.study.published, done.result.ours,
                     done.result.agrees ? "agrees " : "differs", done.result.judgement);
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
  json["agrees"] = result.agrees;
  json["judgement"] = result.judgement;
  json["confounds_of_the_original"] = done.study.confounds;
  json["configuration"] = result.configuration;
  json["quantities"] = result.quantities;
  json["tables"] = files;
  json["figure"] = result.figure.name;
  return write_record(place / "result.json", std::move(json), std::move(warnings), done.seconds);
}

}  // namespace saddlescope::analysis
