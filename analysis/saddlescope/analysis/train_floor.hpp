// The time of a mini-batch over that of the matrix products it cannot do without.
//
// The products (inference/gemm_floor.hpp) run between the mini-batches of the same process, a few
// dozen times over its length, so that both medians are of the same moments of the machine. Of
// predictive coding with a fixed number of gradient steps only. Backpropagation does without the
// predictions at new activities, half of what a step of inference adds: it takes its share of the
// products of one step by flops.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "saddlescope/training/twin_training.hpp"

namespace saddlescope::analysis {

class TrainFloor {
 public:
  TrainFloor(const Architecture& net, const TwinOptions& twins, const std::string& precision);

  void measure(Index update);  // after that many mini-batches; most calls do nothing
  // Empty where there is no floor, or `seconds` of a mini-batch is 0.
  [[nodiscard]] std::optional<double> multiple(std::size_t run, double seconds) const;

 private:
  struct Products {
    std::function<double()> run;  // does them and returns their flops
    double share = 1;
    std::vector<double> times;
  };
  Index every_ = 1;
  std::vector<std::optional<Products>> runs_;
};

}  // namespace saddlescope::analysis
