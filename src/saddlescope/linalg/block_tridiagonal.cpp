#include "saddlescope/linalg/block_tridiagonal.hpp"

#include <cassert>
#include <utility>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/linalg/lapack.hpp"

namespace saddlescope {
namespace {

template <class T>
void require_chain(const BlockTridiagonal<T>& H) {
  const std::size_t count = H.diagonal.size();
  require(count >= 1, "block-tridiagonal matrix: expected at least one diagonal block, got none");
  require(H.upper.size() + 1 == count,
          "block-tridiagonal matrix: expected {} upper blocks for {} diagonal blocks, got {}",
          count - 1, count, H.upper.size());
  for (std::size_t k = 0; k < count; ++k)
    require(H.diagonal[k].rows() == H.diagonal[k].cols(),
            "diagonal block {}: expected square, got {} x {}", k + 1, H.diagonal[k].rows(),
            H.diagonal[k].cols());
  for (std::size_t k = 0; k + 1 < count; ++k)
    require(
        H.upper[k].rows() == H.diagonal[k].rows() && H.upper[k].cols() == H.diagonal[k + 1].rows(),
        "upper block {}: expected {} x {}, got {} x {}", k + 1, H.diagonal[k].rows(),
        H.diagonal[k + 1].rows(), H.upper[k].rows(), H.upper[k].cols());
}

// The first row of each block, and the dimension at the end.
template <class T>
std::vector<Index> offsets(const std::vector<MatrixOf<T>>& blocks) {
  std::vector<Index> starts{0};
  for (const auto& block : blocks) starts.push_back(starts.back() + block.rows());
  return starts;
}

}  // namespace

template <class T>
Index BlockTridiagonal<T>::dim() const {
  return offsets(diagonal).back();
}

template <class T>
MatrixOf<T> BlockTridiagonal<T>::dense() const {
  const auto at = offsets(diagonal);
  MatrixOf<T> H = MatrixOf<T>::Zero(at.back(), at.back());
  for (std::size_t k = 0; k < diagonal.size(); ++k) {
    const Index n = diagonal[k].rows();
    H.block(at[k], at[k], n, n) = diagonal[k];
    if (k + 1 == diagonal.size()) break;
    H.block(at[k], at[k + 1], n, upper[k].cols()) = upper[k];
    H.block(at[k + 1], at[k], upper[k].cols(), n) = upper[k].transpose();
  }
  return H;
}

template <class T>
void BlockTridiagonal<T>::apply(ConstMatrixRefOf<T> V, MatrixRefOf<T> HV) const {
  const auto at = offsets(diagonal);
  assert(V.rows() == at.back() && HV.rows() == V.rows() && HV.cols() == V.cols());
  const auto rows = [&](auto& M, std::size_t k) { return M.middleRows(at[k], at[k + 1] - at[k]); };
  for (std::size_t k = 0; k < diagonal.size(); ++k) {
    gemm<T>(T(1), diagonal[k], Op::kNone, rows(V, k), Op::kNone, T(0), rows(HV, k));
    if (k > 0)
      gemm<T>(T(1), upper[k - 1], Op::kTranspose, rows(V, k - 1), Op::kNone, T(1), rows(HV, k));
    if (k + 1 < diagonal.size())
      gemm<T>(T(1), upper[k], Op::kNone, rows(V, k + 1), Op::kNone, T(1), rows(HV, k));
  }
}

template <class T>
BlockTridiagonalCholesky<T>::BlockTridiagonalCholesky(const BlockTridiagonal<T>& H)
    : factor_(H.diagonal), coupling_(H.upper) {
  require_chain(H);
  for (std::size_t k = 0; k < factor_.size(); ++k) {
    if (k > 0) {
      MatrixOf<T>& B = coupling_[k - 1];
      solve_lower_in_place<T>(factor_[k - 1], Op::kNone, B);
      gemm<T>(T(-1), B, Op::kTranspose, B, Op::kNone, T(1), factor_[k]);
    }
    if (!cholesky_in_place<T>(factor_[k])) {
      summary_.status = Status::kRefused;
      summary_.message = fmt::format(
          "the block-tridiagonal matrix is not positive definite: block {} of {} ({} x {}) has a "
          "pivot that is not positive",
          k + 1, factor_.size(), factor_[k].rows(), factor_[k].cols());
      return;
    }
  }
}

template <class T>
MatrixOf<T> BlockTridiagonalCholesky<T>::solve(MatrixOf<T> B) const {
  const auto at = offsets(factor_);
  require(summary_.ok(), "block-tridiagonal solve: expected a factor, got: {}", summary_.message);
  require(B.rows() == at.back(), "block-tridiagonal solve: expected {} rows, got {}", at.back(),
          B.rows());
  const auto rows = [&](std::size_t k) { return B.middleRows(at[k], at[k + 1] - at[k]); };
  for (std::size_t k = 0; k < factor_.size(); ++k) {
    if (k > 0)
      gemm<T>(T(-1), coupling_[k - 1], Op::kTranspose, rows(k - 1), Op::kNone, T(1), rows(k));
    solve_lower_in_place<T>(factor_[k], Op::kNone, rows(k));
  }
  for (std::size_t k = factor_.size(); k-- > 0;) {
    if (k + 1 < factor_.size())
      gemm<T>(T(-1), coupling_[k], Op::kNone, rows(k + 1), Op::kNone, T(1), rows(k));
    solve_lower_in_place<T>(factor_[k], Op::kTranspose, rows(k));
  }
  return B;
}

template <class T>
T BlockTridiagonalCholesky<T>::log_determinant() const {
  require(summary_.ok(), "log determinant: expected a factor, got: {}", summary_.message);
  using std::log;
  T sum(0);
  for (const auto& L : factor_)
    for (Index i = 0; i < L.rows(); ++i) sum += log(L(i, i));
  return 2 * sum;
}

template struct BlockTridiagonal<double>;
template struct BlockTridiagonal<Quad>;
template class BlockTridiagonalCholesky<double>;
template class BlockTridiagonalCholesky<Quad>;

}  // namespace saddlescope
