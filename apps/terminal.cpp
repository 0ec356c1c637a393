#include "terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/base/threads.hpp"

namespace saddlescope::apps {

// Not fmt::print, which throws where the standard error cannot be written, as on a full disk.
void warn(const std::string& text) {
  std::fputs(fmt::format("saddlescope: warning: {}\n", text).c_str(), stderr);
}

ProgressLine::ProgressLine() : watched_(isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (watched_) std::fputs("\r\033[K", stderr);
}

std::function<void(const std::string&)> ProgressLine::show() const {
  if (!watched_) return {};
  return [](const std::string& text) {
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
  };
}

std::filesystem::path output_folder(const std::string& out) {
  namespace fs = std::filesystem;
  fs::path folder = out;
  std::error_code ignored;
  fs::path there = fs::absolute(folder);  // or the nearest above that is there
  while (!fs::exists(there, ignored) && there.has_relative_path()) there = there.parent_path();
  require(fs::is_directory(there, ignored), "--out {}: expected a folder, found {}", out,
          there == fs::absolute(folder) ? "a file" : fmt::format("the file {}", there.string()));
  // Whether a folder takes new ones shows when it does: permissions do not say all.
  std::string probe = (there / ".saddlescope-XXXXXX").string();
  require(mkdtemp(probe.data()) != nullptr, "--out {}: cannot be written: {}: {}", out,
          there.string(), std::generic_category().message(errno));
  fs::remove(probe, ignored);
  return folder;
}

void start_threads(int asked) {
  const int hardware = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  set_threads(asked > 0 ? asked : hardware);
  if (const std::string note = threads_note(); !note.empty()) warn(note);
}

}  // namespace saddlescope::apps
