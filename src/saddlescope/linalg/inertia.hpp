// Inertia: how many eigenvalues of a symmetric matrix are negative, zero and positive.
//
// An eigenvalue counts as zero when |lambda| <= threshold, the derived error of the eigenvalues.
// Two independent routes: from eigenvalues, and from the Bunch-Kaufman factorisations (dsytrf) of
// H + threshold I and H - threshold I by Sylvester's law.
#pragma once

#include "saddlescope/base/types.hpp"

namespace saddlescope {

struct Inertia {
  Index n_negative = 0;
  Index n_zero = 0;
  Index n_positive = 0;
  friend bool operator==(const Inertia&, const Inertia&) = default;
};

// threshold >= 0.
[[nodiscard]] Inertia inertia_from_eigenvalues(ConstVectorRef eigenvalues, double threshold);

// The number of negative eigenvalues of the symmetric H, from the signs of the 1 x 1 and 2 x 2
// blocks of L D L'. Only the lower triangle is read. n^3/3 flops.
[[nodiscard]] Index count_negative_bunch_kaufman(Matrix H);

// n_negative = count(H + threshold I), n_positive = count(-(H - threshold I)).
[[nodiscard]] Inertia inertia_bunch_kaufman(const Matrix& H, double threshold);

}  // namespace saddlescope
