#include "saddlescope/analysis/inference_predict_study.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Index hidden_units(const Architecture& net) {
  return std::accumulate(net.widths.begin() + 1, net.widths.end() - 1, Index{0});
}

}  // namespace

EntryVariances prediction_variances(const InferenceNetworkOptions& options,
                                    const Network& network) {
  if (options.network.empty()) {
    if (auto exact = entry_variances(network.architecture, initialisation_of(options)))
      return {std::move(*exact), "initialisation"};
  }
  require(
      network.theta.size() > 0,
      "--init: the entries of orthogonal weights are not independent, so there is no prediction "
      "without a draw; expected uniform, normal or zero");
  EntryVariances out{{}, "mean squares of the weights"};
  for (Index l = 0; l < network.architecture.depth(); ++l)
    out.values.push_back(weight(network.architecture, network.theta, l).array().square().mean());
  return out;
}

void require_dense_hessian(const Network& network) {
  constexpr Index kLargest = 16000;
  const Index dim = hidden_units(network.architecture);
  require(dim <= kLargest,
          "--width, --hidden-layers: a full spectrum needs a dense matrix; expected at most {} "
          "hidden units in all, got {} (inference condition finds the extremes of larger ones)",
          kLargest, dim);
  const double needed = 8 * 2.5 * static_cast<double>(dim) * static_cast<double>(dim);
  const double available = available_memory();
  require_fits(
      needed <= available,
      "--width, --hidden-layers: the dense matrix of {} hidden units and its work space need "
      "{}, {} available",
      dim, memory_text(needed), memory_text(available));
}

OptionTable describe(InferencePredictOptions& options) {
  OptionTable table;
  describe(options.network, table);
  table.add("seeds", &options.seeds,
            "draws of the weights to compare with, from --seed on, >= 0 [0]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/inference_predict]",
            OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

InferencePredictOptions effective(InferencePredictOptions options) {
  options.network = effective(options.network);
  require(options.seeds >= 0 && options.seeds <= 1000, "--seeds: expected 0 .. 1000, got {}",
          options.seeds);
  require(options.network.network.empty() || options.seeds <= 1,
          "--seeds: a network file holds one draw; expected 0 or 1, got {}", options.seeds);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

InferencePredictResult inference_predict(const InferencePredictOptions& given,
                                         const std::function<void(const std::string&)>& progress) {
  const auto begin = Clock::now();
  const InferencePredictOptions options = effective(given);
  InferencePredictResult result;
  require(!options.network.network.empty() || is_linear(options.network),
          "--activation, --bias, --loss: the Dyson equation predicts activity Hessians of linear "
          "networks; expected none of them");
  result.network = make_network_shape(options.network);
  require_linear_network(result.network, options.network.network);
  if (options.seeds > 0) require_dense_hessian(result.network);
  result.variances = prediction_variances(options.network, result.network);
  if (progress) progress("solving the Dyson equation");
  const auto start = Clock::now();
  result.prediction = predict_activity_spectrum(
      result.network.architecture, result.variances.values, result.network.activity_decay);
  result.prediction_seconds = seconds_since(start);
  // One after the other: a dense matrix at a time.
  for (Index s = 0; s < options.seeds; ++s) {
    if (progress) progress(fmt::format("draw {} of {}", s + 1, options.seeds));
    InferenceNetworkOptions draw = options.network;
    draw.seed += static_cast<std::uint64_t>(s);
    const Network network = make_network(draw);
    MeasuredSpectrum one;
    one.seed = draw.seed;
    one.eigenvalues = symmetric_eigenvalues(
        activity_hessian<double>(network.architecture, network.theta, network.activity_decay)
            .dense());
    one.threshold =
        eigenvalue_error_bound(one.eigenvalues.size(), one.eigenvalues[one.eigenvalues.size() - 1]);
    one.kolmogorov_distance =
        kolmogorov_distance(result.prediction, one.eigenvalues, one.threshold);
    result.measured.push_back(std::move(one));
  }
  if (!result.measured.empty()) {
    const Index dim = result.prediction.dim;
    result.pooled.resize(dim * options.seeds);
    double threshold = 0;
    for (Index s = 0; s < options.seeds; ++s) {
      const MeasuredSpectrum& one = result.measured[static_cast<std::size_t>(s)];
      result.pooled.segment(s * dim, dim) = one.eigenvalues;
      threshold = std::max(threshold, one.threshold);
    }
    std::sort(result.pooled.begin(), result.pooled.end());
    result.pooled_distance = kolmogorov_distance(result.prediction, result.pooled, threshold);
  }
  result.seconds = seconds_since(begin);
  return result;
}

}  // namespace saddlescope::analysis
