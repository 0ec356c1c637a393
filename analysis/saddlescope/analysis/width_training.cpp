#include "saddlescope/analysis/width_training.hpp"

#include <cmath>

#include "saddlescope/base/random.hpp"
#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"
#include "saddlescope/network/initialise.hpp"

namespace saddlescope::analysis {
namespace {

Architecture architecture_of(const Dataset& data, const WidthTrainingOptions& options) {
  ArchitectureOptions shape;
  shape.widths.assign(static_cast<std::size_t>(options.hidden_layers) + 2, options.width);
  shape.widths.front() = data.x.rows();
  shape.widths.back() = data.y.rows();
  shape.parameterisation = Parameterisation::kMupc;
  shape.gamma = options.gamma;
  shape.lambda = options.lambda;
  return make_architecture(shape);
}

}  // namespace

WidthTraining train_at_width(const Dataset& data, const WidthTrainingOptions& options) {
  require(options.hidden_layers >= 1, "hidden layers: expected >= 1, got {}",
          options.hidden_layers);
  const Architecture net = architecture_of(data, options);
  const DataFactor<double> factor = data_factor<double>(data);
  RandomStream stream(options.seed, "weights");
  Vector theta = initialise(
      net,
      {.kind = Initialisation::kNormal, .sigma = 1, .parameterisation = Parameterisation::kMupc},
      stream);
  const bool energy = options.objective == LinearObjective::kEnergy;
  const double step = options.learning_rate * options.gamma * options.gamma *
                      static_cast<double>(options.width) / (energy ? options.lambda : 1);
  WidthTraining out;
  std::vector<double> losses;
  for (Index t = 0; t <= options.steps; ++t) {
    const LinearState<double> state(options.objective, net, factor, theta);
    const double loss = state.r().squaredNorm() / 2;
    if (!state.is_definite() || !state.finite() || !std::isfinite(loss)) {
      out.summary = {Status::kNotFinite,
                     fmt::format("width {}, seed {}: training diverges: no finite numbers from "
                                 "step {} on",
                                 options.width, options.seed, t)};
      break;
    }
    losses.push_back(loss);
    if (t < options.steps) {
      theta -= step * state.gradient();
      continue;
    }
    // A column of the factor is a sample over sqrt(N).
    const double per_unit =
        static_cast<double>(data.n_samples()) / static_cast<double>(options.width);
    for (Index l = 1; l < net.depth(); ++l)
      out.kernels.emplace_back(per_unit *
                               product<double>(state.z(l), Op::kTranspose, state.z(l), Op::kNone));
  }
  out.loss = Eigen::Map<const Vector>(losses.data(), static_cast<Index>(losses.size()));
  return out;
}

double width_training_bytes(const Dataset& data, const WidthTrainingOptions& options) {
  const auto n = static_cast<double>(options.width);
  const double p = n * (static_cast<double>(data.x.rows() + data.y.rows()) +
                        static_cast<double>(options.hidden_layers - 1) * n);
  // theta, the effective maps and the gradient.
  return 8 * 3 * p;
}

}  // namespace saddlescope::analysis
