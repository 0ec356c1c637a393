// The largest eigenvalue of a symmetric operator and its vector by the Lanczos recurrence without
// reorthogonalisation.
//
// Each step costs one product and one pass over three vectors. Rounding makes the basis lose its
// orthogonality, which only brings copies of Ritz values that have converged: extreme Ritz values
// stay eigenvalues to a few eps |A| (Paige 1980). The basis is kept to form the Ritz vector, at most
// max_basis columns of it; then the search starts again from that vector. What the vector is worth
// is for the caller to measure, by its Rayleigh quotient. linalg/extreme_spectrum finds several
// pairs with multiplicities at a higher price.
#pragma once

#include <functional>

#include "saddlescope/base/random.hpp"

namespace saddlescope {

struct PlainLanczosOptions {
  Index max_basis = 600;  // >= 2
  Index max_products = 20'000;
  std::function<void(Index products, double value)> progress = {};  // after each look at the values
};

class PlainLanczos {
 public:
  using Apply = std::function<void(const Vector& v, Vector& Av)>;  // Av has the size of v
  // The start is drawn from `stream`. dim >= 1.
  PlainLanczos(Index dim, Apply apply, RandomStream& stream, PlainLanczosOptions options);

  // Goes on until the largest Ritz value theta seems to lie within tolerance |theta| of an
  // eigenvalue (residual, or residual^2/gap to the next Ritz value, whichever is less). False after
  // max_products, or when a product has a NaN or Inf, after which finite() is false.
  bool search(double tolerance);

  [[nodiscard]] bool finite() const { return finite_; }
  [[nodiscard]] double value() const { return value_; }
  [[nodiscard]] Vector vector() const;  // of norm 1
  [[nodiscard]] Index products() const { return products_; }

 private:
  void restart(const Vector& start);
  bool step();                  // false when the Krylov space is exhausted
  [[nodiscard]] double look();  // sets value_ and weights_; the estimated error of value_

  Apply apply_;
  PlainLanczosOptions options_;
  Matrix basis_;         // columns 0 .. size_ (the next direction)
  Vector alpha_, beta_;  // of the tridiagonal matrix, size_ of each
  Vector weights_, product_;
  double value_ = 0;
  Index size_ = 0, products_ = 0;
  bool exhausted_ = false, finite_ = true;
};

}  // namespace saddlescope
