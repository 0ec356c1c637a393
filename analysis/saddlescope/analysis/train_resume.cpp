#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "saddlescope/analysis/train_study.hpp"
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

bool may_grow(const std::string& name, const Json& stored) {
  return (name == "epochs" || name == "max-steps") && stored.at("schedule") != "cosine";
}

}  // namespace

TrainOptions resumed_options(const TrainOptions& given) {
  if (given.resume.empty()) return effective(given);
  const std::filesystem::path file = std::filesystem::path(given.resume) / "checkpoint.h5";
  const Json stored = Json::parse(read_checkpoint(file).config).at("options");
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
    require(may_grow(name, stored), "--{}: {} was run with {}; expected that or nothing, got {}",
            name, given.resume, stored.contains(name) ? stored.at(name).dump() : "its default",
            value.dump());
    assign(Json{{name, value}}, out);
  }
  return effective(out);
}

}  // namespace saddlescope::analysis
