// A is a real symmetric operator on R^n that is never stored as a matrix.
//
//   A.dim()           n
//   A.apply(V, AV)    writes A V to AV; V and AV are n x k and do not overlap
//
// Meaning (checked by tests/support/operator_laws.hpp):
//   linear     A(a u + b v) = a Au + b Av
//   symmetric  <u, Av> = <v, Au>
//   pure       equal inputs give bitwise equal outputs
#pragma once

#include <concepts>
#include <functional>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

template <class A>
concept SymmetricOperator = requires(const A& op, ConstMatrixRef V, MatrixRef AV) {
  { op.dim() } -> std::same_as<Index>;
  { op.apply(V, AV) } -> std::same_as<void>;
};

// The same, with its type erased, for algorithms at program level.
class AnySymmetricOperator {
 public:
  using Apply = std::function<void(ConstMatrixRef, MatrixRef)>;
  AnySymmetricOperator(Index dim, Apply apply) : dim_(dim), apply_(std::move(apply)) {}
  template <SymmetricOperator A>
  explicit AnySymmetricOperator(const A& op)  // keeps a reference: op must outlive this
      : dim_(op.dim()), apply_([&op](ConstMatrixRef V, MatrixRef AV) { op.apply(V, AV); }) {}

  [[nodiscard]] Index dim() const { return dim_; }
  void apply(ConstMatrixRef V, MatrixRef AV) const { apply_(V, AV); }

 private:
  Index dim_;
  Apply apply_;
};

}  // namespace saddlescope
