// How well conditioned inference in one network is, and what gradient descent on the activities
// makes of it.
//
// Descent z <- z - h dF/dz multiplies the error along an eigenvector by 1 - h lambda: it converges
// for h < 2/lambda_max, fastest at h = 2/(lambda_min + lambda_max), where the error shrinks by
// (kappa - 1)/(kappa + 1) a step.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "saddlescope/analysis/options.hpp"
#include "saddlescope/analysis/sample_hessian.hpp"
#include "saddlescope/inference/conditioning.hpp"

namespace saddlescope::analysis {

struct ConditionStudyOptions {
  InferenceNetworkOptions network;
  SampleOptions sample;
  double tolerance = 1e-6;
  int threads = 0;
  std::string out = "out/condition";
};

[[nodiscard]] OptionTable describe(ConditionStudyOptions& options);
[[nodiscard]] ConditionStudyOptions effective(ConditionStudyOptions options);

struct ConditionStudyResult {
  std::string title;
  std::string state;  // of the sample's inference, where there is one
  Conditioning conditioning;
  double largest_stable_step = 0;  // not included: at it the error of one mode stays
  double best_step = 0;
  double rate = 0;             // factor on the error per step at the best step, in [0, 1)
  double seconds = 0;          // of the conditioning
  double network_seconds = 0;  // of drawing or reading the weights
};

// Throws std::invalid_argument where the memory at hand does not suffice.
[[nodiscard]] ConditionStudyResult condition_study(
    const ConditionStudyOptions& options,
    const std::function<void(const std::string&)>& progress = {});

[[nodiscard]] std::string condition_text(const ConditionStudyResult& result);

// Writes condition.json to `folder`.
void write_condition(const ConditionStudyResult& result, const ConditionStudyOptions& options,
                     const std::filesystem::path& folder);

}  // namespace saddlescope::analysis
