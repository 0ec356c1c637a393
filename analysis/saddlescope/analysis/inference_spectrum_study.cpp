#include "saddlescope/analysis/inference_spectrum_study.hpp"

#include <chrono>
#include <limits>
#include <utility>

#include "saddlescope/base/known_names.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/activity_operator.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {
namespace {

bool wants_prediction(const InferenceSpectrumOptions& options) {
  if (options.predict != "auto") return options.predict == "always";
  return options.network.network.empty() && is_linear(options.network) &&
         initialisation_of(options.network).kind != Initialisation::kOrthogonal;
}

}  // namespace

OptionTable describe(InferenceSpectrumOptions& options) {
  OptionTable table;
  describe(options.network, table);
  describe(options.sample, table);
  table.add("parts", &options.parts,
            "also the spectra of the diagonal blocks and of the couplings between layers");
  table.add("predict", &options.predict,
            "lay the random-matrix prediction over it: auto (where the weights are drawn with "
            "independent entries), always (with variances estimated from the weights elsewhere) or "
            "never [auto]");
  table.add("threads", &options.threads, "threads, >= 1 [as many as the hardware runs]",
            OptionRole::kRun);
  table.add("out", &options.out, "folder for the results [out/inference_spectrum]",
            OptionRole::kRun);
  table.add("no-figures", &options.no_figures, "write numbers only", OptionRole::kRun);
  return table;
}

InferenceSpectrumOptions effective(InferenceSpectrumOptions options) {
  options.network = effective(options.network);
  options.sample = effective(options.sample, options.network);
  require_known("--predict", {"auto", "always", "never"}, options.predict);
  require(options.threads >= 0, "--threads: expected >= 1, got {}", options.threads);
  require(!options.out.empty(), "--out: expected a folder, got an empty name");
  return options;
}

InferenceSpectrumResult inference_spectrum(
    const InferenceSpectrumOptions& given,
    const std::function<void(const std::string&)>& progress) {
  const auto begin = std::chrono::steady_clock::now();
  const InferenceSpectrumOptions options = effective(given);
  InferenceSpectrumResult result;
  const bool linear = describes_linear(options.network);
  require(linear || options.predict != "always",
          "--predict always: the prediction is that of linear networks; expected auto or never");
  BlockTridiagonal<double> blocks;
  Matrix H;
  if (linear) {
    refuse_sample(options.sample);
    // Refused by its size before weights are drawn.
    require_dense_hessian(make_network_shape(options.network));
    result.network = make_network(options.network);
    result.title = inference_title(result.network);
    blocks = activity_hessian<double>(result.network.architecture, result.network.theta,
                                      result.network.activity_decay);
    H = blocks.dense();
  } else {
    SampleHessian at = sample_hessian(options.network, options.sample);
    require_dense_hessian(at.network);
    result.title = at.title();
    result.state = at.state();
    H = at.dense();
    blocks = std::move(at.blocks);
    result.network = std::move(at.network);
  }
  const Network& network = result.network;
  if (blocks.dim() <= kHessianMapLimit) result.hessian = blocks.dense();
  if (progress) progress("eigenvalues of H_z");
  result.spectrum.seed = options.network.seed;
  result.spectrum.eigenvalues = symmetric_eigenvalues(std::move(H));
  const Vector& values = result.spectrum.eigenvalues;
  result.lambda_min = values[0];
  result.lambda_max = values[values.size() - 1];
  result.spectrum.threshold = eigenvalue_error_bound(values.size(), result.lambda_max);
  // H_z of a linear network is positive definite; below the rounding error its least eigenvalue cannot be told from 0.
  const double threshold = result.spectrum.threshold;
  result.resolved = result.lambda_min > threshold;
  result.condition_number = result.resolved ? result.lambda_max / result.lambda_min
                                            : result.lambda_max / (result.lambda_min + threshold);
  if (result.lambda_min < -threshold)
    result.condition_number = std::numeric_limits<double>::quiet_NaN();
  if (options.parts) {
    if (progress) progress("eigenvalues of the parts");
    const ActivityHessianSplit parts = split(blocks);
    result.parts = {symmetric_eigenvalues(parts.diagonal.dense()),
                    symmetric_eigenvalues(parts.coupling.dense())};
  }
  if (wants_prediction(options)) {
    if (progress) progress("solving the Dyson equation");
    result.variances = prediction_variances(options.network, network);
    result.prediction = predict_activity_spectrum(network.architecture, result.variances->values,
                                                  network.activity_decay);
    result.spectrum.kolmogorov_distance =
        kolmogorov_distance(*result.prediction, values, result.spectrum.threshold);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace saddlescope::analysis
