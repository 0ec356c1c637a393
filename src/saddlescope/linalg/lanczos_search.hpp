// One Lanczos search (Spectra) for the extreme eigenpairs of an operator on the complement of known
// eigenvectors, and the estimate of the norm that scales it. Used by extreme_spectrum.
#pragma once

#include <stdexcept>

#include "saddlescope/base/random.hpp"
#include "saddlescope/linalg/symmetric_operator.hpp"

namespace saddlescope {

// A product had a NaN or Inf. Caught by extreme_spectrum, which turns it into a Summary.
class NotFiniteProduct : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// H with a count of the columns it was applied to. apply throws NotFiniteProduct.
class CountedOperator {
 public:
  explicit CountedOperator(const AnySymmetricOperator& H) : H_(H) {}
  [[nodiscard]] Index dim() const { return H_.dim(); }
  void apply(ConstMatrixRef V, MatrixRef HV) const;
  [[nodiscard]] Index products() const { return products_; }

 private:
  const AnySymmetricOperator& H_;
  mutable Index products_ = 0;
};

// max |Ritz value| + last off-diagonal after a dozen Lanczos steps from a random start: at least
// half of |H|_2 and at most twice it, with overwhelming probability. Exactly 0 if H = 0.
[[nodiscard]] double estimate_norm(const CountedOperator& H, RandomStream& stream);

enum class SpectrumEnd { kSmallest, kLargest };

struct SearchResult {
  Vector values;           // of H, most extreme first: those that converged
  Matrix vectors;          // orthonormal columns, orthogonal to the deflated ones
  bool converged = false;  // all `count` did
};

// The size of the Krylov basis a search for `count` pairs keeps.
[[nodiscard]] Index krylov_size(Index dim, Index count);

// The `count` most extreme eigenpairs at `end` of H on the complement of span(deflated), n x k with
// orthonormal columns. scale = estimate_norm > 0; true residuals <= 2 tolerance scale.
// 1 <= count < dim - k.
[[nodiscard]] SearchResult lanczos_search(const CountedOperator& H, SpectrumEnd end,
                                          const Matrix& deflated, Index count, double scale,
                                          double tolerance, int max_restarts, RandomStream& stream);

}  // namespace saddlescope
