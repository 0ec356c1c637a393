#include "base/include_arrows.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace saddlescope::test {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 13> kOrder = {
    "base",      "io",     "linalg", "data",     "network",  "energy", "hessian",
    "inference", "theory", "saddle", "training", "analysis", "apps"};

}  // namespace

std::optional<int> folder_rank(const std::string& folder) {
  const auto* const found = std::find(kOrder.begin(), kOrder.end(), folder);
  if (found == kOrder.end()) return std::nullopt;
  return static_cast<int>(found - kOrder.begin());
}

std::optional<std::string> included_folder(const std::string& line) {
  static const std::regex include(R"(^\s*#\s*include\s*["<]saddlescope/([^/">]+)/)");
  std::smatch match;
  if (!std::regex_search(line, match, include)) return std::nullopt;
  return match[1].str();
}

std::optional<std::string> wrong_arrow(const std::string& folder, const std::string& line) {
  const auto target = included_folder(line);
  if (!target) return std::nullopt;
  const auto from = folder_rank(folder);
  const auto to = folder_rank(*target);
  if (!from) return fmt::format("the folder {} has no place in the order", folder);
  if (!to) return fmt::format("{} includes the unknown folder {}", folder, *target);
  if (*to > *from) return fmt::format("{} may not include {}", folder, *target);
  return std::nullopt;
}

std::vector<SourceFile> source_files(const fs::path& root) {
  std::vector<SourceFile> files;
  for (const fs::path top : {"src/saddlescope", "analysis/saddlescope", "apps"}) {
    if (!fs::is_directory(root / top))
      throw std::runtime_error(fmt::format("{}: no such folder", (root / top).string()));
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const fs::path& path = entry.path();
      if (path.extension() != ".hpp" && path.extension() != ".cpp") continue;
      const fs::path inside = fs::relative(path, root / top);
      files.push_back({path, top == "apps" ? "apps" : inside.begin()->string()});
    }
  }
  return files;
}

}  // namespace saddlescope::test
