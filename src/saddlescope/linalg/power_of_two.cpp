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

double scaled_norm(ConstVectorRef v) {
  const double largest = v.size() == 0 ? 0.0 : v.cwiseAbs().maxCoeff();
  if (largest == 0 || !std::isfinite(largest)) return largest;
  const int exponent = std::ilogb(largest);
  return std::ldexp((v * std::ldexp(1.0, -std::max(exponent, -1000))).norm(),
                    std::max(exponent, -1000));
}

Vector column_norms(ConstMatrixRef A) {
  Vector norms(A.cols());
  for (Index j = 0; j < A.cols(); ++j) norms[j] = scaled_norm(A.col(j));
  return norms;
}

}  // namespace saddlescope
