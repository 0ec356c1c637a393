// The rank-r critical points that claims are measured at.
#pragma once

#include "saddlescope/analysis/claim_case.hpp"

namespace saddlescope::analysis {

struct CriticalPoint {
  Vector theta;
  double loss = 0;       // 1/2 the sum of the squared singular values left out
  double condition = 0;  // of Sigma_xx: the construction's own error is n eps condition
};

// A rank-r critical point with r, the singular values kept, scale and extra rows drawn at random;
// for realisable data critical for loss and energy.
[[nodiscard]] CriticalPoint draw_critical_point(Case& c);

}  // namespace saddlescope::analysis
