// What an atlas leaves behind.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/analysis/atlas_census.hpp"
#include "saddlescope/analysis/atlas_escape.hpp"
#include "saddlescope/analysis/atlas_transition.hpp"
#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/saddle/certificate_file.hpp"

namespace saddlescope::analysis {

// Everything that is reported.
struct Atlas {
  AtlasOptions options;
  AtlasResult result;
  Census census;
  std::vector<OrbitTransition> transitions;
  std::vector<AtlasEscape> escapes;
  Index n_certificates = 0;
  std::optional<CheckReport> check;  // of the written certificates
  double seconds = 0;                // checking included
};

[[nodiscard]] std::string atlas_text(const Atlas& atlas);

// Value against index, verdicts by family, inertia by rank, orders of escape, the transition of the
// bottleneck, times of escape.
[[nodiscard]] std::vector<Figure> atlas_figures(const Atlas& atlas);

// Writes DIR/certificates.h5 and, if asked, replays it from the file.
void write_and_check(Atlas& atlas, const std::filesystem::path& folder,
                     const std::function<void(const std::string&)>& progress);

// Writes to `folder`: atlas.json (census, findings, provenance), points.csv, census.csv,
// orders.csv, findings.csv, transition.csv, escape.csv, atlas.h5 (the numeric columns of points.csv
// and every theta), and the figures. Returns what could not be drawn.
std::vector<std::string> write_atlas(const Atlas& atlas, const std::filesystem::path& folder);

}  // namespace saddlescope::analysis
