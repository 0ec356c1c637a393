#include "saddlescope/theory/mean_field_two_layer.hpp"

#include <cmath>
#include <vector>

#include "saddlescope/base/require.hpp"
#include "saddlescope/linalg/gemm.hpp"

namespace saddlescope {

TwoLayerMeanField two_layer_mean_field(const MeanFieldProblem& problem) {
  const Matrix& kernel = problem.input_kernel;
  const Matrix& y = problem.targets;
  require(problem.hidden_layers == 1, "two-layer mean field: hidden layers: expected 1, got {}",
          problem.hidden_layers);
  require(kernel.rows() == kernel.cols() && kernel.rows() == y.rows() && y.size() > 0,
          "two-layer mean field: expected a P x P kernel and P x K targets, got {} x {} and {} x "
          "{}",
          kernel.rows(), kernel.cols(), y.rows(), y.cols());
  const Index P = y.rows(), K = y.cols();
  const auto samples = static_cast<double>(P);
  const double c = problem.gamma * problem.learning_rate / samples;
  Matrix S = Matrix::Identity(P + K, P + K);
  S.topLeftCorner(P, P) = kernel;
  TwoLayerMeanField out;
  std::vector<double> losses;
  for (Index t = 0; t <= problem.steps; ++t) {
    const Matrix delta = y - S.topRightCorner(P, K) / problem.gamma;
    const double loss = delta.squaredNorm() / (2 * samples);
    if (!S.allFinite() || !std::isfinite(loss)) {
      out.summary = {Status::kNotFinite,
                     fmt::format("training diverges: no finite numbers from step {} on", t)};
      break;
    }
    losses.push_back(loss);
    out.hidden_kernel = S.topLeftCorner(P, P);
    out.readout = S.bottomRightCorner(K, K);
    Matrix R = Matrix::Identity(P + K, P + K);
    R.topRightCorner(P, K) = c * delta;
    gemm<double>(c, delta, Op::kTranspose, kernel, Op::kNone, 0, R.bottomLeftCorner(K, P));
    S = product<double>(R, Op::kTranspose, product<double>(S, Op::kNone, R, Op::kNone), Op::kNone);
  }
  out.loss = Eigen::Map<const Vector>(losses.data(), static_cast<Index>(losses.size()));
  return out;
}

}  // namespace saddlescope
