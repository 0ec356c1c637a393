// A network, its data and a point to measure at.
#pragma once

#include <memory>
#include <vector>

#include "saddlescope/data/second_moments.hpp"
#include "saddlescope/network/architecture.hpp"

namespace saddlescope::bench {

struct ProblemOptions {
  std::vector<Index> widths;                   // n_0 .. n_L
  Index samples = 10'000;                      // >= 1
  std::shared_ptr<const Dataset> images = {};  // drawn from; null: Gaussian inputs and targets
};

// Random uniform weights under SP; the samples compressed to m = min(N, n_0 + n_L) columns. The
// input-span reduction stays off, so that the widths are those of the name.
struct Problem {
  explicit Problem(const ProblemOptions& options);

  [[nodiscard]] Index p() const { return network.n_parameters(); }
  [[nodiscard]] Index m() const { return data.x.cols(); }

  Architecture network;
  DataFactor<double> data;
  Vector theta;
};

}  // namespace saddlescope::bench
