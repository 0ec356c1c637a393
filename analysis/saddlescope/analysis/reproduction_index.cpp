#include "saddlescope/analysis/reproduction_index.hpp"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "saddlescope/analysis/provenance.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Nothing where the file is not there; throws where it cannot be read.
std::optional<Json> result_of(const std::string& id, const fs::path& folder) {
  const fs::path file = folder / id / "result.json";
  if (!fs::exists(file)) return std::nullopt;
  return Json::parse(read_text(file));
}

std::string section(const Study& study, const fs::path& folder) {
  std::string text = fmt::format("## {}: {}\n\n", study.id, study.shows);
  try {
    const auto result = result_of(study.id, folder);
    if (!result) return text + "Not run here.\n\n";
    const auto word = [&](const char* key) { return result->at(key).get<std::string>(); };
    text += fmt::format("- published: {}\n- ours ({}, {:.0f} s): {}\n- **{}**: {}\n",
                        word("published"), word("scale"), result->at("wall_seconds").get<double>(),
                        word("ours"), word("verdict"), word("judgement"));
    if (const std::string reduced = word("quick_reduces"); !reduced.empty())
      text += fmt::format("- reduced by --quick: {}\n", reduced);
    for (const Json& rule : result->at("rules"))
      text += fmt::format("- rule, {}: {}: {}\n", rule.at("from").get<std::string>(),
                          rule.at("rule").get<std::string>(),
                          rule.at("met").get<bool>() ? "met" : "not met");
    for (const Json& one : result->at("confounds_of_the_original"))
      text += fmt::format("- confound of the original: {}\n", one.get<std::string>());
    text += "- numbers: ";
    for (const Json& table : result->at("tables"))
      text += fmt::format("[{0}]({1}/{0}) ", table.get<std::string>(), study.id);
    text += fmt::format("[result.json]({}/result.json)\n\n", study.id);
    const std::string picture = fmt::format("{}/{}.png", study.id, word("figure"));
    if (fs::exists(folder / picture)) text += fmt::format("![{}]({})\n\n", study.shows, picture);
    return text;
  } catch (const std::exception& error) {
    return text + fmt::format("result.json could not be read: {}\n\n", error.what());
  }
}

std::string emphasised(const std::string& verdict) {
  return verdict == "agrees" ? verdict : "**" + verdict + "**";
}

// "12 agrees, 9 agrees (quick), 2 differs; 5 not run": verdicts are counted apart.
std::string counts(const fs::path& folder) {
  std::map<std::string, int> numbers;
  for (const Study& study : all_studies()) {
    std::string verdict = "not run";
    try {
      if (const auto result = result_of(study.id, folder))
        verdict = result->at("verdict").get<std::string>();
    } catch (const std::exception&) {
      verdict = "cannot be read";
    }
    ++numbers[verdict];
  }
  std::string text;
  for (const auto& [verdict, number] : numbers)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", verdict, number);
  return text;
}

std::string summary_row(const Study& study, const fs::path& folder) {
  std::string verdict = "not run";
  try {
    if (const auto result = result_of(study.id, folder))
      verdict = fmt::format(
          "{} | {} | {:.0f}", emphasised(result->at("verdict").get<std::string>()),
          result->at("scale").get<std::string>(), result->at("wall_seconds").get<double>());
    else
      verdict += " | |";
  } catch (const std::exception&) {
    verdict = "cannot be read | |";
  }
  return fmt::format("| [{0}](#{1}) | {2} | {3} |\n", study.id, study.id, study.shows, verdict);
}

}  // namespace

bool is_finished(const Study& study, const ReproduceOptions& options, const fs::path& folder) {
  try {
    const auto result = result_of(study.id, folder);
    if (!result) return false;
    const Json here = provenance();
    const Json& there = result->at("provenance");
    const std::string figure = result->at("figure").get<std::string>() + ".png";
    return result->at("scale") == name(scale_of(options)) &&
           result->at("data") == (study.takes_images ? options.data : "") &&
           there.at("version") == here.at("version") &&
           there.at("git_revision") == here.at("git_revision") &&
           (options.no_figures || fs::exists(folder / study.id / figure));
  } catch (const std::exception&) {
    return false;  // damaged: run again
  }
}

void write_reproduction_index(const std::vector<std::string>& failures, const fs::path& folder) {
  std::string text = fmt::format(
      "# Published experiments, run again\n\n{}. Verdicts with (quick) are of reduced sizes, which "
      "each experiment names below.\n\n| experiment | question | ours and the published | "
      "scale | seconds |\n| --- | --- | --- | --- | --- |\n",
      counts(folder));
  for (const Study& study : all_studies()) text += summary_row(study, folder);
  text += "\n";
  for (const std::string& failure : failures) text += fmt::format("Failed: {}\n\n", failure);
  for (const Study& study : all_studies()) text += section(study, folder);
  if (!unavailable_studies().empty()) text += "## Not reproducible yet\n\n";
  for (const UnavailableStudy& study : unavailable_studies())
    text += fmt::format("- {}: {}; needs {}\n", study.id, study.shows, study.needs);
  write_text(folder / "index.md", text);
}

}  // namespace saddlescope::analysis
