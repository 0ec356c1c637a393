// A supervised dataset: x is d_x x N, y is d_y x N, a sample per column.
#pragma once

#include <string>
#include <vector>

#include "saddlescope/base/types.hpp"

namespace saddlescope {

struct Dataset {
  Matrix x;
  Matrix y;
  std::string name;                    // where it came from, for titles and provenance
  std::string normalisation = "none";  // how x was normalised, with its constants
  // x = (x_raw - shift) / scale, entry by entry of a column. Empty when nothing was normalised.
  Vector shift{};
  Vector scale{};

  [[nodiscard]] Index n_samples() const { return x.cols(); }
};

// Throws std::invalid_argument naming `data.name` if shapes disagree, N = 0 or an entry is not
// finite.
void check(const Dataset& data);

// XXH3-128 of x and y.
[[nodiscard]] std::string checksum(const Dataset& data);

// Columns `columns` of `data`, in that order.
[[nodiscard]] Dataset select(const Dataset& data, const std::vector<Index>& columns);

// Column i is the unit vector of labels[i], in R^classes. Throws std::invalid_argument that begins
// with `name` and says which label is outside 0 .. classes - 1.
[[nodiscard]] Matrix one_hot(const std::vector<Index>& labels, Index classes,
                             const std::string& name);

}  // namespace saddlescope
