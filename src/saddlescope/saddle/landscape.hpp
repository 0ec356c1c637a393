// An objective together with what is known about its network and data: what a classifier, a search
// and an escape need besides values and derivatives.
//
// Everything happens in the coordinates of the exact input-span reduction: theta~ of dimension p~
// <= p, and n_removed() = p - p~ directions in which the objective does not change at all.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "saddlescope/base/quad.hpp"
#include "saddlescope/energy/linear_state.hpp"
#include "saddlescope/hessian/linear_enclosure.hpp"
#include "saddlescope/hessian/objective.hpp"
#include "saddlescope/linalg/inertia.hpp"
#include "saddlescope/network/input_reduction.hpp"
#include "saddlescope/saddle/symmetry.hpp"

namespace saddlescope {

// Loss or equilibrated energy of a linear network. Read-only after construction but for the quad
// objective and the enclosed data, which are made at their first use; one thread at a time.
class LinearLandscape {
 public:
  // Throws std::invalid_argument if data and architecture do not fit or a scale a_l is 0.
  LinearLandscape(LinearObjective which, const Architecture& architecture, Dataset data,
                  const ReductionOptions& reduction = {});

  [[nodiscard]] LinearObjective which() const { return which_; }
  [[nodiscard]] const Architecture& architecture() const { return reduced_.full(); }
  [[nodiscard]] const Dataset& data() const { return data_; }
  [[nodiscard]] const SecondMoments& moments() const { return moments_; }
  [[nodiscard]] const ReducedProblem<double>& reduced() const { return reduced_; }
  [[nodiscard]] Index n_removed() const { return reduced_.n_removed(); }

  // On the reduced parameters.
  [[nodiscard]] const Objective<double>& objective() const { return *objective_; }
  [[nodiscard]] const Objective<Quad>& precise_objective() const;

  // The data for interval arithmetic, of the full network.
  [[nodiscard]] const EnclosedData& enclosed_data() const;

  // A lower bound of the objective over all parameters that is proved. For F*: 0, or with a
  // bottleneck n_{L-1} < d_y lambda/2 times the sum of the d_y - n_{L-1} smallest eigenvalues of
  // Sigma_yy [D]. For the loss the least-squares value under the rank that the widths allow,
  //
  //   1/2 (tr Sigma_yy - sum_{k <= rank} s_k^2),  s_k the singular values of B Sigma_xx^{1/2}.
  struct LowerBound {
    double value = 0;
    double error = 0;  // of `value` in double
  };
  [[nodiscard]] LowerBound lower_bound() const { return lower_bound_; }
  // |y - B x|/|y| for the best linear map B: the share of the targets that no linear network explains;
  // 0 where it is rounding.
  [[nodiscard]] double unexplained() const { return unexplained_; }
  // A bound of the rounding in the objective's value at a point of the full network.
  [[nodiscard]] double value_error(const Vector& theta) const;

  // The signs of the Hessian's eigenvalues at the reduced point, counted without them: from the
  // joint Hessian of activities and weights for F* (L >= 2), else from a Bunch-Kaufman
  // factorisation of `hessian`.
  [[nodiscard]] Inertia independent_inertia(const Vector& reduced_theta, const Matrix& hessian,
                                            double threshold) const;
  // By how much that count may misplace an eigenvalue; |H|_2 = norm.
  [[nodiscard]] double independent_error(const Vector& reduced_theta, double norm) const;

 private:
  LinearObjective which_;
  Dataset data_;
  SecondMoments moments_;
  ReducedProblem<double> reduced_;
  std::unique_ptr<Objective<double>> objective_;
  mutable std::unique_ptr<Objective<Quad>> precise_;
  mutable std::unique_ptr<EnclosedData> enclosed_;
  ReductionOptions reduction_;
  LowerBound lower_bound_;
  double unexplained_ = 0;
};

}  // namespace saddlescope
