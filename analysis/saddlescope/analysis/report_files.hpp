// The report as one HTML page that needs no other file and no network, and as Markdown that links
// to the pictures beside it.
#pragma once

#include <filesystem>
#include <string>

#include "saddlescope/analysis/report.hpp"

namespace saddlescope::analysis {

// The HTML page. Pictures lie within it, as SVG unless that is large and the PNG smaller. `folder` is where
// the paths of the report begin.
[[nodiscard]] std::string report_html(const Report& report, const std::filesystem::path& folder);
[[nodiscard]] std::string report_markdown(const Report& report,
                                          const std::filesystem::path& folder);

// What the terminal shows: the summary, and what could not be read.
[[nodiscard]] std::string report_text(const Report& report);

// Writes report.html and report.md to `folder`.
void write_report(const Report& report, const std::filesystem::path& folder);

}  // namespace saddlescope::analysis
