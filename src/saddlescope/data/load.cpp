#include "saddlescope/data/load.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/data/csv_data.hpp"
#include "saddlescope/data/digits.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/data/idx.hpp"
#include "saddlescope/data/normalise.hpp"

namespace saddlescope {
namespace {

Index or_default(Index given, Index otherwise) { return given == 0 ? otherwise : given; }

// An option that the source does not know would do nothing, which no user means.
void refuse_foreign(const DataOptions& options, const std::string& kind) {
  struct Option {
    const char* name;
    bool given;
    std::vector<std::string> sources;
  };
  const std::vector<Option> all = {
      {"input", options.input != 0, {"toy", "teacher", "uncorrelated"}},
      {"output", options.output != 0, {"teacher", "uncorrelated"}},
      {"noise", options.noise != 0, {"teacher"}},
      {"input-exponent", options.input_exponent != 0, {"teacher"}},
      {"singular-values", !options.singular_values.empty(), {"teacher"}},
      {"targets", !options.targets.empty(), {"csv"}},
      {"classes", options.classes != 0, {"idx", "csv"}}};
  for (const Option& option : all)
    require(!option.given || std::find(option.sources.begin(), option.sources.end(), kind) !=
                                 option.sources.end(),
            "data option {}: expected with {} only, got it with {}", option.name,
            fmt::join(option.sources, ", "), kind);
}

Dataset load_idx(const DataOptions& options, const std::string& files) {
  const std::size_t comma = files.find(',');
  require(comma != std::string::npos && comma > 0 && comma + 1 < files.size() &&
              files.find(',', comma + 1) == std::string::npos,
          "data source idx: expected idx:IMAGES,LABELS, got 'idx:{}'", files);
  constexpr Index kClasses = 10;
  return read_idx(files.substr(0, comma), files.substr(comma + 1),
                  or_default(options.classes, kClasses));
}

Dataset generate(const DataOptions& options, const std::string& kind) {
  if (kind == "toy") {
    ToyOptions toy_options;
    toy_options.samples = or_default(options.samples, toy_options.samples);
    toy_options.dimension = or_default(options.input, toy_options.dimension);
    toy_options.seed = options.seed;
    return toy(toy_options);
  }
  if (kind == "teacher") {
    TeacherOptions teacher;
    teacher.samples = or_default(options.samples, teacher.samples);
    teacher.input = or_default(options.input, teacher.input);
    teacher.output = or_default(options.output, teacher.output);
    teacher.noise = options.noise;
    teacher.input_exponent = options.input_exponent;
    teacher.singular_values = options.singular_values;
    teacher.seed = options.seed;
    return linear_teacher(teacher);
  }
  UncorrelatedOptions targets;
  targets.samples = or_default(options.samples, targets.samples);
  targets.input = or_default(options.input, targets.input);
  targets.output = or_default(options.output, targets.output);
  targets.seed = options.seed;
  return uncorrelated(targets);
}

}  // namespace

const std::vector<std::string>& data_sources() {
  static const std::vector<std::string> sources = {
      "digits",   "toy",    "teacher", "uncorrelated", "four-point", "idx:IMAGES,LABELS",
      "csv:FILE", "h5:FILE"};
  return sources;
}

Dataset load(const DataOptions& options) {
  const std::size_t colon = options.source.find(':');
  const std::string kind = options.source.substr(0, colon);
  const bool has_file = colon != std::string::npos && colon + 1 < options.source.size();
  const std::string file = has_file ? options.source.substr(colon + 1) : "";
  const bool reads_file = kind == "idx" || kind == "csv" || kind == "h5";
  const bool generates = kind == "toy" || kind == "teacher" || kind == "uncorrelated";
  const bool known = reads_file ? has_file
                                : colon == std::string::npos &&
                                      (generates || kind == "digits" || kind == "four-point");
  require(known, "data source: expected one of {}, got '{}'", fmt::join(data_sources(), " | "),
          options.source);
  require(options.samples >= 0, "number of samples: expected >= 1, or 0 for all, got {}",
          options.samples);
  refuse_foreign(options, kind);

  Dataset data;
  if (kind == "digits") data = digits();
  if (kind == "four-point") data = four_point();
  if (kind == "idx") data = load_idx(options, file);
  if (kind == "csv") data = read_csv_data(file, {options.targets, options.classes});
  if (kind == "h5") data = read_h5_data(file);
  if (generates) data = generate(options, kind);

  const bool images = kind == "digits" || kind == "idx";
  const std::string otherwise = images ? "standard" : "none";
  data = normalise(std::move(data), options.normalise.empty() ? otherwise : options.normalise);
  if (!generates && options.samples > 0) data = draw(data, options.samples, options.seed);
  return data;
}

}  // namespace saddlescope
