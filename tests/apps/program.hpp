// Runs the program as its users do.
#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace saddlescope::test {

struct Run {
  int code = -1;  // exit code, 128 + signal
  std::string out, err;
};

// `environment`: NAME=VALUE pairs that replace those of this process. The program is sent `signal`
// once, as soon as `kill_when`, asked every millisecond, says so.
Run run_program(const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment = {},
                const std::function<bool()>& kill_when = {}, int signal = SIGKILL);

// The same with any program; words[0] is its file.
Run run_command(std::vector<std::string> words, const std::vector<std::string>& environment = {},
                const std::function<bool()>& kill_when = {}, int signal = SIGKILL);

}  // namespace saddlescope::test
