#include "saddlescope/io/pending_file.hpp"

#include <algorithm>
#include <array>
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

// The names of temporaries where a handler of signals can read them: in static memory, each valid
// while `used` is 2 (1: being written).
constexpr std::size_t kSlots = 64, kNameBytes = 1024;
struct Slot {
  std::atomic<int> used{0};
  std::array<char, kNameBytes> name{};
};
std::array<Slot, kSlots> slots;
std::atomic<int> committed{0};

// kSlots: there is no room.
std::size_t enlist(const std::string& name) {
  if (name.size() >= kNameBytes) return kSlots;
  for (std::size_t i = 0; i < kSlots; ++i) {
    int free = 0;
    if (!slots[i].used.compare_exchange_strong(free, 1)) continue;
    std::copy(name.begin(), name.end(), slots[i].name.begin());
    slots[i].name[name.size()] = 0;
    slots[i].used = 2;
    return i;
  }
  return kSlots;
}

void strike(std::size_t slot) {
  if (slot < kSlots) slots[slot].used = 0;
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
  slot_ = enlist(temporary_.string());
}

PendingFile::~PendingFile() {
  if (out_ != nullptr) static_cast<void>(std::fclose(out_));
  std::error_code ignored;
  fs::remove(temporary_, ignored);  // after commit() there is none of that name
  strike(slot_);
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
  ++committed;
}

void remove_pending_files() {
  for (const Slot& slot : slots)
    if (slot.used == 2) unlink(slot.name.data());
}

int n_committed_files() { return committed; }

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
