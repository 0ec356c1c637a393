// The two exact reductions of a linear problem, and the way back.
//
// 1. Second-moment compression (data/second_moments.hpp): N samples become at most d_x + d_y
//    columns.
// 2. Input-span reduction: with X = Q X~, Q orthonormal (d_x x r), W~_1 = W_1 Q, the value is that
//    of the reduced network, gradient and directions lift by W~_1 -> W~_1 Q', and the Hessian has
//    the reduced one's eigenvalues plus n_1 (d_x - r) exact zeros. Not used when layer 1 has a skip
//    or r = d_x; inputs that are all zero count as r = 1.
//
// With both, the reduced inputs are compressed once more: at most r + d_y columns remain. With neither
// the problem stays as it is, for networks of every activation.
#pragma once

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

struct ReductionOptions {
  bool compress = true;
  bool input_span = true;
};

template <class T>
class ReducedProblem {
 public:
  ReducedProblem(const Architecture& architecture, const Dataset& data,
                 const ReductionOptions& options);

  [[nodiscard]] const Architecture& full() const { return full_; }
  [[nodiscard]] const Architecture& architecture() const { return reduced_; }  // of the reduced net
  [[nodiscard]] const DataFactor<T>& factor() const { return factor_; }
  // Q (d_x x r); empty where the inputs are kept as they are.
  [[nodiscard]] const MatrixOf<T>& input_basis() const { return Q_; }
  [[nodiscard]] Index n_removed() const;  // p - p~, the number of exact zeros of any Hessian
  // theta -> theta~ (p -> p~, each column), and the orthonormal embedding back: reduce o lift is
  // the identity, lift o reduce the orthogonal projector W_1 -> W_1 QQ'.
  [[nodiscard]] MatrixOf<T> reduce(ConstMatrixRefOf<T> theta) const;
  [[nodiscard]] MatrixOf<T> lift(ConstMatrixRefOf<T> reduced) const;

 private:
  Architecture full_, reduced_;
  DataFactor<T> factor_;
  MatrixOf<T> Q_;  // empty: no input-span reduction
};

}  // namespace saddlescope
