#include "saddlescope/linalg/power_of_two.hpp"

#include <algorithm>
#include <cmath>

namespace saddlescope {

int scale_into_safe_range(Matrix& A) {
  double largest = 0;
  for (Index j = 0; j < A.cols(); ++j)
    largest = std::max(largest, A.col(j).tail(A.rows() - j).cwiseAbs().maxCoeff());
  if (largest == 0 || (largest >= 1e-140 && largest <= 1e140)) return 0;
  const int exponent = -std::ilogb(largest);
  for (Index j = 0; j < A.cols(); ++j)
    for (Index i = j; i < A.rows(); ++i) A(i, j) = std::ldexp(A(i, j), exponent);
  return exponent;
}

}  // namespace saddlescope
