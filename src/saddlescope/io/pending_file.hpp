// A file in the making: written under a temporary name beside its target, renamed when it is whole.
//
// The target name therefore never holds a half-written file, and an old file under that name stays
// until the new one is complete (rename replaces it in one step). The temporary is made at once, so
// a folder that cannot be written to is known before a long computation.
#pragma once

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace saddlescope {

// A file that could not be written, for a reason of the system's: a full disk, a missing folder.
class WriteFailure : public std::runtime_error {
 public:
  WriteFailure(const std::filesystem::path& file, const std::string& reason)
      : std::runtime_error(file.string() + ": cannot be written: " + reason) {}
};

// Every failure is a WriteFailure "FILE: cannot be written: REASON".
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path target);
  ~PendingFile();  // without commit() the temporary is removed
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  [[nodiscard]] const std::filesystem::path& target() const { return target_; }
  void write(std::string_view bytes);
  void commit();  // once, after the last write

 private:
  [[noreturn]] void refuse(int reason) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  std::FILE* out_ = nullptr;
  std::size_t slot_ = 0;  // in the list of temporaries
};

// For a handler of signals that ends the program: removes the temporaries of this process's pending
// files (of the first 64 at a time, and of names below 1,024 bytes). Async-signal-safe.
void remove_pending_files();

// How many files this process has committed. Async-signal-safe.
[[nodiscard]] int n_committed_files();

// Throws std::invalid_argument "FILE: expected a readable file, found ..." unless `file` is one.
void require_readable(const std::filesystem::path& file);

}  // namespace saddlescope
