// The verbs of the program and their names.
#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "verb.hpp"

namespace saddlescope::apps {

std::string verb_name(const Verb& verb) {
  std::string name = verb.command->get_name();
  for (const CLI::App* group = verb.command->get_parent();
       group != nullptr && group->get_parent() != nullptr; group = group->get_parent())
    name = group->get_name() + " " + name;
  return name;
}

std::vector<Verb> add_verbs(CLI::App& program) {
  std::vector<Verb> verbs = {
      add_report_verb(program),   add_reproduce_verb(program), add_slice_verb(program),
      add_spectrum_verb(program), add_sweep_verb(program),     add_train_verb(program),
      add_verify_verb(program),
  };
  for (Verb& verb : add_saddle_verbs(program)) verbs.push_back(std::move(verb));
  for (Verb& verb : add_inference_verbs(program)) verbs.push_back(std::move(verb));
  for (const Verb& verb : verbs) {
    std::string section = verb_name(verb);
    std::replace(section.begin(), section.end(), ' ', '.');
    verb.command->footer(
        fmt::format("--config FILE reads flags from the section [{}] of a TOML file, without their "
                    "dashes as keys; those on the command line count before it.",
                    section));
  }
  return verbs;
}

}  // namespace saddlescope::apps
