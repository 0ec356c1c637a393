#include "saddlescope/analysis/solve_prediction.hpp"

#include "saddlescope/hessian/activity_hessian.hpp"
#include "saddlescope/inference/activity_operator.hpp"
#include "saddlescope/linalg/dense_spectrum.hpp"

namespace saddlescope::analysis {

std::optional<ConjugateGradientPath> predict_conjugate_gradients(const Network& network,
                                                                 const Matrix& x, const Matrix& y,
                                                                 ActivityStart start,
                                                                 const Equilibrium& run) {
  const ActivityOperator op(network.architecture, network.theta, network.activity_decay);
  if (op.dim() > kMostForPath || run.trace.empty()) return {};
  const Eigenpairs H = symmetric_eigenpairs(
      activity_hessian<double>(network.architecture, network.theta, network.activity_decay)
          .dense());
  if (!(H.values[0] > 0)) return {};
  const auto xs = x.col(run.traced);
  const Matrix z = start == ActivityStart::kZero ? Matrix::Zero(op.dim(), 1) : op.forward(xs);
  const Vector g = op.gradient(xs, y.col(run.traced), z);
  const Vector components = (H.vectors.transpose() * g).cwiseQuotient(H.values);
  return conjugate_gradient_path(H.values, components, run.trace.back().step);
}

}  // namespace saddlescope::analysis
