// Where a search for critical points stands, and the moves that its methods share. Internal to
// saddle/.
#pragma once

#include <memory>
#include <optional>

#include "saddlescope/hessian/objective.hpp"

namespace saddlescope::critical_search {

struct Counts {
  Index products = 0;
  Index evaluations = 0;
};

// A point that can be computed, with its gradient.
class Site {
 public:
  // Nothing where theta is not finite or the objective refuses it.
  static std::optional<Site> at(const Objective<double>& objective, Vector theta, Counts& counts);

  [[nodiscard]] const Vector& theta() const { return theta_; }
  [[nodiscard]] const Vector& gradient() const { return gradient_; }
  [[nodiscard]] double gradient_norm() const { return gradient_norm_; }
  [[nodiscard]] const Point<double>& point() const { return *point_; }
  [[nodiscard]] Vector hessian_times(const Vector& v, Counts& counts) const;
  // |g| is at the level of its rounding (judge_gradient), which is below 1e-9 of its terms.
  [[nodiscard]] bool is_critical() const;

 private:
  Vector theta_, gradient_;
  std::unique_ptr<const Point<double>> point_;
  double gradient_norm_ = 0;
};

// The first of `site` + length s, length = first, first/2, first/4, .., whose |g|^2/2 is at most
// reference + 1e-4 length slope, slope < 0; nothing after 40 halvings: the search keeps its point.
[[nodiscard]] std::optional<Site> backtrack(const Objective<double>& objective, const Site& site,
                                            const Vector& s, double first, double slope,
                                            double reference, Counts& counts);

}  // namespace saddlescope::critical_search
