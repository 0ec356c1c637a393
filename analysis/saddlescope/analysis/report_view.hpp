// A report as the values that its templates (data/report) name.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/report_article.hpp"

namespace saddlescope::analysis {

// {heading, summary, version, colours, sections: [{heading, id, overview, articles: [..]}],
// unreadable}: every text as it is to be read, unescaped; what is absent is null or an empty list.
// Numbers are shown with six digits, and sorted by what the file holds. Equal reports give equal
// values.
[[nodiscard]] nlohmann::json report_view(const Report& report, const std::string& heading,
                                         const PictureSource& source);

}  // namespace saddlescope::analysis
