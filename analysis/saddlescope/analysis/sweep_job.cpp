#include "saddlescope/analysis/sweep_job.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>

#include "saddlescope/io/checksum.hpp"
#include "saddlescope/io/text.hpp"

namespace saddlescope::analysis {
namespace {

bool names_a_file(const std::string& text) {
  std::error_code ignored;
  return !text.empty() && std::filesystem::is_regular_file(text, ignored);
}

// "idx:a,b" holds a and b, "csv:a" and "h5:a" a, and the option `network` is a file itself. A file
// that happens to be called like another option's value is none. Names may hold commas or colons.
std::vector<std::string> files_in(const std::string& option, const std::string& text) {
  if (option == "network")
    return names_a_file(text) ? std::vector{text} : std::vector<std::string>{};
  std::vector<std::string> files;
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return files;
  const std::string rest = text.substr(colon + 1);
  if (names_a_file(rest)) return {rest};
  for (std::size_t begin = 0; begin <= rest.size();) {
    const std::size_t end = std::min(rest.find(',', begin), rest.size());
    if (std::string part = rest.substr(begin, end - begin); names_a_file(part))
      files.push_back(std::move(part));
    begin = end + 1;
  }
  return files;
}

}  // namespace

std::string settings_text(const std::vector<SweepSetting>& settings) {
  std::string text;
  for (const SweepSetting& one : settings)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", one.name, one.text());
  return text.empty() ? "the one setting" : text;
}

const std::string& FileChecksums::of(const std::string& file) {
  constexpr std::int64_t kYoung = 2;  // seconds
  struct stat is = {};
  const bool there = stat(file.c_str(), &is) == 0;
  const std::array<std::int64_t, 7> stamp = {static_cast<std::int64_t>(is.st_dev),
                                             static_cast<std::int64_t>(is.st_ino),
                                             is.st_size,
                                             is.st_mtim.tv_sec,
                                             is.st_mtim.tv_nsec,
                                             is.st_ctim.tv_sec,
                                             is.st_ctim.tv_nsec};
  Known& known = known_[file];
  if (there && known.settled && known.stamp == stamp) return known.checksum;
  const std::int64_t now = std::time(nullptr);
  known.checksum = checksum_of_bytes(read_text(file));
  known.settled = there && now - std::max(is.st_mtim.tv_sec, is.st_ctim.tv_sec) > kYoung;
  known.stamp = stamp;
  return known.checksum;
}

std::map<std::string, std::string> input_files(const nlohmann::ordered_json& config,
                                               FileChecksums& checksums) {
  std::map<std::string, std::string> inputs;
  for (const auto& [option, value] : config.items()) {
    if (!value.is_string()) continue;
    for (const std::string& file : files_in(option, value.get<std::string>()))
      inputs.emplace(file, checksums.of(file));
  }
  return inputs;
}

std::string changed_input(const std::map<std::string, std::string>& planned,
                          const std::map<std::string, std::string>& now) {
  const auto differs = [](const auto& from, const auto& to) -> std::string {
    for (const auto& [file, checksum] : from)
      if (const auto found = to.find(file); found == to.end() || found->second != checksum)
        return file + ": changed since the sweep was planned";
    return {};
  };
  const std::string gone = differs(planned, now);
  return gone.empty() ? differs(now, planned) : gone;  // also one that was not there
}

std::string address_of(const std::string& verb, const nlohmann::ordered_json& config,
                       const std::map<std::string, std::string>& inputs) {
  // nlohmann::json sorts keys.
  nlohmann::json canonical = nlohmann::json::object();
  for (const auto& [key, value] : config.items()) canonical[key] = value;
  std::vector<std::string> contents;
  contents.reserve(inputs.size());
  for (const auto& [file, sum] : inputs) contents.push_back(sum);
  return checksum_of_bytes(
      nlohmann::json{{"verb", verb}, {"config", canonical}, {"inputs", contents}}.dump());
}

}  // namespace saddlescope::analysis
