// The energy that t steps of inference reach, against the closed form of F*. Internal to studies.
#pragma once

#include <vector>

#include "saddlescope/analysis/study_figure.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::analysis {

// F after `steps` steps of `step` from the forward pass, over F*, less 1: >= 0, and infinite where
// inference diverges.
[[nodiscard]] double energy_gap(const Architecture& architecture, const Vector& theta,
                                const DataFactor<double>& data, Index steps, double step);

// That by the number of steps.
[[nodiscard]] StudyLine gap_line(const Architecture& architecture, const Vector& theta,
                                 const DataFactor<double>& data, const std::vector<Index>& steps,
                                 double step, const std::string& title, const std::string& ink);

// 1.9 over a bound of the largest eigenvalue of the activity Hessian: the longest step, nearly.
[[nodiscard]] double stable_step(const Architecture& architecture, const Vector& theta);

// theta after `updates` full-batch updates of Adam on F*.
[[nodiscard]] Vector trained_on_energy(const Architecture& architecture,
                                       const DataFactor<double>& data, const Vector& theta,
                                       double rate, Index updates);

}  // namespace saddlescope::analysis
