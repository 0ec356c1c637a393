#include "saddlescope/inference/definiteness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/lapack.hpp"
#include "saddlescope/linalg/split_rows.hpp"

namespace saddlescope {
namespace {

constexpr Index kPanel = 64;  // columns updated by all those before them in one go
constexpr Index kStep = 32;   // columns that LAPACK factors at once
constexpr double kUnit = std::numeric_limits<double>::epsilon() / 2;

// The layers of M from the first to the last; what one leaves to the next is its coupling.
class LayerByLayer {
 public:
  LayerByLayer(const ActivityOperator& H, const DefinitenessOptions& options)
      : H_(H), options_(options), C_{Matrix(H.maps()[0].rows(), 0), {}, {}, {}} {
    row_bound_ = Vector::Zero(H.maps()[0].rows());
    column_ = Vector::Zero(0);
    next_norms_ = row_norms(0);
  }

  // False at a pivot that is not positive.
  [[nodiscard]] bool factor(std::size_t k);

  [[nodiscard]] SplitRows& diagonal() { return D_; }  // L_{k,k}
  [[nodiscard]] SplitRows& coupling() { return C_; }  // L_{k+1,k}
  [[nodiscard]] double largest_row() const { return largest_row_; }

 private:
  [[nodiscard]] double weight(std::size_t k) const {
    return options_.sign * H_.precisions()[k + 1];
  }
  [[nodiscard]] double diagonal_entry(std::size_t k) const {
    return options_.sign * ((H_.precisions()[k] + H_.activity_decay()) - options_.shift);
  }
  [[nodiscard]] Vector row_norms(std::size_t k) const;
  // T = X_rows Y_rows', and its error.
  void multiply(const SplitRows& X, Index x_begin, Vector& x_bound, const SplitRows& Y,
                Index y_begin, Vector& y_bound, Index cols, MatrixRef T);
  [[nodiscard]] bool factor_panel(Index begin, Index size);
  void bound_panel(Index begin, Index size);
  void bound_layer(std::size_t k);

