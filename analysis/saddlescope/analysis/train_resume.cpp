#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/train_seeds.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

using Json = nlohmann::ordered_json;

std::string word(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? csv_number(value.get<double>()) : value.dump();
}

// An empty list of integers is written `none` (options.hpp).
std::vector<std::string> words(const Json& value) {
  if (!value.is_array()) return {word(value)};
  std::vector<std::string> out;
  for (const Json& one : value) out.push_back(word(one));
  return out;
}

void assign(const Json& json, TrainOptions& options) {
  const OptionTable table = describe(options);
  for (const OptionField& field : table.fields())
    if (field.role == OptionRole::kNumbers && json.contains(field.name))
      field.assign(words(json.at(field.name)));
}

bool may_grow(const std::string& name, const Json& stored, const Json& value) {
  if (name == "seeds") return stored.value("seeds", 1) > 1 && value > stored.at("seeds");
  return (name == "epochs" || name == "max-steps") && stored.at("schedule") != "cosine";
}

// Of the run in a folder, or of the runs of several seeds.
Json stored_options(const std::filesystem::path& folder) {
  if (const auto seeds = read_seeds_config(folder)) return *seeds;
  const std::filesystem::path checkpoint = folder / "checkpoint.h5";
  require(std::filesystem::exists(checkpoint),
          "--resume {}: expected the folder of a training run, found {}; a run leaves "
          "checkpoint.h5 in its --out",
          folder.string(),
          std::filesystem::exists(folder) ? "no checkpoint.h5 in it" : "no such folder");
  return Json::parse(read_checkpoint(checkpoint).config).at("options");
}

}  // namespace

TrainOptions resumed_options(const TrainOptions& given) {
  if (given.resume.empty()) return effective(given);
  const Json stored = stored_options(given.resume);
  TrainOptions beside = given, plain;
  const Json said = describe(beside).to_json(), silent = describe(plain).to_json();
  require(given.out == plain.out || given.out == given.resume,
          "--out: expected the folder of --resume, {}, or nothing, got {}", given.resume,
          given.out);
  TrainOptions out;
  assign(stored, out);
  out.checkpoint_every = given.checkpoint_every;
  out.threads = given.threads;
  out.no_figures = given.no_figures;
  out.out = out.resume = given.resume;
  for (const auto& [name, value] : said.items()) {
    if (silent.contains(name) && silent.at(name) == value) continue;
    if (stored.contains(name) && stored.at(name) == value) continue;
    require(may_grow(name, stored, value),
            "--{}: {} was run with {}; expected that or nothing, got {}", name, given.resume,
            stored.contains(name) ? stored.at(name).dump() : "its default", value.dump());
    assign(Json{{name, value}}, out);
  }
  return effective(out);
}

}  // namespace saddlescope::analysis
