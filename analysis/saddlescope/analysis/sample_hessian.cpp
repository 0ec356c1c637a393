#include "saddlescope/analysis/sample_hessian.hpp"

#include <stdexcept>
#include <utility>

#include <Eigen/QR>
#include <fmt/format.h>

#include "saddlescope/base/require.hpp"
#include "saddlescope/data/load.hpp"
#include "saddlescope/hessian/network_curvature.hpp"
#include "saddlescope/inference/kink_system.hpp"

namespace saddlescope::analysis {
namespace {

Dataset load_data(const InferenceNetworkOptions& network, const SampleOptions& options) {
  DataOptions data;
  data.source = options.data.value_or("digits");
  data.normalise = options.normalise.value_or("");
  data.seed = network.seed;
  return load(data);
}

Network network_for(InferenceNetworkOptions options, const Dataset& data) {
  const auto fit = [&](const char* flag, std::optional<Index>& width, Index found) {
    require(!width || *width == found, "{}: expected {} as in {}, got {}", flag, found, data.name,
            width.value_or(0));
    width = found;
  };
  if (options.network.empty()) {
    fit("--input", options.input, data.x.rows());
    fit("--output", options.output, data.y.rows());
  }
  Network network = make_network(options);
  const Architecture& net = network.architecture;
  require(net.input() == data.x.rows() && net.output() == data.y.rows(),
          "{}: expected inputs and outputs of widths {} and {} as in {}, got {} and {}",
          options.network, data.x.rows(), data.y.rows(), data.name, net.input(), net.output());
  return network;
}

// An orthonormal basis of the complement of the columns of C (m < dim, independent).
Matrix complement(const Matrix& C) {
  if (C.cols() == 0) return {};
  const Matrix Q = Eigen::HouseholderQR<Matrix>(C).householderQ();
  return Q.rightCols(C.rows() - C.cols());
}

}  // namespace

void describe(SampleOptions& options, OptionTable& table) {
  table.add("data", &options.data,
            "data of a network that is not linear, whose activity Hessian is that of a sample at "
            "its equilibrium, e.g. digits, toy or csv:FILE [digits]");
  table.add("normalise", &options.normalise,
            "none, standard, per-feature or minmax [standard for digits and idx, none for others]");
  table.add("sample", &options.sample, "number of the sample, the first is 1 [1]");
}

void refuse_sample(const SampleOptions& options) {
  const auto refuse = [](const char* flag, bool given) {
    require(!given,
            "{}: the activity Hessian of a linear network depends on no data; expected it with a "
            "network that is not linear",
            flag);
  };
  refuse("--data", options.data.has_value());
  refuse("--normalise", options.normalise.has_value());
  refuse("--sample", options.sample.has_value());
}

SampleOptions effective(SampleOptions options, const InferenceNetworkOptions& network) {
  require(!options.sample || *options.sample >= 1, "--sample: expected >= 1, got {}",
          options.sample.value_or(0));
  if (!network.network.empty()) return options;
  if (is_linear(network)) {
    refuse_sample(options);
    return options;
  }
  if (!options.data) options.data = "digits";
  if (!options.sample) options.sample = 1;
  return options;
}

Matrix SampleHessian::dense() const {
  if (tangent.size() == 0) return blocks.dense();
  const Matrix H = tangent.transpose() * (blocks.dense() * tangent);
  return 0.5 * (H + H.transpose());
}

std::string SampleHessian::title() const {
  return fmt::format("{}, sample {} of {}", inference_title(network), sample, data);
}

std::string SampleHessian::state() const {
  std::string text =
      fmt::format("{}, |dF/dz| = {:.2e}", name(certificate.verdict), certificate.gradient_norm);
  if (!certificate.kinks.empty())
    text += fmt::format(", {} kinks held: F_zz on their tangent space", certificate.kinks.size());
  return text;
}

SampleHessian sample_hessian(const InferenceNetworkOptions& network_options,
                             const SampleOptions& given) {
  const SampleOptions options = effective(given, network_options);
  const Dataset data = load_data(network_options, options);
  SampleHessian out;
  out.network = network_for(network_options, data);
  out.data = data.name;
  out.sample = options.sample.value_or(1);
  require(out.sample <= data.n_samples(), "--sample: expected 1 .. {} as in {}, got {}",
          data.n_samples(), data.name, out.sample);
  const NetworkEnergy<double> energy(out.network.architecture, out.network.activity_decay);
  const Vector& theta = out.network.theta;
  const Matrix x = data.x.col(out.sample - 1);
  const Matrix y = data.y.col(out.sample - 1);
  const NetworkEquilibrium found = network_equilibrium(energy, theta, x, y);
  out.certificate = found.samples.front();
  const StationarityVerdict verdict = out.certificate.verdict;
  if (!found.summary.ok() && verdict != StationarityVerdict::kIndefinite)
    throw std::runtime_error(
        fmt::format("sample {} of {}: {}", out.sample, data.name, found.summary.message));
  NetworkPass<double> pass;
  energy.evaluate(theta, x, y, found.z, pass);
  apply_kinks(out.network.architecture, out.certificate.kinks, 0, pass);
  out.blocks = NetworkCurvature(energy, theta, std::move(pass)).activity_hessian(0);
  out.tangent = complement(kink_normals(energy, theta, out.certificate.kinks));
  return out;
}

}  // namespace saddlescope::analysis
