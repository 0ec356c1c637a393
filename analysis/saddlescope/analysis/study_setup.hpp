// Data and networks as studies set them up.
#pragma once

#include <cstdint>
#include <vector>

#include "saddlescope/analysis/reproduction.hpp"
#include "saddlescope/analysis/study_run.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {

// The images of --data, or the digits; a seeded draw of `samples`, 0: all.
[[nodiscard]] Dataset study_images(const StudyContext& context, Index samples);

// d_x, n (H times), d_y.
[[nodiscard]] std::vector<Index> study_widths(const Dataset& data, Index width,
                                              Index hidden_layers);

// Entries as published: U(+-1/sqrt(fan_in)) under SP, N(0, 1) under NTP and muPC.
[[nodiscard]] Vector study_weights(const Architecture& architecture,
                                   Parameterisation parameterisation, std::uint64_t seed);
// N(0, sigma^2) entries whatever the width.
[[nodiscard]] Vector small_weights(const Architecture& architecture, double sigma,
                                   std::uint64_t seed);

// Where a run of a study is kept, by what tells it from the others: "mupc_128_0".
[[nodiscard]] KeptRun kept_run(const StudyContext& context, const std::string& run);

// Where the readings or tests of a headline all say the same, that; else undecided.
[[nodiscard]] Agreement agreement_of(const std::vector<StudyRule>& rules);

// "1.2e-03", "0.31": three digits for sentences.
[[nodiscard]] std::string short_number(double value);

}  // namespace saddlescope::analysis
