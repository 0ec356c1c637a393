#include "saddlescope/io/pending_file.hpp"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "saddlescope/base/require.hpp"

namespace saddlescope {
namespace {

namespace fs = std::filesystem;

// Unique among the threads of this process and the processes of this machine.
fs::path temporary_name(const fs::path& target) {
  static std::atomic<unsigned> count{0};
  fs::path name = target;
  name.replace_filename(
      fmt::format(".{}.{}-{}.partial", target.filename().string(), ::getpid(), count++));
  return name;
}

}  // namespace

PendingFile::PendingFile(fs::path target) : target_(std::move(target)) {
  std::error_code ignored;
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  if (!target_.has_filename() || fs::is_directory(target_, ignored))
    throw WriteFailure(target_, "expected the name of a file, got a folder");
  if (!fs::is_directory(folder, ignored))
    throw WriteFailure(target_, fmt::format("there is no folder {}", folder.string()));
  temporary_ = temporary_name(target_);
  out_ = std::fopen(temporary_.c_str(), "wb");
  if (out_ == nullptr) refuse(errno);
}

PendingFile::~PendingFile() {
  if (out_ != nullptr) static_cast<void>(std::fclose(out_));
  std::error_code ignored;
  fs::remove(temporary_, ignored);  // after commit() there is none of that name
}

void PendingFile::refuse(int reason) const {
  throw WriteFailure(target_, std::generic_category().message(reason));
}

void PendingFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), out_) != bytes.size()) refuse(errno);
}

void PendingFile::commit() {
  // Closing flushes: a full disk may show only here.
  if (std::fclose(std::exchange(out_, nullptr)) != 0) refuse(errno);
  std::error_code error;
  fs::rename(temporary_, target_, error);
  if (error) refuse(error.value());
}

void require_readable(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  require(status.type() != fs::file_type::not_found,
          "{}: expected a readable file, found none of that name", file.string());
  require(status.type() != fs::file_type::directory, "{}: expected a readable file, found a folder",
          file.string());
  errno = 0;
  const bool opened = std::ifstream(file, std::ios::binary).is_open();
  const int reason = errno;
  require(opened, "{}: expected a readable file, found that it cannot be opened: {}", file.string(),
          std::generic_category().message(reason));
}

}  // namespace saddlescope
