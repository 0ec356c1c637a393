// saddlescope VERB [flags]: parses, runs one verb, and turns every failure into one clear sentence
// on the standard error and an exit code:
//
//   0  done          1  failed while running (also: a claim failed)
//   2  bad input     3  a claim is undecided
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "failure.hpp"
#include "toml_config.hpp"
#include "verb.hpp"

#include "saddlescope/base/version.hpp"

namespace saddlescope::apps {
namespace {

std::string version_text() {
  const BuildInfo build = build_info();
  return fmt::format("saddlescope {} (revision {})\ncompiler: {}\nflags: {}\nBLAS: {}",
                     build.version, build.git_revision, build.compiler, build.flags, build.blas);
}

int complain(const std::string& text, int code) {
  // Not fmt::print, which throws where the standard error cannot be written.
  std::fputs(fmt::format("saddlescope: {}\n", text).c_str(), stderr);
  return code;
}

// "saddle: expected one of atlas, check, .., got 'nonsense'"
std::string explain_missing_verb(const CLI::App& program) {
  const CLI::App* group = &program;
  while (!group->get_subcommands().empty()) group = group->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::App* verb : group->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  const std::vector<std::string> rest = program.remaining(true);
  return fmt::format("{}: expected one of {}, got {}", group->get_name(), fmt::join(names, ", "),
                     rest.empty() ? "nothing" : "'" + rest.front() + "'");
}

// CLI11's own exit codes tell kinds of mistakes apart; ours is 2 for all of them.
int explain_parse_error(const CLI::App& program, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
  std::string text = error.what();
  if (const std::string extras = "INI was not able to parse "; text.starts_with(extras)) {
    text = "config file: unknown key '" + text.substr(extras.size()) +
           "' (keys are the verb's flags without dashes, in a section named after the verb)";
  }
  if (text == "A subcommand is required") text = explain_missing_verb(program);
  return complain(text, kBadInput);
}

int run(int argc, char** argv) {
  CLI::App program{"Energy and loss landscapes of predictive-coding networks.", "saddlescope"};
  program.set_version_flag("--version", version_text);
  program.set_config("--config", "", "TOML file with one section per verb and its flags as keys");
  program.config_formatter(std::make_shared<TomlConfig>());
  program.allow_config_extras(CLI::config_extras_mode::error);
  program.fallthrough();
  program.require_subcommand(0, 1);
  const std::vector<Verb> verbs = add_verbs(program);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain_parse_error(program, error);
  }
  for (const Verb& verb : verbs) {
    if (verb.command->parsed()) return verb.run();
  }
  fmt::print("{}", program.help());
  return kBadInput;
}

// Started without some of the first three descriptors, files and sockets would take their numbers.
void open_standard_streams() {
  int descriptor = 0;
  do descriptor = open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor > STDERR_FILENO) close(descriptor);
}

}  // namespace
}  // namespace saddlescope::apps

int main(int argc, char** argv) {
  using saddlescope::apps::complain;
  saddlescope::apps::open_standard_streams();
  try {
    return saddlescope::apps::run(argc, argv);
  } catch (...) {
    const saddlescope::apps::Failure failure = saddlescope::apps::current_failure();
    return complain(failure.message, failure.code);
  }
}
