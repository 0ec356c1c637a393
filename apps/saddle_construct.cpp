// saddlescope saddle construct FAMILY: a critical point from theory, as files for the other verbs.
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "terminal.hpp"
#include "verb.hpp"

#include "saddlescope/analysis/construct_study.hpp"

namespace saddlescope::apps {
namespace {

int run_construct(const analysis::ConstructOptions& given) {
  const analysis::ConstructOptions options = effective(given);
  const std::filesystem::path folder = output_folder(options.out);
  const analysis::ConstructResult result = construct_study(options);
  write_construction(result, options, folder);
  fmt::print("{}written to {}: network.h5, data.h5, construction.json\n", construct_text(result),
             folder.string());
  return 0;
}

// The family is an option like any other where there is no command line.
VerbInstance construct_instance() {
  const auto options = std::make_shared<analysis::ConstructOptions>();
  analysis::OptionTable table;
  table.add("family", &options->family, "family of critical points");
  const analysis::OptionTable others = describe(*options);
  for (const analysis::OptionField& field : others.fields())
    table.add(field.name, field.target, field.help, field.role);
  return {table,
          [options] {
            analysis::ConstructOptions filled = effective(*options);
            nlohmann::ordered_json config = describe(filled).to_json();
            config["family"] = filled.family;
            return config;
          },
          [options] { return run_construct(*options); }};
}

}  // namespace

Verb add_saddle_construct_verb(CLI::App& saddle) {
  CLI::App* command = saddle.add_subcommand(
      "construct", "a critical point of a family, with its predicted value and curvature");
  const auto options = std::make_shared<analysis::ConstructOptions>();
  command
      ->add_option("family,--family", options->family,
                   fmt::format("one of {}", fmt::join(analysis::construct_families(), ", ")))
      ->type_name("");
  add_flags(*command, describe(*options));
  return {command, [options] { return run_construct(*options); }, construct_instance,
          "construction.json"};
}

}  // namespace saddlescope::apps
