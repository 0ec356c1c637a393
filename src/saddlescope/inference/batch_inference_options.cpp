#include "saddlescope/inference/batch_inference_options.hpp"

#include <algorithm>
#include <cmath>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"

namespace saddlescope {

const std::vector<std::string>& inference_method_names() {
  static const std::vector<std::string> names = {"descent", "momentum", "cg",
                                                 "newton",  "euler",    "heun",
                                                 "dopri5",  "errors",   "fixed-prediction"};
  return names;
}

InferenceMethod parse_inference_method(const std::string& name) {
  const std::vector<std::string>& names = inference_method_names();
  const auto found = std::find(names.begin(), names.end(), name);
  require_known("inference method", names, name);
  return static_cast<InferenceMethod>(found - names.begin());
}

std::string name(InferenceMethod method) {
  return inference_method_names()[static_cast<std::size_t>(method)];
}

bool has_step(InferenceMethod method) {
  return method != InferenceMethod::kConjugateGradients && method != InferenceMethod::kNewton;
}

void check(const BatchInferenceOptions& options) {
  require(std::isfinite(options.step) && options.step >= 0,
          "inference step: expected a finite number >= 0, got {}", options.step);
  require(options.momentum >= 0 && options.momentum < 1,
          "inference momentum: expected a number in [0, 1), got {}", options.momentum);
  require(options.max_steps >= 0, "inference steps: expected >= 0, got {}", options.max_steps);
  require(std::isfinite(options.tolerance) && options.tolerance >= 0,
          "inference tolerance: expected a finite number >= 0, got {}", options.tolerance);
  require(options.threads >= 1, "threads: expected >= 1, got {}", options.threads);
  require(has_step(options.method) || (options.step == 0 && !options.batch_mean_step),
          "inference method {}: expected no step and no batch-mean step, which it does not have",
          name(options.method));
  require(options.method != InferenceMethod::kNewton || !options.record,
          "inference method newton: expected no record of its steps, which it does not keep");
  require(options.method != InferenceMethod::kNewton || options.max_steps >= 1,
          "inference method newton: expected steps >= 1, got 0");
}

std::string name(InferenceVerdict verdict) {
  switch (verdict) {
    case InferenceVerdict::kConverged:
      return "converged";
    case InferenceVerdict::kCapped:
      return "capped";
    case InferenceVerdict::kStalled:
      return "stalled";
    case InferenceVerdict::kDiverging:
      return "diverging";
    case InferenceVerdict::kNotFinite:
      return "not-finite";
  }
  return {};
}

}  // namespace saddlescope
