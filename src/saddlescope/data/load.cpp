#include "saddlescope/data/load.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/data/csv_data.hpp"
#include "saddlescope/data/digits.hpp"
#include "saddlescope/data/draw.hpp"
#include "saddlescope/data/generators.hpp"
#include "saddlescope/data/h5_data.hpp"
#include "saddlescope/data/idx.hpp"
#include "saddlescope/data/mnist1d.hpp"
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
  return read_idx(files.substr(0, comma), files.substr(comma + 1), options.classes);
}

// `options` with defaults spelled out.
Dataset generate(const DataOptions& options, const std::string& kind) {
  if (kind == "mnist-1d") return mnist1d({options.samples, options.seed});
  if (kind == "toy") return toy({options.samples, options.input, options.seed});
  if (kind == "teacher") {
    TeacherOptions teacher;
    teacher.samples = options.samples;
    teacher.input = options.input;
    teacher.output = options.output;
    teacher.noise = options.noise;
    teacher.input_exponent = options.input_exponent;
    teacher.singular_values = options.singular_values;
    teacher.seed = options.seed;
    return linear_teacher(teacher);
  }
  return uncorrelated({options.samples, options.input, options.output, options.seed});
}

std::string kind_of(const DataOptions& options) {
  return options.source.substr(0, options.source.find(':'));
}

}  // namespace

const std::vector<std::string>& data_sources() {
  static const std::vector<std::string> sources = {
      "digits",     "toy",      "teacher",           "uncorrelated",
      "four-point", "mnist-1d", "idx:IMAGES,LABELS", "csv:FILE",
      "h5:FILE"};
  return sources;
}

DataOptions effective(DataOptions options) {
  const std::string kind = kind_of(options);
  const bool images = kind == "digits" || kind == "idx";
  if (options.normalise.empty()) options.normalise = images ? "standard" : "none";
  constexpr Index kClasses = 10;
  if (kind == "idx") options.classes = or_default(options.classes, kClasses);
  const auto fill = [&options](const auto& generator) {
    options.samples = or_default(options.samples, generator.samples);
    if constexpr (requires { generator.dimension; }) {
      options.input = or_default(options.input, generator.dimension);
    } else {
      options.input = or_default(options.input, generator.input);
      options.output = or_default(options.output, generator.output);
    }
  };
  if (kind == "mnist-1d") options.samples = or_default(options.samples, Mnist1dOptions{}.samples);
  if (kind == "toy") fill(ToyOptions{});
  if (kind == "uncorrelated") fill(UncorrelatedOptions{});
  if (kind == "teacher") {
    fill(TeacherOptions{});
    const Index rank = std::min(options.input, options.output);
    if (options.singular_values.empty() && rank > 0)
      options.singular_values.assign(static_cast<std::size_t>(rank), 1.0);
  }
  return options;
}

Dataset load(const DataOptions& given) {
  const DataOptions options = effective(given);
  const std::size_t colon = options.source.find(':');
  const std::string kind = kind_of(options);
  const bool has_file = colon != std::string::npos && colon + 1 < options.source.size();
  const std::string file = has_file ? options.source.substr(colon + 1) : "";
  const bool reads_file = kind == "idx" || kind == "csv" || kind == "h5";
  const bool generates =
      kind == "toy" || kind == "teacher" || kind == "uncorrelated" || kind == "mnist-1d";
  const bool known = reads_file ? has_file
                                : colon == std::string::npos &&
                                      (generates || kind == "digits" || kind == "four-point");
  require(known, "data source: expected one of {}, got '{}'{}", fmt::join(data_sources(), " | "),
          options.source,
          options.source.ends_with(".csv")  ? "; did you mean csv:" + options.source + "?"
          : options.source.ends_with(".h5") ? "; did you mean h5:" + options.source + "?"
                                            : did_you_mean(data_sources(), options.source));
  require(options.samples >= 0, "number of samples: expected >= 1, or 0 for all, got {}",
          options.samples);
  refuse_foreign(given, kind);

  Dataset data;
  if (kind == "digits") data = digits();
  if (kind == "four-point") data = four_point();
  if (kind == "idx") data = load_idx(options, file);
  if (kind == "csv") data = read_csv_data(file, {options.targets, options.classes});
  if (kind == "h5") data = read_h5_data(file);
  if (generates) data = generate(options, kind);

  data = normalise(std::move(data), options.normalise);
  if (!generates && options.samples > 0) data = draw(data, options.samples, options.seed);
  return data;
}

}  // namespace saddlescope
