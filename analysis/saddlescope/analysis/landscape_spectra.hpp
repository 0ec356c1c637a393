// Hessian spectra of loss and energy at chosen points beside their closed forms. Internal to studies
// of spectra.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/analysis/reproduction.hpp"
#include "saddlescope/data/dataset.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::analysis {

struct SpectraCase {
  std::string label;
  Architecture architecture;
  Dataset data;
  Vector theta;
};

// The spectra of all cases, in parallel: quantities, what they say, table and figure `name`. They
// agree where they equal their closed forms, every point is a strict saddle of F*, and the loss's
// Hessian vanishes from three layers on. Throws std::runtime_error where no closed form applies.
[[nodiscard]] StudyResult spectra_study(const std::vector<SpectraCase>& cases,
                                        const std::string& name, const std::string& title,
                                        std::size_t columns, const StudyContext& context);

}  // namespace saddlescope::analysis
