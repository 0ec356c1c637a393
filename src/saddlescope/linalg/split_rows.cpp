#include "saddlescope/linalg/split_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace saddlescope {
namespace {

constexpr double kUnit = std::numeric_limits<double>::epsilon() / 2;

}  // namespace

double rounding_gamma(Index k) {
  const double ku = static_cast<double>(k) * kUnit;
  return ku / (1 - ku);
}

double norm_ceiling(double x) {
  int exponent = 0;
  (void)std::frexp(x * (1 + 0x1p-20), &exponent);  // x < 2^exponent
  return x == 0 ? 0x1p-900 : std::max(0x1p-900, std::ldexp(1.0, exponent));
}

void split_block(SplitRows& X, Index row, Index col, Index rows, Index cols) {
  if (X.high.size() == 0) {
    X.high.resize(X.whole.rows(), X.whole.cols());
    X.low.resize(X.whole.rows(), X.whole.cols());
  }
  // (x + 1.5 2^52 g) - 1.5 2^52 g rounds x to a multiple of g.
  const Vector magic = X.norms.segment(row, rows) * (1.5 * 0x1p26);
  for (Index j = col; j < col + cols; ++j) {
    const auto x = X.whole.col(j).segment(row, rows);
    X.high.col(j).segment(row, rows) = (x + magic) - magic;
    X.low.col(j).segment(row, rows) = x - X.high.col(j).segment(row, rows);
  }
}

void split_product(const SplitRows& X, Index x_begin, const SplitRows& Y, Index y_begin, Index cols,
                   Matrix& scratch, MatrixRef T) {
  scratch.resize(T.rows(), T.cols());
  const auto x = [&](const Matrix& part) { return part.block(x_begin, 0, T.rows(), cols); };
  const auto y = [&](const Matrix& part) { return part.block(y_begin, 0, T.cols(), cols); };
  gemm<double>(1, x(X.high), Op::kNone, y(Y.high), Op::kTranspose, 0, T);
  gemm<double>(1, x(X.high), Op::kNone, y(Y.low), Op::kTranspose, 0, scratch);
  gemm<double>(1, x(X.low), Op::kNone, y(Y.whole), Op::kTranspose, 1, scratch);
  T += scratch;
}

// |h_x' l_y| + |l_x' y| <= N_x |l_y| + |l_x| N_y, and an entry of l is at most 2^-27 N.
double split_error(Index cols) {
  return rounding_gamma(2 * cols + 2) * std::sqrt(static_cast<double>(cols)) * 0x1p-26 *
         (1 + 0x1p-10);
}

}  // namespace saddlescope
