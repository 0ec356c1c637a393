#include "saddlescope/inference/definiteness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/linalg/short_sum.hpp"

namespace saddlescope {
namespace {

constexpr Index kPanel = 128;  // columns updated by all those before them in one go
constexpr Index kStep = 32;    // columns that LAPACK factors at once

// Where the factorisation stands between two layers, k - 1 and k.
struct Carry {
  Matrix coupling;  // L_{k,k-1}, n_k x n_{k-1}
  Vector column;    // t_{k-1} = |L_{k-1,k-1}|' 1 + |L_{k,k-1}|' 1
};

// Columns [begin, begin + size) of the lower triangle of D + c I + sigma pi A' A - B B'.
void assemble(Matrix& D, const ActivityOperator& H, std::size_t k, const Matrix& B, double diagonal,
              double weight, Index begin, Index size) {
  const Matrix& A = H.maps()[k + 1];
  const Index rows = D.rows() - begin;
  auto panel = D.block(begin, begin, rows, size);
  panel.setZero();
  add_product_in_short_sums(weight, A.middleCols(begin, rows), Op::kTranspose,
                            A.middleCols(begin, size), Op::kNone, panel);
  panel.diagonal().array() += diagonal;
  add_product_in_short_sums(-1, B.middleRows(begin, rows), Op::kNone, B.middleRows(begin, size),
                            Op::kTranspose, panel);
}

// Overwrites the panel, whose earlier columns are already subtracted, with its columns of L:
// D from the diagonal down, C the coupling to the next layer. False at a pivot that is not positive.
bool factor_panel(Matrix& D, Matrix& C, Index begin, Index size) {
  for (Index j = begin; j < begin + size; j += kStep) {
    const Index w = std::min(kStep, begin + size - j);
    const Index below = D.rows() - j;
    for (Index i = begin; i < j; i += kStep) {  // earlier steps of this panel
      const auto top = D.block(j, i, w, kStep);
      gemm<double>(-1, D.block(j, i, below, kStep), Op::kNone, top, Op::kTranspose, 1,
                   D.block(j, j, below, w));
      gemm<double>(-1, C.middleCols(i, kStep), Op::kNone, top, Op::kTranspose, 1,
                   C.middleCols(j, w));
    }
    Matrix pivot = D.block(j, j, w, w);
    if (!cholesky_in_place<double>(pivot)) return false;
    D.block(j, j, w, w) = pivot;
    solve_lower_from_right_in_place(pivot, D.block(j + w, j, below - w, w));
    solve_lower_from_right_in_place(pivot, C.middleCols(j, w));
  }
  return true;
}

bool factor_layer(const ActivityOperator& H, std::size_t k, const DefinitenessOptions& options,
                  const Matrix& B, Matrix& D, Matrix& C) {
  const double above = H.precisions()[k + 1];
  const double diagonal = options.sign * ((H.precisions()[k] + H.activity_decay()) - options.shift);
  const Index n = D.rows();
  for (Index j = 0; j < n; j += kPanel) {
    const Index w = std::min(kPanel, n - j);
    assemble(D, H, k, B, diagonal, options.sign * above, j, w);
    const auto row = D.block(j, 0, w, j);
    add_product_in_short_sums(-1, D.block(j, 0, n - j, j), Op::kNone, row, Op::kTranspose,
                              D.block(j, j, n - j, w));
    add_product_in_short_sums(-1, C.leftCols(j), Op::kNone, row, Op::kTranspose,
                              C.middleCols(j, w));
    if (!factor_panel(D, C, j, w)) return false;
  }
  D.triangularView<Eigen::StrictlyUpper>().setZero();
  return true;
}

// K of the header for one layer: a term of A' A, B B' or the earlier columns passes through
// `inside` roundings before it is added to the entry, which up to then took `additions`; the last
// step is LAPACK's on 32 columns, with a division by a reciprocal.
Index roundings(Index above, Index below, Index n) {
  const SummationDepth outer = summation_depth(above);
  const SummationDepth coupling = summation_depth(below);
  const SummationDepth own = summation_depth(n);
  const Index additions = outer.additions + coupling.additions + own.additions + 3;  // c I: 3
  const Index last = kPanel / kStep + kStep + 4;
  return additions + std::max({outer.inside, coupling.inside, own.inside, last});
}

}  // namespace

DefiniteFactor::DefiniteFactor(const ActivityOperator& H, const DefinitenessOptions& options)
    : offsets_(H.offsets()) {
  require(std::isfinite(options.shift), "shift: expected a finite number, got {}", options.shift);
  require(options.sign == 1 || options.sign == -1, "sign: expected 1 or -1, got {}", options.sign);
  const std::size_t layers = H.maps().size() - 1;
  Carry carry{Matrix(H.maps()[0].rows(), 0), Vector(0)};
  double largest_width = 0;
  for (std::size_t k = 0; k < layers; ++k) {
    if (options.progress) options.progress(static_cast<Index>(k), static_cast<Index>(layers));
    const Matrix& A = H.maps()[k + 1];
    const Index n = A.cols();
    const double above = H.precisions()[k + 1];
    const bool top = k + 1 == layers;
    Matrix D(n, n);
    Matrix C = top ? Matrix(0, n) : Matrix((-options.sign * above) * A);
    const bool good = factor_layer(H, k, options, carry.coupling, D, C);

    // Row sums of |L| |L|' + |c| I + pi |A|' |A| + pi |A| (the couplings, both sides of the
    // diagonal). They only grow with what a broken factorisation has left out, and are not used
    // then.
    if (!good) {
      summary_ = {Status::kRefused,
                  fmt::format("a pivot of layer {} of {} is not positive", k + 1, layers)};
      return;
    }
    const Vector ones = Vector::Ones(n);
    const Vector column =
        D.cwiseAbs().colwise().sum().transpose() + C.cwiseAbs().colwise().sum().transpose();
    const Vector rows_of_A = A.cwiseAbs().rowwise().sum();
    Vector sums = D.cwiseAbs() * column + carry.coupling.cwiseAbs() * carry.column +
                  above * (A.cwiseAbs().transpose() * rows_of_A) +
                  above * A.cwiseAbs().colwise().sum().transpose() +
                  (H.precisions()[k] + H.activity_decay() + std::abs(options.shift)) * ones;
    if (k > 0) sums += H.precisions()[k] * H.maps()[k].cwiseAbs().rowwise().sum();
    const Index K = roundings(A.rows(), carry.coupling.cols(), n);
    largest_width =
        std::max({largest_width, static_cast<double>(n), static_cast<double>(A.rows())});
    // The sums themselves are of terms >= 0, at most 4 n + 8 roundings deep.
    const double slack = 1 + rounding_gamma(4 * static_cast<Index>(largest_width) + 8);
    // Products that underflow each err by at most the smallest normal number.
    const double underflow = 8 * largest_width * largest_width * std::numeric_limits<double>::min();
    error_bound_ = std::max(error_bound_, rounding_gamma(K) * slack * sums.maxCoeff() + underflow);

    carry.column = column;
    if (options.keep_factor) {
      factor_.push_back(std::move(D));
      if (!top) coupling_.push_back(C);
    }
    carry.coupling = std::move(C);
  }
  if (!std::isfinite(error_bound_))
    summary_ = {Status::kNotFinite, "the error bound of the factorisation overflowed"};
}

void DefiniteFactor::solve_in_place(Vector& v) const {
  require(complete() && !factor_.empty(), "solve: expected a complete factor that was kept");
  require(v.size() == offsets_.back(), "solve: expected {} rows, got {}", offsets_.back(),
          v.size());
  const auto rows = [&](std::size_t k) {
    return v.segment(offsets_[k], offsets_[k + 1] - offsets_[k]);
  };
  for (std::size_t k = 0; k < factor_.size(); ++k) {
    if (k > 0) gemm<double>(-1, coupling_[k - 1], Op::kNone, rows(k - 1), Op::kNone, 1, rows(k));
    solve_lower_in_place<double>(factor_[k], Op::kNone, rows(k));
  }
  for (std::size_t k = factor_.size(); k-- > 0;) {
    if (k + 1 < factor_.size())
      gemm<double>(-1, coupling_[k], Op::kTranspose, rows(k + 1), Op::kNone, 1, rows(k));
    solve_lower_in_place<double>(factor_[k], Op::kTranspose, rows(k));
  }
}

}  // namespace saddlescope
