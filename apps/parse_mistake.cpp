#include "parse_mistake.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "saddlescope/base/known_names.hpp"

namespace saddlescope::apps {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& group) {
  return group.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

// The last command that was understood.
const CLI::App& innermost(const CLI::App& program) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

// "saddle classify" for 'classify', 'clasify', 'saddle clasify' without its group; of the group's own
// verbs the bare name; empty where none is near.
std::string nearest_verb(const CLI::App& program, const CLI::App& group, const std::string& word) {
  const auto among = [&](const CLI::App& one) {
    const std::vector<std::string> names = names_of(commands_of(one));
    return did_you_mean(names, word).empty() ? std::string() : nearest_name(names, word);
  };
  if (std::string near = among(group); !near.empty()) return near;
  for (const CLI::App* other : commands_of(program))
    if (const std::string near = among(*other); !near.empty())
      return fmt::format("{} {}", other->get_name(), near);
  return "";
}

std::string did_you_mean_verb(const CLI::App& program, const CLI::App& group,
                              const std::string& word) {
  const std::string near = nearest_verb(program, group, word);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

// "saddle: expected one of atlas, check, .., got 'nonsense'"
std::string explain_verb(const CLI::App& program, const CLI::App& group, const std::string& word) {
  return fmt::format(
      "{}: expected one of {}, got {}", &group == &program ? "verb" : group.get_name(),
      fmt::join(names_of(commands_of(group)), ", "),
      word.empty() ? "nothing"
                   : fmt::format("'{}'{}", word, did_you_mean_verb(program, group, word)));
}

// Long flags without their dashes, which are the keys of configuration files too.
std::vector<std::string> flags_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back(name);
  return names;
}

// "inference predict"; of the program itself its name.
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  const bool is_outer = parent == nullptr || parent->get_parent() == nullptr;
  return (is_outer ? "" : parent->get_name() + " ") + command.get_name();
}

std::string explain_extras(const CLI::App& program) {
  const std::vector<std::string> rest = program.remaining(true);
  const CLI::App& command = innermost(program);
  const bool is_group = !commands_of(command).empty();
  if (is_group && !rest.empty() && !rest.front().starts_with("-"))
    return explain_verb(program, command, rest.front());
  const auto flag = std::find_if(rest.begin(), rest.end(),
                                 [](const std::string& word) { return word.starts_with("-"); });
  const std::string verb = full_name(command);
  if (flag == rest.end())
    return fmt::format("{}: expected flags, which begin with --, got '{}'", verb,
                       rest.empty() ? "" : rest.front());
  const std::string bare = flag->substr(std::min(flag->size(), flag->find_first_not_of('-')));
  std::vector<std::string> known = flags_of(command);
  known.emplace_back("config");
  const std::string name = bare.substr(0, bare.find('='));
  const std::string near = did_you_mean(known, name);
  return fmt::format(
      "{}unknown flag {}{} ({} --help lists all)",
      command.get_parent() == nullptr ? "" : verb + ": ", flag->substr(0, flag->find('=')),
      near.empty() ? "" : fmt::format("; did you mean --{}?", nearest_name(known, name)), verb);
}

// "; did you mean the section [saddle.classify]?"
std::string did_you_mean_section(const CLI::App& program, const CLI::App& group,
                                 const std::string& within, const std::string& name) {
  std::string verb = nearest_verb(program, group, name);
  if (verb.empty()) return "";
  std::replace(verb.begin(), verb.end(), ' ', '.');
  const bool inside = verb.find('.') == std::string::npos;
  return fmt::format("; did you mean the section [{}{}]?", inside ? within : "", verb);
}

// For "spectrum.hiden", "saddle.clasify.data", "hidden".
std::string hint_on_key(const CLI::App& program, const std::string& path) {
  const CLI::App* command = &program;
  std::size_t begin = 0;
  for (std::size_t end = path.find('.'); end != std::string::npos; end = path.find('.', begin)) {
    const std::string name = path.substr(begin, end - begin);
    const std::vector<const CLI::App*> below = commands_of(*command);
    const auto found = std::find_if(below.begin(), below.end(),
                                    [&](const CLI::App* one) { return one->get_name() == name; });
    if (found == below.end())
      return did_you_mean_section(program, *command, path.substr(0, begin), name);
    command = *found;
    begin = end + 1;
  }
  if (command == &program) return "";
  std::vector<std::string> known = flags_of(*command);
  for (std::string& name : known) name.insert(0, path.substr(0, begin));
  return did_you_mean(known, path);
}

}  // namespace

std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  std::string text = error.what();
  const std::string unknown_keys = "INI was not able to parse ";
  if (text.starts_with(unknown_keys)) {
    const std::string path = text.substr(unknown_keys.size());
    return fmt::format(
        "config file: unknown key '{}'{} (keys are the verb's flags without dashes, in a section "
        "named after the verb)",
        path, hint_on_key(program, path));
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) return explain_extras(program);
  if (text == "A subcommand is required") {
    const std::vector<std::string> rest = program.remaining(true);
    return explain_verb(program, innermost(program), rest.empty() ? "" : rest.front());
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const std::string verb = full_name(innermost(program));
    return fmt::format("{}: {} ({} --help says what it is)", verb, text, verb);
  }
  return text;
}

}  // namespace saddlescope::apps
