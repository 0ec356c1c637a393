// saddlescope report: one page of all results in a folder.
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "verb.hpp"

#include "saddlescope/analysis/report_files.hpp"

namespace saddlescope::apps {
namespace {

int run_report(const std::filesystem::path& folder) {
  const analysis::Report report = analysis::read_report(folder);
  write_report(report, folder);
  constexpr double kMegabyte = 1e6;
  fmt::print("{}\nwritten to {}: report.html ({:.1f} MB), report.md\n",
             analysis::report_text(report), folder.string(),
             static_cast<double>(std::filesystem::file_size(folder / "report.html")) / kMegabyte);
  return 0;
}

}  // namespace

Verb add_report_verb(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "report", "one HTML page, and Markdown, of all results in a folder and below");
  const auto folder = std::make_shared<std::string>();
  command->add_option("DIR", *folder, "the folder; report.html and report.md are written to it")
      ->required();
  return {command, [folder] { return run_report(*folder); }};
}

}  // namespace saddlescope::apps
