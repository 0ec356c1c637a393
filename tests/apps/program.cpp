#include "program.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temporary_folder.hpp"

#include "saddlescope/io/text.hpp"

extern char** environ;

namespace saddlescope::test {
namespace {

bool replaces(const std::string& entry, const std::string& inherited) {
  const std::size_t name = entry.find('=') + 1;
  return inherited.compare(0, name, entry, 0, name) == 0;
}

}  // namespace

Run run_program(const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment, const std::function<bool()>& kill_when,
                int signal) {
  std::vector<std::string> words = {SADDLESCOPE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_command(std::move(words), environment, kill_when, signal);
}

Run run_command(std::vector<std::string> words, const std::vector<std::string>& environment,
                const std::function<bool()>& kill_when, int signal) {
  const TemporaryFolder folder;
  const std::string out = folder / "out", err = folder / "err";
  std::vector<std::string> variables = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool kept = true;
    for (const std::string& own : environment) kept = kept && !replaces(own, *entry);
    if (kept) variables.emplace_back(*entry);
  }
  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kNew = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kNew, 0644);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kNew, 0644);
  pid_t child = 0;
  REQUIRE(posix_spawn(&child, argv.front(), &actions, nullptr, argv.data(), envp.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  if (kill_when) {
    siginfo_t ended{};
    bool sent = false;
    while (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0) {
      if (!sent && kill_when()) sent = kill(child, signal) == 0;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  Run run;
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.out = read_text(out);
  run.err = read_text(err);
  return run;
}

}  // namespace saddlescope::test