  const ActivityOperator& H_;
  const DefinitenessOptions& options_;
  SplitRows A_;                    // A_{k+1}'
  SplitRows B_, C_, D_;            // L_{k,k-1}, L_{k+1,k}, L_{k,k}
  Vector next_norms_;              // bounds of the rows of the next layer of L
  Vector row_bound_, next_bound_;  // sharp: of the rows of |E|
  Vector column_;                  // plain: |L_{k,k}|' 1 + |L_{k+1,k}|' 1
  Matrix T_, scratch_;
  double largest_row_ = 0;
};

// Row i of L has the norm M_ii^{1/2} exactly, and to rounding as computed. Zero where M_ii is not
// positive, where no factor exists.
Vector LayerByLayer::row_norms(std::size_t k) const {
  const Matrix& A = H_.maps()[k + 1];
  const double c = diagonal_entry(k);
  Vector norms(A.cols());
  for (Index i = 0; i < A.cols(); ++i) {
    const double square = c + weight(k) * A.col(i).squaredNorm();
    norms[i] = square > 0 && std::isfinite(square) ? norm_ceiling(std::sqrt(square)) : 0;
  }
  return norms;
}

void LayerByLayer::multiply(const SplitRows& X, Index x_begin, Vector& x_bound, const SplitRows& Y,
                            Index y_begin, Vector& y_bound, Index cols, MatrixRef T) {
  if (!options_.sharp) {
    gemm<double>(1, X.whole.block(x_begin, 0, T.rows(), cols), Op::kNone,
                 Y.whole.block(y_begin, 0, T.cols(), cols), Op::kTranspose, 0, T);
    return;
  }
  split_product(X, x_begin, Y, y_begin, cols, scratch_, T);
  const auto x_norms = X.norms.segment(x_begin, T.rows());
  const auto y_norms = Y.norms.segment(y_begin, T.cols());
  const double error = split_error(cols);
  x_bound.segment(x_begin, T.rows()) += (error * y_norms.sum()) * x_norms;
  y_bound.segment(y_begin, T.cols()) += (error * x_norms.sum()) * y_norms;
}

// Overwrites the panel, from which the earlier columns are already subtracted, with its columns of
// L.
bool LayerByLayer::factor_panel(Index begin, Index size) {
  Matrix& D = D_.whole;
  Matrix& C = C_.whole;
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
  // Above the diagonal stands what the last steps left of the symmetric half.
  D.block(begin, begin, size, size).triangularView<Eigen::StrictlyUpper>().setZero();
  return true;
}

// Within the panel, E_ij = sum of terms l_ik l_jk, k in the panel, each after at most 32 roundings
// of a step's product or of LAPACK's sums, the additions of the steps and a division by a
// reciprocal: gamma_38. Row sums of both halves.
void LayerByLayer::bound_panel(Index begin, Index size) {
  static_assert(kPanel / kStep == 2);
  const double gamma = rounding_gamma(kStep + 6);
  const auto rows = D_.whole.block(begin, begin, D_.whole.rows() - begin, size).cwiseAbs();
  const auto below = C_.whole.middleCols(begin, size).cwiseAbs();
  const auto pivot = D_.whole.block(begin, begin, size, size).cwiseAbs();
  const Vector from_pivot = pivot.colwise().sum().transpose();
  const Vector from_all = (rows.colwise().sum() + below.colwise().sum()).transpose();
  row_bound_.tail(rows.rows()) += gamma * (rows * from_pivot);
  next_bound_ += gamma * (below * from_pivot);
  row_bound_.segment(begin, size) += gamma * (pivot * from_all);
}

bool LayerByLayer::factor(std::size_t k) {
  const bool sharp = options_.sharp;
  const bool top = k + 2 == H_.maps().size();
  const Matrix& A = H_.maps()[k + 1];
  const Index n = A.cols();
  const double c = diagonal_entry(k);
  B_ = std::move(C_);
  B_.norms = next_norms_;
  D_ = {Matrix(n, n), {}, {}, next_norms_};
  if ((next_norms_.array() == 0).any()) return false;
  A_ = {A.transpose(), {}, {}, {}};
  C_ = {top ? Matrix(0, n) : Matrix(-weight(k) * A), {}, {}, {}};
  next_norms_ = top ? Vector(0) : row_norms(k + 1);
  C_.norms = next_norms_;
  next_bound_ = Vector::Zero(C_.whole.rows());
  if (sharp) {
    A_.norms.resize(n);
    for (Index i = 0; i < n; ++i) A_.norms[i] = norm_ceiling(A.col(i).norm());
    if (!A_.norms.allFinite()) return false;
    split_block(A_, 0, 0, n, A.rows());
    next_bound_ += kUnit * C_.whole.cwiseAbs().rowwise().sum();
    row_bound_ += kUnit * C_.whole.cwiseAbs().colwise().sum().transpose();
    row_bound_.array() +=
        4 * kUnit * (H_.precisions()[k] + H_.activity_decay() + std::abs(options_.shift));
  }
  Vector product_bound = Vector::Zero(n);  // of A' A, without the weight
  for (Index j = 0; j < n; j += kPanel) {
    const Index w = std::min(kPanel, n - j);
    const Index rows = n - j;
    auto panel = D_.whole.block(j, j, rows, w);
    T_.resize(std::max(rows, C_.whole.rows()), w);
    auto T = T_.topRows(rows);
    // Two roundings of each partial result: of the product, and of adding it.
    const auto count = [&](const auto& term, const auto& sum, Vector& bound) {
      const Matrix size = kUnit * (term.cwiseAbs() + sum.cwiseAbs());
      bound.tail(size.rows()) += size.rowwise().sum();
      row_bound_.segment(j, w) += size.colwise().sum().transpose();
    };
    multiply(A_, j, product_bound, A_, j, product_bound, A.rows(), T);
    panel = weight(k) * T;
    panel.diagonal().array() += c;
    if (sharp) {
      count(panel, panel, row_bound_);
      count(panel, panel, row_bound_);  // the weight's rounding, and c's addition
    }
    if (B_.whole.cols() > 0) {
      multiply(B_, j, row_bound_, B_, j, row_bound_, B_.whole.cols(), T);
      panel -= T;
      if (sharp) count(T, panel, row_bound_);
    }
    if (j > 0) {
      multiply(D_, j, row_bound_, D_, j, row_bound_, j, T);
      panel -= T;
      if (sharp) count(T, panel, row_bound_);
      if (!top) {
        auto coupling = C_.whole.middleCols(j, w);
        auto S = T_.topRows(coupling.rows());
        multiply(C_, 0, next_bound_, D_, j, row_bound_, j, S);
        coupling -= S;
        if (sharp) count(S, coupling, next_bound_);
      }
    }
    if (!factor_panel(j, w)) return false;
    if (!sharp) continue;
    bound_panel(j, w);
    split_block(D_, j, j, rows, w);
    if (!top) split_block(C_, 0, j, C_.whole.rows(), w);
  }
  if (sharp) row_bound_ += H_.precisions()[k + 1] * product_bound;
  D_.whole.triangularView<Eigen::StrictlyUpper>().setZero();
  bound_layer(k);
  // The cuts took the rows to be no longer than the norms say.
  const Vector squares = D_.whole.rowwise().squaredNorm() + B_.whole.rowwise().squaredNorm();
  return !sharp || (squares.array() <= D_.norms.array().square()).all();
}

// Takes the largest row sum of the layer's bound of |E| into account.
void LayerByLayer::bound_layer(std::size_t k) {
  const Matrix& A = H_.maps()[k + 1];
  const Index n = A.cols();
  const Index longest = std::max({n, A.rows(), B_.whole.cols()});
  // Everything here is a sum of terms >= 0.
  const double slack = 1 + rounding_gamma(64 + 8 * longest);
  // Products that underflow err by at most the smallest normal number each.
  const auto size = static_cast<double>(longest);
  const double underflow = 8 * size * size * std::numeric_limits<double>::min();
  if (options_.sharp) {
    largest_row_ = std::max(largest_row_, slack * row_bound_.maxCoeff() + underflow);
    row_bound_ = next_bound_;
    return;
  }
  // Rows of |L| |L|' + pi |A|' |A| + |c| I + the couplings on both sides.
  const double pi = H_.precisions()[k + 1];
  const Vector column = D_.whole.cwiseAbs().colwise().sum().transpose() +
                        C_.whole.cwiseAbs().colwise().sum().transpose();
  const Vector rows_of_A = A.cwiseAbs().rowwise().sum();
  Vector sums = D_.whole.cwiseAbs() * column + pi * (A.cwiseAbs().transpose() * rows_of_A) +
                pi * A.cwiseAbs().colwise().sum().transpose();
  sums.array() += H_.precisions()[k] + H_.activity_decay() + std::abs(options_.shift);
  if (k > 0) {
    sums += B_.whole.cwiseAbs() * column_;
    sums += H_.precisions()[k] * H_.maps()[k].cwiseAbs().rowwise().sum();
  }
  column_ = column;
  const Index K = A.rows() + B_.whole.cols() + n + 16;
  largest_row_ = std::max(largest_row_, rounding_gamma(K) * slack * sums.maxCoeff() + underflow);
}

}  // namespace

DefiniteFactor::DefiniteFactor(const ActivityOperator& H, const DefinitenessOptions& options)
    : offsets_(H.offsets()) {
  require(std::isfinite(options.shift), "shift: expected a finite number, got {}", options.shift);
  require(options.sign == 1 || options.sign == -1, "sign: expected 1 or -1, got {}", options.sign);
  const std::size_t layers = H.maps().size() - 1;
  LayerByLayer work(H, options);
  for (std::size_t k = 0; k < layers; ++k) {
    if (options.progress) options.progress(static_cast<Index>(k), static_cast<Index>(layers));
    if (!work.factor(k)) {
      summary_ = {Status::kRefused,
                  fmt::format("a pivot of layer {} of {} is not positive", k + 1, layers)};
      return;
    }
    if (!options.keep_factor) continue;
    factor_.push_back(work.diagonal().whole);
    if (k + 1 < layers) coupling_.push_back(work.coupling().whole);
  }
  error_bound_ = work.largest_row();
  if (!std::isfinite(error_bound_))
    summary_ = {Status::kNotFinite, "the error bound of the factorisation overflows"};
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
