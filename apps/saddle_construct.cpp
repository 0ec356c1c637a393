// saddlescope saddle construct FAMILY: a critical point from theory, as files for the other verbs.
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "option_flags.hpp"
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
  return {command, [options] { return run_construct(*options); }};
}

}  // namespace saddlescope::apps
