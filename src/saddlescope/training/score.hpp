// How well a network predicts: loss and accuracy of its forward pass on a dataset, labels unclamped.
#pragma once

#include <optional>

#include "saddlescope/energy/output_loss.hpp"

namespace saddlescope {

struct Score {
  double loss = 0;  // 1/2 <|y - f|^2> or the cross-entropy, whatever the precisions
  // The share of samples whose largest prediction is that of the label; only where every target is
  // a label.
  std::optional<double> accuracy;
};

// Whether every column of y is a unit vector and there is more than one row.
template <class T>
[[nodiscard]] bool are_labels(ConstMatrixRefOf<T> y);

// x is d_x x N, y is d_y x N, N >= 1. In blocks of columns of a fixed size, shared out over threads;
// sums over samples are in double and in a fixed order. Of a network whose predictions overflow the
// loss is not finite. Under kObserved missing targets add nothing to the loss, and there is no
// accuracy.
template <class T>
[[nodiscard]] Score score(const Architecture& architecture, const VectorOf<T>& theta,
                          ConstMatrixRefOf<T> x, ConstMatrixRefOf<T> y,
                          Targets targets = Targets::kAll);

}  // namespace saddlescope
