// Escapes timed at saddles of an atlas: certified strict ones of loss and energy, and origins of
// the loss, whose order is L.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "saddlescope/analysis/atlas_study.hpp"
#include "saddlescope/analysis/figure.hpp"
#include "saddlescope/analysis/statistics.hpp"
#include "saddlescope/io/text.hpp"
#include "saddlescope/saddle/escape.hpp"

namespace saddlescope::analysis {

struct AtlasEscape {
  Index record = 0;  // of AtlasResult::records
  Index depth = 0;
  bool energy = false;
  EscapeTime time;
};

// For every depth up to `per_depth` strict saddles of each objective, of different families first,
// and one origin of the loss with L >= 3. In parallel; the order does not depend on threads.
[[nodiscard]] std::vector<AtlasEscape> time_escapes(const AtlasResult& result, Index per_depth);

// The largest |measured/predicted - 1| of the strict ones that reached their radius, how many did,
// and the power of 1/|lambda_min| by which their times, in units of log(r/epsilon), grow: 1 by the
// linear law.
struct EscapeAgreement {
  Index strict = 0;
  double worst_strict = 0;
  Index higher = 0;
  double worst_higher = 0;
  double worst_balance = 0;
  PowerLaw strict_law;
  Index unfinished = 0;
};
[[nodiscard]] EscapeAgreement agreement(const std::vector<AtlasEscape>& escapes);

[[nodiscard]] CsvTable escape_table(const AtlasResult& result,
                                    const std::vector<AtlasEscape>& escapes);
// Measured over predicted time against the predicted one; distances from origins against time.
[[nodiscard]] Figure escape_time_figure(const std::vector<AtlasEscape>& escapes);

}  // namespace saddlescope::analysis
