// A file in the making: written under a temporary name beside its target, renamed when it is whole.
//
// The target name therefore never holds a half-written file, and an old file under that name stays
// until the new one is complete (rename replaces it in one step).
#pragma once

#include <filesystem>
#include <string>

namespace saddlescope {

class PendingFile {
 public:
  // Throws std::runtime_error if the folder of `target` does not exist or `target` is a folder.
  explicit PendingFile(std::filesystem::path target);
  ~PendingFile();  // without commit() the temporary is removed
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  [[nodiscard]] const std::filesystem::path& target() const { return target_; }
  [[nodiscard]] const std::filesystem::path& temporary() const { return temporary_; }
  void commit();  // the temporary must be closed; throws std::runtime_error with the reason

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

// Throws std::invalid_argument "FILE: expected a readable file, found ..." unless `file` is one.
void require_readable(const std::filesystem::path& file);

}  // namespace saddlescope
