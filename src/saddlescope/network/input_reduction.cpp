#include "saddlescope/network/input_reduction.hpp"

#include <algorithm>
#include <utility>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

template <class T>
ReducedProblem<T>::ReducedProblem(const Architecture& architecture, const Dataset& data,
                                  const ReductionOptions& options)
    : full_(architecture), reduced_(architecture) {
  check(architecture);
  if (options.compress || options.input_span)
    require_linear(architecture, "reduction of the data to their second moments");
  check(data);
  require(data.x.rows() == full_.input(), "inputs of {}: expected d_x = n_0 = {} rows, got {}",
          data.name, full_.input(), data.x.rows());
  require(data.y.rows() == full_.output(), "targets of {}: expected d_y = n_L = {} rows, got {}",
          data.name, full_.output(), data.y.rows());

  factor_ = data_factor<T>(data);
  if (options.compress) factor_ = compress(factor_);
  if (!options.input_span || full_.skips.front() != 0) return;
  MatrixOf<T> Q = input_span(factor_);
  // All inputs zero: one column stays, because a network has at least one input.
  if (Q.cols() == 0) Q = MatrixOf<T>::Identity(Q.rows(), 1);
  if (Q.cols() == Q.rows()) return;
  factor_.x = product<T>(Q, Op::kTranspose, factor_.x, Op::kNone);
  factor_.relative_error += static_cast<double>(std::max(Q.rows(), factor_.x.cols())) *
                            static_cast<double>(Eigen::NumTraits<T>::epsilon());
  if (options.compress) factor_ = compress(factor_);
  reduced_.widths.front() = Q.cols();
  Q_ = std::move(Q);
}

template <class T>
Index ReducedProblem<T>::n_removed() const {
  return full_.n_parameters() - reduced_.n_parameters();
}

template <class T>
MatrixOf<T> ReducedProblem<T>::reduce(ConstMatrixRefOf<T> theta) const {
  require(theta.rows() == full_.n_parameters(), "parameters to reduce: expected {} rows, got {}",
          full_.n_parameters(), theta.rows());
  if (Q_.size() == 0) return theta;
  const Index n_1 = full_.rows(0);
  const Index rest = theta.rows() - full_.offset(1);
  MatrixOf<T> out(reduced_.n_parameters(), theta.cols());
  out.bottomRows(rest) = theta.bottomRows(rest);
  for (Index j = 0; j < theta.cols(); ++j) {
    const Eigen::Map<const MatrixOf<T>> W(theta.col(j).data(), n_1, Q_.rows());
    Eigen::Map<MatrixOf<T>>(out.col(j).data(), n_1, Q_.cols()) =
        product<T>(W, Op::kNone, Q_, Op::kNone);
  }
  return out;
}

template <class T>
MatrixOf<T> ReducedProblem<T>::lift(ConstMatrixRefOf<T> reduced) const {
  require(reduced.rows() == reduced_.n_parameters(),
          "reduced parameters to lift: expected {} rows, got {}", reduced_.n_parameters(),
          reduced.rows());
  if (Q_.size() == 0) return reduced;
  const Index n_1 = full_.rows(0);
  const Index rest = reduced.rows() - reduced_.offset(1);
  MatrixOf<T> out(full_.n_parameters(), reduced.cols());
  out.bottomRows(rest) = reduced.bottomRows(rest);
  for (Index j = 0; j < reduced.cols(); ++j) {
    const Eigen::Map<const MatrixOf<T>> W(reduced.col(j).data(), n_1, Q_.cols());
    Eigen::Map<MatrixOf<T>>(out.col(j).data(), n_1, Q_.rows()) =
        product<T>(W, Op::kNone, Q_, Op::kTranspose);
  }
  return out;
}

template class ReducedProblem<double>;
template class ReducedProblem<Quad>;

}  // namespace saddlescope
