#include "saddlescope/analysis/train_floor.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>

#include "saddlescope/base/threads.hpp"
#include "saddlescope/inference/gemm_floor.hpp"

namespace saddlescope::analysis {
namespace {

constexpr Index kMeasurements = 50;

template <class T>
std::function<double()> products(const Architecture& net, Index batch, Index steps) {
  const auto all = std::make_shared<StepProducts<T>>(net, batch, steps, threads());
  return [all] { return all->run(); };
}

bool has_floor(const TwinOptions& twins) {
  const InferenceMethod method = twins.inference.method;
  return twins.inference.tolerance == 0 && !twins.incremental && twins.inference.max_steps >= 1 &&
         (method == InferenceMethod::kDescent || method == InferenceMethod::kMomentum ||
          method == InferenceMethod::kEuler);
}

}  // namespace

TrainFloor::TrainFloor(const Architecture& net, const TwinOptions& twins,
                       const std::string& precision)
    : every_(std::max(twins.updates / kMeasurements, Index{1})) {
  const auto of = [&](Index steps) {
    return precision == "double" ? products<double>(net, twins.batch, steps)
                                 : products<float>(net, twins.batch, steps);
  };
  for (const TrainingAlgorithm algorithm : twins.algorithms) {
    std::optional<Products>& one = runs_.emplace_back();
    if (algorithm == TrainingAlgorithm::kPc && net.depth() > 1) {
      if (has_floor(twins)) one = Products{of(twins.inference.max_steps), 1, {}};
    } else {
      one = Products{of(1), 1, {}};
      one->share = 1.5 - of(2)() / (2 * one->run());
    }
  }
}

void TrainFloor::measure(Index update) {
  if (update % every_ != 0) return;
  using Clock = std::chrono::steady_clock;
  for (std::optional<Products>& one : runs_) {
    if (!one) continue;
    const auto begin = Clock::now();
    static_cast<void>(one->run());
    one->times.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
}

std::optional<double> TrainFloor::multiple(std::size_t run, double seconds) const {
  const std::optional<Products>& one = runs_[run];
  if (!one || one->times.size() < 2 || seconds == 0) return std::nullopt;
  std::vector<double> times(one->times.begin() + 1, one->times.end());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return seconds / (one->share * *middle);
}

}  // namespace saddlescope::analysis
