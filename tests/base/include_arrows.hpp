// The order of the folders, checked on the text of the includes.
//
//   base <- io <- linalg <- data <- network <- energy <- hessian <- theory <- saddle <- training
//   src <- analysis <- apps
//
// A file may include its own folder and those before it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saddlescope::test {

// The place of a folder in that order, or nothing for a name that is not in it.
std::optional<int> folder_rank(const std::string& folder);

// The folder that a line of source includes from, if it includes a header of ours: "io" for
// #include "saddlescope/io/text.hpp".
std::optional<std::string> included_folder(const std::string& line);

// What is wrong with `line` in a file of `folder`, or nothing.
std::optional<std::string> wrong_arrow(const std::string& folder, const std::string& line);

struct SourceFile {
  std::filesystem::path path;
  std::string folder;
};

// Every .hpp and .cpp of src, analysis and apps under the root of the source tree.
std::vector<SourceFile> source_files(const std::filesystem::path& root);

}  // namespace saddlescope::test
