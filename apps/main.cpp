// saddlescope VERB [flags]: parses, runs one verb, and turns every failure into one clear sentence
// on the standard error and an exit code:
//
//   0  done          1  failed while running (also: a claim failed)
//   2  bad input     3  a claim is undecided
//   130  interrupted
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "failure.hpp"
#include "interruption.hpp"
#include "parse_mistake.hpp"
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

// CLI11's own exit codes tell kinds of mistakes apart; ours is 2 for all of them.
int explain_parse_error(const CLI::App& program, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
  return complain(explain(program, error), kBadInput);
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
  saddlescope::apps::watch_interruption();
  try {
    return saddlescope::apps::run(argc, argv);
  } catch (...) {
    const saddlescope::apps::Failure failure = saddlescope::apps::current_failure();
    return complain(failure.message, failure.code);
  }
}
