// What a failure means to a caller of the program: its exit code and one sentence.
#pragma once

#include <exception>
#include <string>

namespace saddlescope::apps {

constexpr int kFailed = 1;
constexpr int kBadInput = 2;

struct Failure {
  int code = kFailed;
  std::string message;
  bool no_memory = false;    // for want of memory alone
  bool not_written = false;  // for a file that the system did not take
};

// Of the exception that is being handled: call it in a catch block.
[[nodiscard]] Failure current_failure();

}  // namespace saddlescope::apps
