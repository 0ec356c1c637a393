// A critical point that was built, and what theory says about it beforehand.
//
// Two facts are used throughout [D]. Where F* is critical, F* = lambda L and, as F* <= lambda L
// everywhere (S >= I/lambda), H(F*) <= lambda H(L): negative curvature of the loss is one of the
// energy. And critical points with a residual r != 0 are strict saddles of F* under either of
//
//   (A)  n_{L-1} >= d_y and rank Sigma_xy = d_y
//   (B)  n_{L-1} > min(rank X, n_1, .., n_{L-2}).
//
// (Derived here and checked numerically; not yet reviewed by the field.)
#pragma once

#include <optional>
#include <string>

#include "saddlescope/data/dataset.hpp"
#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope {

// Of one objective at one point; what is empty theory leaves open.
struct Prediction {
  bool critical = true;
  std::optional<double> value;
  std::optional<bool> negative_curvature;    // lambda_min(H) < 0
  std::optional<double> lambda_min_at_most;  // a proved upper bound of lambda_min(H)
  std::optional<bool> is_global;             // no lower value exists
};

struct ConstructedPoint {
  std::string family;
  Vector theta;
  Index rank = 0;  // of A_{L:1}
  Prediction mse, energy;
  std::string note;  // what decided the predictions
};

// A point of a family that fixes its network and data too.
struct Construction {
  Architecture architecture;
  Dataset data;
  ConstructedPoint point;
};

enum class StrictnessHypothesis { kNone, kCorrelated, kWideLastLayer };  // neither, (A), (B)
[[nodiscard]] StrictnessHypothesis strictness_hypothesis(const Architecture& architecture,
                                                         const SecondMoments& moments);

// Adds to `point`, whose `critical` and `value` are set, what the two facts above give for F*.
void complete_predictions(const Architecture& architecture, const SecondMoments& moments,
                          ConstructedPoint& point);

}  // namespace saddlescope
