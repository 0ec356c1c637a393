// What every verb does before and beside its work: where results may go, how many threads run, and
// what is said on the terminal.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace saddlescope::apps {

// One line on the standard error.
void warn(const std::string& text);

// A line that rewrites itself, and only where someone watches: otherwise the function is empty. The
// line is wiped when the object goes.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  [[nodiscard]] std::function<void(const std::string&)> show() const;

 private:
  bool watched_;
};

// Throws std::invalid_argument that names --out if `out` is no folder and cannot become one.
[[nodiscard]] std::filesystem::path output_folder(const std::string& out);

// As many threads as asked for, 0: as the hardware runs; warns where that cannot be had.
void start_threads(int asked);

}  // namespace saddlescope::apps
