#include "saddlescope/inference/precise_gradient.hpp"

#include <cmath>
#include <limits>

#include "saddlescope/linalg/split_product.hpp"

namespace saddlescope {
namespace {

constexpr double kEps = std::numeric_limits<double>::epsilon();

// high + low, |low| about eps |high| or below the terms' own cut, with a bound of each column's
// error.
struct Pair {
  Matrix high, low;
  Vector error;

  // Adds high + low of another, in which `low` is small: only the sum of the low parts is rounded.
  void add(ConstMatrixRef other_high, ConstMatrixRef other_low) {
    const ExactSum sum = exact_sum(high, other_high);
    error += 2 * kEps *
             (low.colwise().norm() + sum.error.colwise().norm() + other_low.colwise().norm())
                 .transpose();
    high = sum.sum;
    low += sum.error + other_low;
  }
};

Pair pair_of(ConstMatrixRef exact) {
  return {exact, Matrix::Zero(exact.rows(), exact.cols()), Vector::Zero(exact.cols())};
}

// e = z - A z_below.
Pair error_of_layer(const Matrix& A, ConstMatrixRef z, ConstMatrixRef below) {
  Pair e = pair_of(z);
  const SplitProduct prediction = split_product(A, Op::kNone, below);
  e.add(-prediction.high, -prediction.low);
  e.error += prediction.error;
  return e;
}

// g += factor v for an exact factor.
void add_scaled(double factor, const Pair& v, Pair& g) {
  const ExactScaling scaled = exact_scaling(factor, v.high);
  g.add(scaled.product, scaled.error + factor * v.low);
  g.error += std::abs(factor) * (v.error + kEps * v.low.colwise().norm().transpose());
}

}  // namespace

PreciseGradient precise_gradient(const ActivityOperator& op, ConstMatrixRef x, ConstMatrixRef y,
                                 ConstMatrixRef z) {
  const std::vector<Matrix>& A = op.maps();
  const std::size_t L = A.size();
  const auto layer = [&](std::size_t l) {
    return z.middleRows(op.offsets()[l], op.offsets()[l + 1] - op.offsets()[l]);
  };
  PreciseGradient out{Matrix(z.rows(), z.cols()), Vector::Zero(z.cols())};
  Pair e = error_of_layer(A[0], layer(0), x);
  for (std::size_t l = 0; l + 1 < L; ++l) {
    Pair above = l + 2 < L ? error_of_layer(A[l + 1], layer(l + 1), layer(l))
                           : error_of_layer(A[l + 1], y, layer(l));
    SplitProduct pulled = split_product(A[l + 1], Op::kTranspose, above.high);
    gemm<double>(1, A[l + 1], Op::kTranspose, above.low, Op::kNone, 1, pulled.low);
    const double roundings = static_cast<double>(A[l + 1].rows()) + 2;
    const double size = A[l + 1].norm();
    Pair pull{pulled.high, pulled.low,
              pulled.error +
                  size * (above.error + roundings * kEps * above.low.colwise().norm().transpose())};

    Pair g = pair_of(Matrix::Zero(layer(l).rows(), z.cols()));
    add_scaled(op.precisions()[l], e, g);
    add_scaled(-op.precisions()[l + 1], pull, g);
    add_scaled(op.activity_decay(), pair_of(layer(l)), g);
    auto rows = out.g.middleRows(op.offsets()[l], g.high.rows());
    rows = g.high + g.low;
    // Layers are orthogonal blocks of g.
    out.error.array() += (g.error + kEps * rows.colwise().norm().transpose()).array().square();
    e = std::move(above);
  }
  out.error = out.error.cwiseSqrt();
  for (Index j = 0; j < out.error.size(); ++j)
    if (!out.g.col(j).allFinite() || !std::isfinite(out.error[j]))
      out.error[j] = std::numeric_limits<double>::infinity();
  return out;
}

}  // namespace saddlescope
