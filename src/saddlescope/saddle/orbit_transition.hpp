// Where the type of a critical point changes along a path of critical points.
//
// A path s -> theta(s), such as a GL orbit, keeps gradient zero and value, but eigenvalues of the
// Hessian may cross zero. Along the scan the count of eigenvalues below minus their error is taken
// at every sample. The path's persistent zeros (the smallest nullity seen) are set aside at each s
// as the smallest eigenvalues in size; between two samples whose counts differ, the remaining
// eigenvalue with the index that changes sign is a continuous function of s, and its root is found
// (TOMS 748, Boost.Math).
#pragma once

#include <functional>
#include <vector>

#include "saddlescope/base/summary.hpp"
#include "saddlescope/hessian/objective.hpp"

namespace saddlescope {

struct TransitionOptions {
  double from = 0;
  double to = 1;            // > from, both finite
  Index samples = 65;       // >= 2, equally spaced, both ends included
  double relative = 1e-12;  // > 0, of the root: width of the final bracket
};

struct Transition {
  double s = 0;
  // A bound: half the final bracket plus twice the error of the eigenvalue there over its slope
  // (infinite where no slope is seen).
  double error = 0;
  Index negative_before = 0;  // negative eigenvalues at the samples on either side
  Index negative_after = 0;
  double slope = 0;  // of the crossing eigenvalue in s
};

struct TransitionScan {
  std::vector<double> s;          // samples that count
  std::vector<Index> n_negative;  // at each
  Index persistent_zeros = 0;
  std::vector<Transition> transitions;  // ascending; one for each eigenvalue that crosses
  Index n_skipped = 0;  // samples with more zeros than the path's own, as at a transition
  // kUndecided: fewer than two samples count. kNotConverged: a root was not found. kRefused,
  // kNotFinite: the objective has no value at a sample.
  Summary summary;
};

// Whether the points are critical is for the caller to know. Changes and returns between
// neighbouring samples stay unseen.
[[nodiscard]] TransitionScan find_transitions(const Objective<double>& objective,
                                              const std::function<Vector(double)>& path,
                                              const TransitionOptions& options);

}  // namespace saddlescope
