// A folder of results as one article of the report.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "saddlescope/analysis/report.hpp"

namespace saddlescope::analysis {

// The source of an <img>, from the paths of a picture relative to the report.
using PictureSource = std::function<std::string(const ReportPicture&)>;

// Rows from which a table gets a field to filter it.
inline constexpr std::size_t kFilteredFrom = 6;

[[nodiscard]] std::optional<double> number_in(const std::string& text);

// {text, number}: a number is shown with six digits and sorted by all of them.
[[nodiscard]] nlohmann::json cell(const std::string& text);

// {items: list}, or null for an empty list, so that a template can leave out what surrounds it.
[[nodiscard]] nlohmann::json block(nlohmann::json list);

[[nodiscard]] std::size_t n_holding(const std::vector<ReportClaim>& claims);
[[nodiscard]] nlohmann::json study_view(const ReportStudy& study);
[[nodiscard]] nlohmann::json article(const ReportFolder& folder, const std::string& title,
                                     const std::string& id, const PictureSource& source);

// As a relative address: every byte that may not stand in one is written %XX.
[[nodiscard]] std::string address(const std::string& path);

}  // namespace saddlescope::analysis
